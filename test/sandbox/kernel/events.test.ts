import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { startTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let events: EventBridgeClient;
let sns: SNSClient;
let sqs: SQSClient;

before(async () => {
  sandbox = await startTestSandbox({ ministack: true });
  events = new EventBridgeClient(sandbox.client());
  sns = new SNSClient(sandbox.client());
  sqs = new SQSClient(sandbox.client());
});
after(() => sandbox.stop());

const arnOf = (name: string) => `arn:aws:sqs:eu-west-1:000000000000:${name}`;

async function queue(name: string, service?: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  if (service) {
    const statement = {
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sqs:SendMessage",
      Resource: arnOf(name),
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  }
  return QueueUrl as string;
}

async function messages(QueueUrl: string) {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] }),
  );
  return Messages ?? [];
}

async function rule(name: string, target: object, pattern: object = { source: [name] }): Promise<void> {
  await events.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify(pattern) }));
  await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: "t", Arn: "", ...target }] }));
}

async function publish(source: string, detail: object = {}): Promise<void> {
  const result = await events.send(
    new PutEventsCommand({
      Entries: [{ Source: source, DetailType: "Test", Detail: JSON.stringify(detail) }],
    }),
  );
  assert.equal(result.FailedEntryCount, 0);
}

test("an event reaches the queue of a matching rule, when the queue's policy lets EventBridge in", async () => {
  const url = await queue("allowed", "events.amazonaws.com");
  await rule("good", { Arn: arnOf("allowed") });

  await publish("good", { a: 1 });
  await publish("other");
  await sandbox.clock.advance(1_000);

  const [message, ...more] = await messages(url);
  assert.equal(more.length, 0);
  const body = JSON.parse(message?.Body ?? "{}");
  assert.equal(body.time, "2008-09-01T00:00:00Z");
  assert.deepEqual(body.detail, { a: 1 });
});

test("without permission nothing is delivered, the event lands in the dead-letter queue with the reason", async () => {
  const url = await queue("closed");
  const dead = await queue("dead", "events.amazonaws.com");
  await rule("denied", { Arn: arnOf("closed"), DeadLetterConfig: { Arn: arnOf("dead") } });

  await publish("denied");
  await sandbox.clock.advance(1_000);

  assert.equal((await messages(url)).length, 0);
  const [letter] = await messages(dead);
  assert.equal(letter?.MessageAttributes?.ERROR_CODE?.StringValue, "AccessDeniedException");
  assert.match(letter?.MessageAttributes?.RULE_ARN?.StringValue ?? "", /:rule\/denied$/);
});

test("a failing target is tried again in virtual time", async () => {
  const url = await queue("flaky", "events.amazonaws.com");
  await rule("flaky", { Arn: arnOf("flaky") });
  sandbox.faults.add({
    service: "sqs",
    action: "SendMessage",
    times: 2,
    error: { code: "InternalError", status: 500 },
  });

  await publish("flaky");
  await sandbox.clock.advance(60_000);

  assert.equal((await messages(url)).length, 1);
});

test("a rule with targets cannot be deleted, a target that the sandbox lacks is refused by name", async () => {
  await assert.rejects(events.send(new DeleteRuleCommand({ Name: "good" })), /since it has targets/);
  await assert.rejects(
    events.send(
      new PutTargetsCommand({
        Rule: "good",
        Targets: [{ Id: "x", Arn: "arn:aws:kinesis:eu-west-1:000000000000:stream/s" }],
      }),
    ),
    /does not support event target arn:aws:kinesis/,
  );
});

test("a scheduled rule fires at its times", async () => {
  const url = await queue("ticks", "events.amazonaws.com");
  await events.send(new PutRuleCommand({ Name: "ticks", ScheduleExpression: "rate(5 minutes)" }));
  await events.send(
    new PutTargetsCommand({
      Rule: "ticks",
      Targets: [{ Id: "t", Arn: arnOf("ticks"), Input: '{"tick":true}' }],
    }),
  );

  await sandbox.clock.advance(16 * 60_000);

  assert.equal((await messages(url)).length, 3);
});

test("Scheduler calls its target under the schedule's role, and dead letters say when the role may not", async () => {
  const url = await queue("scheduled");
  const dead = await queue("schedule-dead");
  const scheduler = new SchedulerClient(sandbox.client());
  const send = (name: string) => ({ Effect: "Allow", Action: "sqs:SendMessage", Resource: arnOf(name) });
  const good = await sandbox.role("may", ["scheduler.amazonaws.com"], [send("scheduled")]);
  const bad = await sandbox.role("may-not", ["scheduler.amazonaws.com"], [send("schedule-dead")]);
  const create = (Name: string, RoleArn: string, extra: object = {}) =>
    scheduler.send(
      new CreateScheduleCommand({
        Name,
        ScheduleExpression: "cron(0 * * * ? *)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: {
          Arn: arnOf("scheduled"),
          RoleArn,
          Input: '{"at":"<aws.scheduler.scheduled-time>"}',
          ...extra,
        },
      }),
    );
  await create("good", good);
  await create("bad", bad, { DeadLetterConfig: { Arn: arnOf("schedule-dead") } });

  await sandbox.clock.sleepUntil(Date.parse("2008-09-01T02:00:01Z"));

  assert.deepEqual((await messages(url)).map((message) => message.Body).sort(), [
    '{"at":"2008-09-01T01:00:00Z"}',
    '{"at":"2008-09-01T02:00:00Z"}',
  ]);
  assert.equal((await messages(dead)).length, 2);
});

test("a topic fans out to its queue, and what was published can be inspected", async () => {
  const url = await queue("subscribed", "sns.amazonaws.com");
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "news" }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: arnOf("subscribed") }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "a@example.com" }));
  const role = await sandbox.role(
    "publisher",
    ["events.amazonaws.com"],
    [{ Effect: "Allow", Action: "sns:Publish", Resource: TopicArn }],
  );

  await sandbox.kernel.call(
    "sns",
    "Publish",
    { TopicArn, Subject: "s", Message: "m" },
    { roleArn: role, service: "events.amazonaws.com" },
  );
  await sandbox.clock.advance(1_000);

  const [message] = await messages(url);
  assert.equal(JSON.parse(message?.Body ?? "{}").Message, "m");
  assert.equal(sandbox.messages().at(-1)?.subject, "s");
});
