import { parsePolicy } from "../../kernel/iam/policy.ts";
import type { SandboxKernel } from "../../kernel/kernel.ts";
import { ServiceError } from "../../kernel/types.ts";
import { compilePattern } from "../events/pattern.ts";
import { notifySubscriber } from "./notification.ts";
import type { Message, PublishInput, Subscription, Topic } from "./topics.ts";

const largestMessage = 262_144;
const delivered = new Set(["sqs", "lambda"]);
const kept = new Set(["email", "email-json", "http", "https", "sms"]);
const topicSettings = new Set([
  "Policy",
  "DisplayName",
  "DeliveryPolicy",
  "KmsMasterKeyId",
  "TracingConfig",
  "SignatureVersion",
  "FifoTopic",
]);

/** Topics, subscriptions and what was published. */
export class SnsStore {
  readonly topics = new Map<string, Topic>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly messages: Message[] = [];
  readonly #kernel: SandboxKernel;

  constructor(kernel: SandboxKernel) {
    this.#kernel = kernel;
  }

  arn(name: string): string {
    return `arn:aws:sns:${this.#kernel.region}:${this.#kernel.accountId}:${name}`;
  }

  createTopic(
    name: string,
    attributes: Readonly<Record<string, string>>,
    tags: readonly { Key: string; Value: string }[],
  ): void {
    const topic: Topic = {
      arn: this.arn(name),
      name,
      attributes: { Policy: this.#defaultPolicy(name) },
      tags: Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value])),
    };
    this.topics.set(topic.arn, topic);
    try {
      for (const [key, value] of Object.entries(attributes)) this.setTopicAttribute(topic.arn, key, value);
    } catch (error) {
      this.topics.delete(topic.arn);
      throw error;
    }
  }

  deleteTopic(arn: string): void {
    this.topics.delete(arn);
    for (const each of [...this.subscriptions.values()])
      if (each.topicArn === arn) this.subscriptions.delete(each.arn);
  }

  topic(arn: string): Topic {
    const topic = this.topics.get(arn);
    if (!topic) throw new ServiceError("NotFound", "Topic does not exist", { status: 404 });
    return topic;
  }

  setTopicAttribute(arn: string, name: string, value: string): void {
    const topic = this.topic(arn);
    const feedback = /^(HTTP|Lambda|SQS|Firehose|Application)(Success|Failure)Feedback/.test(name);
    if (!topicSettings.has(name) && !feedback)
      throw new ServiceError("InvalidParameter", `Invalid parameter: AttributeName: ${name}`);
    if (name === "Policy" && value !== "") checkPolicy(value);
    topic.attributes[name] = name === "Policy" && value === "" ? this.#defaultPolicy(topic.name) : value;
  }

  topicAttributes(topic: Topic): Record<string, string> {
    const own = [...this.subscriptions.values()].filter((each) => each.topicArn === topic.arn);
    const counts = {
      SubscriptionsConfirmed: String(own.length),
      SubscriptionsPending: "0",
      SubscriptionsDeleted: "0",
    };
    return {
      TopicArn: topic.arn,
      Owner: this.#kernel.accountId,
      DisplayName: "",
      ...counts,
      ...topic.attributes,
    };
  }

  subscribe(input: {
    TopicArn: string;
    Protocol: string;
    Endpoint?: string;
    Attributes?: Readonly<Record<string, string>>;
  }): string {
    this.topic(input.TopicArn);
    if (!delivered.has(input.Protocol) && !kept.has(input.Protocol))
      throw new ServiceError(
        "NotImplemented",
        `the Sluice sandbox does not support sns:Subscribe (protocol ${input.Protocol})`,
        { status: 501 },
      );
    const same = [...this.subscriptions.values()].find(
      (each) =>
        each.topicArn === input.TopicArn &&
        each.protocol === input.Protocol &&
        each.endpoint === input.Endpoint,
    );
    if (same) return same.arn;
    const arn = `${input.TopicArn}:${this.#kernel.uuid()}`;
    const subscription = {
      arn,
      topicArn: input.TopicArn,
      protocol: input.Protocol,
      endpoint: input.Endpoint ?? "",
      attributes: {},
    };
    this.subscriptions.set(arn, subscription);
    for (const [name, value] of Object.entries(input.Attributes ?? {}))
      this.setSubscriptionAttribute(arn, name, value);
    return arn;
  }

  unsubscribe(arn: string): void {
    this.subscriptions.delete(arn);
  }

  subscription(arn: string): Subscription {
    const found = this.subscriptions.get(arn);
    if (!found) throw new ServiceError("NotFound", "Subscription does not exist", { status: 404 });
    return found;
  }

  setSubscriptionAttribute(arn: string, name: string, value: string): void {
    const found = this.subscription(arn);
    if (
      ![
        "FilterPolicy",
        "FilterPolicyScope",
        "RawMessageDelivery",
        "RedrivePolicy",
        "DeliveryPolicy",
      ].includes(name)
    )
      throw new ServiceError("InvalidParameter", `Invalid parameter: AttributeName: ${name}`);
    if (name === "FilterPolicy" && value !== "") {
      try {
        compilePattern(value);
      } catch (error) {
        throw new ServiceError(
          "InvalidParameter",
          `Invalid parameter: FilterPolicy: ${(error as Error).message}`,
        );
      }
    }
    found.attributes[name] = value;
  }

  subscriptionAttributes(found: Subscription): Record<string, string> {
    return {
      SubscriptionArn: found.arn,
      TopicArn: found.topicArn,
      Protocol: found.protocol,
      Endpoint: found.endpoint,
      Owner: this.#kernel.accountId,
      PendingConfirmation: String(kept.has(found.protocol)),
      ConfirmationWasAuthenticated: "true",
      RawMessageDelivery: "false",
      ...found.attributes,
    };
  }

  describe(found: Subscription): Record<string, string> {
    return {
      SubscriptionArn: found.arn,
      Owner: this.#kernel.accountId,
      Protocol: found.protocol,
      Endpoint: found.endpoint,
      TopicArn: found.topicArn,
    };
  }

  /** @returns the message's id */
  publish(topicArn: string | undefined, input: PublishInput): string {
    if (topicArn === undefined)
      throw new ServiceError(
        "InvalidParameter",
        "Invalid parameter: TopicArn or TargetArn: no value for required parameter",
      );
    const topic = this.topic(topicArn);
    if (Buffer.byteLength(input.Message) > largestMessage)
      throw new ServiceError("InvalidParameter", "Invalid parameter: Message too long");
    if (input.Message === "") throw new ServiceError("InvalidParameter", "Invalid parameter: Empty message");
    const messageId = this.#kernel.messageId();
    const time = new Date(this.#kernel.clock.now()).toISOString();
    this.messages.push({ messageId, topicArn, subject: input.Subject, message: input.Message, time });
    this.#metric("NumberOfMessagesPublished", topic);
    for (const each of this.subscriptions.values())
      if (each.topicArn === topicArn && delivered.has(each.protocol))
        notifySubscriber(this.#kernel, topic, each, input, {
          messageId,
          time,
          count: (name) => this.#metric(name, topic),
        });
    return messageId;
  }

  #metric(metricName: string, topic: Topic): void {
    this.#kernel.putMetric({
      namespace: "AWS/SNS",
      metricName,
      dimensions: { TopicName: topic.name },
      value: 1,
      unit: "Count",
    });
  }

  /** AWS's default: whoever acts for the owning account. */
  #defaultPolicy(name: string): string {
    const statement = {
      Sid: "__default_statement_ID",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${this.#kernel.accountId}:root` },
      Action: [
        "SNS:GetTopicAttributes",
        "SNS:SetTopicAttributes",
        "SNS:DeleteTopic",
        "SNS:Subscribe",
        "SNS:ListSubscriptionsByTopic",
        "SNS:Publish",
      ],
      Resource: this.arn(name),
    };
    return JSON.stringify({ Version: "2008-10-17", Id: "__default_policy_ID", Statement: [statement] });
  }
}

function checkPolicy(text: string): void {
  try {
    parsePolicy(text, "resource");
  } catch (error) {
    throw new ServiceError("InvalidParameter", `Invalid parameter: Policy: ${(error as Error).message}`);
  }
}
