import type { SandboxKernel } from "../../kernel/kernel.ts";
import { deliver } from "../events/delivery.ts";
import { compilePattern } from "../events/pattern.ts";
import type { MessageAttributes, PublishInput, Subscription, Topic } from "./topics.ts";

/** Delivers one message to one subscriber, if its filter lets it pass. */
export function notifySubscriber(
  kernel: SandboxKernel,
  topic: Topic,
  subscription: Subscription,
  input: PublishInput,
  published: {
    readonly messageId: string;
    readonly time: string;
    readonly count: (metricName: string) => void;
  },
): void {
  const { messageId, time, count } = published;
  if (!passesFilter(subscription, input)) return;
  const notification = {
    Type: "Notification",
    MessageId: messageId,
    TopicArn: topic.arn,
    ...(input.Subject === undefined ? {} : { Subject: input.Subject }),
    Message: input.Message,
    Timestamp: time,
    UnsubscribeURL: `${kernel.url}/?Action=Unsubscribe&SubscriptionArn=${subscription.arn}`,
    MessageAttributes: plainAttributes(input.MessageAttributes),
  };
  const raw = subscription.attributes.RawMessageDelivery === "true";
  const record = {
    EventSource: "aws:sns",
    EventVersion: "1.0",
    EventSubscriptionArn: subscription.arn,
    Sns: notification,
  };
  const text =
    subscription.protocol === "lambda"
      ? JSON.stringify({ Records: [record] })
      : raw
        ? input.Message
        : JSON.stringify(notification);
  deliver(kernel, {
    targetArn: subscription.endpoint,
    input: text,
    roleArn: undefined,
    service: "sns.amazonaws.com",
    sourceArn: topic.arn,
    retries: 3,
    maximumAgeSeconds: 3_600,
    deadLetterArn: redriveTarget(subscription),
    origin: { TOPIC_ARN: topic.arn },
    key: `sns ${subscription.arn} ${messageId}`,
    count: (metric) => {
      const names = {
        invoked: "NumberOfNotificationsDelivered",
        failed: "NumberOfNotificationsFailed",
        deadLettered: "NumberOfNotificationsRedrivenToDlq",
      };
      count(names[metric]);
    },
  });
}

function redriveTarget(subscription: Subscription): string | undefined {
  const policy = subscription.attributes.RedrivePolicy;
  return policy === undefined || policy === ""
    ? undefined
    : (JSON.parse(policy) as { deadLetterTargetArn?: string }).deadLetterTargetArn;
}

function plainAttributes(attributes: MessageAttributes | undefined): object {
  const entries = Object.entries(attributes ?? {});
  return Object.fromEntries(
    entries.map(([name, each]) => [
      name,
      {
        Type: each.DataType,
        Value: each.StringValue ?? Buffer.from(each.BinaryValue ?? []).toString("base64"),
      },
    ]),
  );
}

function passesFilter(subscription: Subscription, input: PublishInput): boolean {
  const policy = subscription.attributes.FilterPolicy;
  if (policy === undefined || policy === "") return true;
  if (subscription.attributes.FilterPolicyScope === "MessageBody") {
    try {
      return compilePattern(policy)(JSON.parse(input.Message));
    } catch {
      // SNS does not deliver a body that is no JSON to a subscription that filters by body.
      return false;
    }
  }
  const values = Object.entries(input.MessageAttributes ?? {}).map(([name, each]) => {
    if (each.DataType === "Number") return [name, Number(each.StringValue)];
    return [
      name,
      each.DataType === "String.Array" ? JSON.parse(each.StringValue ?? "[]") : (each.StringValue ?? ""),
    ];
  });
  return compilePattern(policy)(Object.fromEntries(values));
}
