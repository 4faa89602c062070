/** SQS and SNS: queue, topic. */
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
} from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type * as aws from "@pulumi/aws";
import type { AwsClients } from "../clients.ts";
import { computed, define, optional, replaces } from "../definition.ts";
import { orGone } from "../errors.ts";

/** Arguments of a queue by attribute name; all attribute values are strings on the wire. */
const QUEUE_ATTRIBUTES: Readonly<Record<string, QueueAttributeName>> = {
  delaySeconds: "DelaySeconds",
  kmsDataKeyReusePeriodSeconds: "KmsDataKeyReusePeriodSeconds",
  kmsMasterKeyId: "KmsMasterKeyId",
  maxMessageSize: "MaximumMessageSize",
  messageRetentionSeconds: "MessageRetentionPeriod",
  policy: "Policy",
  receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
  redrivePolicy: "RedrivePolicy",
  visibilityTimeoutSeconds: "VisibilityTimeout",
};

const queueAttributes = (args: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(QUEUE_ATTRIBUTES)
      .filter(([key]) => args[key] !== undefined)
      .map(([key, attribute]) => [attribute, String(args[key])]),
  );

/** What a queue has when nothing is said. */
const QUEUE_DEFAULTS = {
  delaySeconds: 0,
  maxMessageSize: 1_048_576,
  messageRetentionSeconds: 345_600,
  receiveWaitTimeSeconds: 0,
  visibilityTimeoutSeconds: 30,
};

/** Id: the queue's URL. */
const queue = define<aws.sqs.QueueArgs, aws.sqs.QueueState>("aws:sqs/queue:Queue", {
  args: {
    name: replaces,
    delaySeconds: computed,
    kmsDataKeyReusePeriodSeconds: computed,
    kmsMasterKeyId: optional,
    maxMessageSize: computed,
    messageRetentionSeconds: computed,
    policy: { computed: true, json: true },
    receiveWaitTimeSeconds: computed,
    redrivePolicy: { json: true },
    visibilityTimeoutSeconds: computed,
  },
  autoName: { property: "name", maxLength: 80 },
  async create(clients, args) {
    const made = await clients.client(SQSClient).send(
      new CreateQueueCommand({
        QueueName: args.name as string,
        Attributes: queueAttributes(args as Readonly<Record<string, unknown>>),
      }),
    );
    const url = made.QueueUrl as string;
    return {
      id: url,
      outputs: {
        ...QUEUE_DEFAULTS,
        ...Object.fromEntries(Object.entries(args).filter(([key]) => key in QUEUE_DEFAULTS)),
        arn: clients.arn("sqs", args.name as string),
        url,
        region: clients.region,
      },
    };
  },
  async read(clients, id) {
    const found = await orGone(
      clients
        .client(SQSClient)
        .send(new GetQueueAttributesCommand({ QueueUrl: id, AttributeNames: ["All"] })),
    );
    const live = found?.Attributes;
    if (!live) return undefined;
    const texts = new Set(["kmsMasterKeyId", "policy", "redrivePolicy"]);
    const entries = Object.entries(QUEUE_ATTRIBUTES)
      .filter(([, attribute]) => live[attribute] !== undefined && live[attribute] !== "")
      .map(([key, attribute]) => [key, texts.has(key) ? live[attribute] : Number(live[attribute])]);
    return {
      ...Object.fromEntries(entries),
      name: live.QueueArn?.split(":").at(-1) as string,
      arn: live.QueueArn as string,
      url: id,
    };
  },
  async update(clients, id, args) {
    await clients.client(SQSClient).send(
      new SetQueueAttributesCommand({
        QueueUrl: id,
        Attributes: queueAttributes(args as Readonly<Record<string, unknown>>),
      }),
    );
    return {};
  },
  delete: (clients, id) => orGone(clients.client(SQSClient).send(new DeleteQueueCommand({ QueueUrl: id }))),
});

const TOPIC_ATTRIBUTES: Readonly<Record<string, string>> = {
  displayName: "DisplayName",
  kmsMasterKeyId: "KmsMasterKeyId",
  policy: "Policy",
};

/** Id: the topic's ARN. */
const topic = define<aws.sns.TopicArgs, aws.sns.TopicState>("aws:sns/topic:Topic", {
  args: {
    name: replaces,
    displayName: optional,
    kmsMasterKeyId: optional,
    policy: { computed: true, json: true },
  },
  autoName: { property: "name", maxLength: 256 },
  async create(clients, args) {
    const Attributes = Object.fromEntries(
      Object.entries(TOPIC_ATTRIBUTES)
        .filter(([key]) => (args as Record<string, unknown>)[key] !== undefined)
        .map(([key, attribute]) => [attribute, String((args as Record<string, unknown>)[key])]),
    );
    const client = clients.client(SNSClient);
    const made = await client.send(new CreateTopicCommand({ Name: args.name as string, Attributes }));
    const arn = made.TopicArn as string;
    const live = await client.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    const policy = args.policy ?? live.Attributes?.Policy;
    return {
      id: arn,
      outputs: {
        arn,
        owner: clients.accountId,
        region: clients.region,
        ...(policy ? { policy } : {}),
      },
    };
  },
  async read(clients, id) {
    const found = await orGone(
      clients.client(SNSClient).send(new GetTopicAttributesCommand({ TopicArn: id })),
    );
    if (!found) return undefined;
    const live = found.Attributes ?? {};
    return {
      arn: id,
      name: id.split(":").at(-1) as string,
      ...(live.KmsMasterKeyId ? { kmsMasterKeyId: live.KmsMasterKeyId } : {}),
      ...(live.DisplayName ? { displayName: live.DisplayName } : {}),
      ...(live.Policy ? { policy: live.Policy } : {}),
    };
  },
  update: async (clients, id, args, state) => {
    await setTopic(clients, id, args as Record<string, unknown>, state as Record<string, unknown>);
    return {};
  },
  delete: (clients, id) => orGone(clients.client(SNSClient).send(new DeleteTopicCommand({ TopicArn: id }))),
});

async function setTopic(
  clients: AwsClients,
  TopicArn: string,
  args: Record<string, unknown>,
  state: Record<string, unknown>,
): Promise<void> {
  for (const [key, AttributeName] of Object.entries(TOPIC_ATTRIBUTES))
    if (args[key] !== state[key])
      await clients
        .client(SNSClient)
        .send(
          new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue: String(args[key] ?? "") }),
        );
}

export const definitions = [queue, topic];
