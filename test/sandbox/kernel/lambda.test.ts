import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { zipSync } from "fflate";
import { startTestSandbox, storyStart, type TestSandbox } from "../../support/sandbox.ts";

const source = `
export const handler = async (event, context) => {
  const began = Date.now();
  if (event.do === "time") return { now: new Date().toISOString(), random: Math.random(), intl: new Intl.DateTimeFormat("en", { year: "numeric" }).format() };
  if (event.do === "sleep") { await new Promise((resolve) => setTimeout(resolve, event.ms)); return { slept: Date.now() - began, left: context.getRemainingTimeInMillis() }; }
  if (event.do === "exit") process.exit(3);
  if (event.do === "throw") throw new TypeError("no");
  if (event.do === "loop") for (;;) {}
  if (event.do === "environment") return process.env;
  if (event.do === "log") { console.log("hello", { a: 1 }); process.stdout.write(JSON.stringify({ raw: true }) + "\\n"); return context.logStreamName; }
  return event;
};`;

let sandbox: TestSandbox;
let lambda: LambdaClient;
let role: string;

before(async () => {
  sandbox = await startTestSandbox({ lambda: { hangMilliseconds: 1_500 } });
  lambda = new LambdaClient(sandbox.client());
  role = await sandbox.role(
    "fn",
    ["lambda.amazonaws.com"],
    [{ Effect: "Allow", Action: "logs:*", Resource: "*" }],
  );
  await create("echo");
});
after(() => sandbox.stop());

async function create(name: string, changes: object = {}): Promise<void> {
  const ZipFile = zipSync({ "index.mjs": Buffer.from(source) });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Timeout: 30,
      Code: { ZipFile },
      ...changes,
    }),
  );
}

/** Invokes while the test drives the clock, and tells how much virtual time went by. */
async function invoke(payload: object, name = "echo") {
  const began = sandbox.clock.now();
  let done = false;
  const answer = lambda
    .send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(payload)) }))
    .finally(() => {
      done = true;
    });
  answer.catch(() => undefined);
  // The request must be in flight before time is granted.
  await new Promise((resolve) => setTimeout(resolve, 30));
  await sandbox.clock.until(() => done, 3_600_000);
  const result = await answer;
  return {
    error: result.FunctionError,
    output: JSON.parse(Buffer.from(result.Payload ?? []).toString("utf8")),
    elapsed: sandbox.clock.now() - began,
  };
}

test("a function sees virtual time, also through Intl, and a seeded Math.random", async () => {
  const { output } = await invoke({ do: "time" });

  assert.equal(output.now, storyStart.toISOString());
  assert.equal(output.intl, "2008");
  assert.ok(output.random >= 0 && output.random < 1);
});

test("a sleeping function takes virtual time, not real time", async () => {
  const before = performance.now();

  const { output, elapsed } = await invoke({ do: "sleep", ms: 20_000 });

  assert.equal(output.slept, 20_000);
  assert.equal(output.left, 10_000);
  assert.equal(elapsed, 20_000);
  assert.ok(performance.now() - before < 2_000);
});

test("a function that sleeps past its timeout is ended exactly at its deadline", async () => {
  const { error, output, elapsed } = await invoke({ do: "sleep", ms: 60_000 });

  assert.equal(error, "Unhandled");
  assert.match(output.errorMessage, /Task timed out after 30\.00 seconds/);
  assert.equal(elapsed, 30_000);
});

test("a function that hangs in a loop is ended by the watchdog and reported at its virtual deadline", async () => {
  const { output, elapsed } = await invoke({ do: "loop" });

  assert.equal(output.errorType, "Sandbox.Timedout");
  assert.equal(elapsed, 30_000);
});

test("a thrown error and an exit come back as AWS words them", async () => {
  const thrown = await invoke({ do: "throw" });
  const exited = await invoke({ do: "exit" });

  assert.equal(thrown.output.errorType, "TypeError");
  assert.equal(exited.output.errorType, "Runtime.ExitError");
  assert.match(exited.output.errorMessage, /exit status 3/);
});

test("the environment holds what AWS gives, what is configured, and nothing of the machine", async () => {
  await create("env", { Environment: { Variables: { MINE: "1" } } });

  const { output } = await invoke({ do: "environment" }, "env");

  assert.equal(output.MINE, "1");
  assert.equal(output.AWS_LAMBDA_FUNCTION_NAME, "env");
  assert.equal(output.AWS_ENDPOINT_URL, sandbox.url);
  assert.equal(output.HOME, undefined);
  assert.equal(output.SLUICE_PYTHON, undefined);
});

test("an asynchronous invocation that fails is retried after one and two minutes and then dropped", async () => {
  await create("fails", {});
  const began = sandbox.clock.now();
  await lambda.send(
    new InvokeCommand({
      FunctionName: "fails",
      InvocationType: "Event",
      Payload: Buffer.from('{"do":"throw"}'),
    }),
  );

  await sandbox.clock.advance(10 * 60_000);

  const starts = sandbox.logs("/aws/lambda/fails").filter((line) => line.message.startsWith("START"));
  assert.deepEqual(
    starts.map((line) => Math.round((line.timestamp - began) / 60_000)),
    [0, 1, 3],
  );
});

test("reserved concurrency zero throttles, and the error says so", async () => {
  await create("off");
  await lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: "off", ReservedConcurrentExecutions: 0 }),
  );

  await assert.rejects(lambda.send(new InvokeCommand({ FunctionName: "off" })), {
    name: "TooManyRequestsException",
  });
});

test("a changed configuration starts a new process", async () => {
  await create("changes");
  await invoke({}, "changes");
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: "changes",
      Environment: { Variables: { NEW: "yes" } },
    }),
  );

  const { output } = await invoke({ do: "environment" }, "changes");

  assert.equal(output.NEW, "yes");
});

test("log lines and raw lines of a function reach its log group in order", async () => {
  await create("logs");

  await invoke({ do: "log" }, "logs");

  const messages = sandbox.logs("/aws/lambda/logs").map((line) => line.message);
  assert.match(messages[0] ?? "", /^START RequestId: /);
  assert.match(messages[1] ?? "", /\tINFO\thello \{ a: 1 \}$/);
  assert.equal(messages[2], '{"raw":true}');
  assert.match(messages.at(-1) ?? "", /^REPORT RequestId: .*Memory Size: 128 MB/);
});

test("a role that Lambda cannot assume, an unknown runtime and a destination without permission are refused", async () => {
  const other = await sandbox.role("other", ["states.amazonaws.com"], []);

  await assert.rejects(create("bad-role", { Role: other }), /cannot be assumed by Lambda/);
  await assert.rejects(
    create("python", { Runtime: "python3.13" }),
    /does not support lambda: runtime python3\.13/,
  );
  await assert.rejects(
    lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: "echo",
        DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:eu-west-1:000000000000:dlq" } },
      }),
    ),
    /does not have permissions to call SendMessage/,
  );
});

test("only a service with a permission on the function may invoke it", async () => {
  const call = () =>
    sandbox.kernel.callAsService(
      "lambda",
      "Invoke",
      { FunctionName: "echo", InvocationType: "Event", Payload: "{}" },
      { service: "events.amazonaws.com", sourceArn: "arn:aws:events:eu-west-1:000000000000:rule/r" },
    );

  await assert.rejects(call(), /no resource-based policy allows the lambda:InvokeFunction action/);
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: "echo",
      StatementId: "events",
      Action: "lambda:InvokeFunction",
      Principal: "events.amazonaws.com",
      SourceArn: "arn:aws:events:eu-west-1:000000000000:rule/*",
    }),
  );

  assert.equal((await call()).StatusCode, 202);
});

test("an unknown function is answered with the code and status of AWS", async () => {
  await assert.rejects(
    lambda.send(new GetFunctionCommand({ FunctionName: "nobody" })),
    (error: Error & { $metadata: { httpStatusCode: number } }) => {
      assert.equal(error.name, "ResourceNotFoundException");
      assert.equal(error.$metadata.httpStatusCode, 404);
      return true;
    },
  );
});

test("at most twelve processes stay warm", async () => {
  for (let index = 0; index < 14; index++) {
    await create(`many-${index}`);
    await invoke({}, `many-${index}`);
  }

  const warm = sandbox.kernel.children.list().filter((child) => child.name.startsWith("lambda "));

  assert.ok(warm.length <= 13, `${warm.length} processes`);
});

test("what is invoked most stays warm while rarer functions come and go", async () => {
  await create("often");
  for (let times = 0; times < 3; times++) await invoke({}, "often");
  const before = processOf("often");
  for (let index = 0; index < 13; index++) {
    await create(`rare-${index}`);
    await invoke({}, `rare-${index}`);
  }

  await invoke({}, "often");

  assert.ok(before !== undefined);
  assert.equal(processOf("often"), before);
});

function processOf(name: string): number | undefined {
  return sandbox.kernel.children.list().find((child) => child.name === `lambda ${name}`)?.pid;
}
