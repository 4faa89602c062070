import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, type SandboxService, ServiceError } from "../../kernel/types.ts";
import { SnsStore } from "./store.ts";
import type { Message } from "./topics.ts";

/** SNS: standard topics, policies, subscriptions of queues and functions; other protocols are kept but get nothing. */
export function createSnsServices(kernel: SandboxKernel): {
  services: SandboxService[];
  messages: () => readonly Message[];
} {
  const store = new SnsStore(kernel);
  kernel.authorizer.addResourcePolicies((arn) => store.topics.get(arn)?.attributes.Policy);
  const service: SandboxService = {
    signingName: "sns",
    modelName: "sns",
    operations: { ...topicOperations(kernel, store), ...subscriptionOperations(kernel, store) },
    resources: (_action, input) => {
      if (typeof input.SubscriptionArn === "string")
        return [input.SubscriptionArn.replace(/:[0-9a-f-]{36}$/, "")];
      if (typeof input.Name === "string") return [store.arn(input.Name)];
      const arn = input.TopicArn ?? input.TargetArn ?? input.ResourceArn;
      return [typeof arn === "string" ? arn : "*"];
    },
  };
  return { services: [service], messages: () => store.messages };
}

function topicOperations(kernel: SandboxKernel, store: SnsStore): Readonly<Record<string, Operation>> {
  return {
    CreateTopic: (input) => {
      if (input.Attributes?.FifoTopic === "true" || input.Name.endsWith(".fifo"))
        throw new ServiceError(
          "NotImplemented",
          "the Sluice sandbox does not support sns:CreateTopic (FIFO topics)",
          { status: 501 },
        );
      const arn = store.arn(input.Name);
      const known = store.topics.get(arn);
      if (!known) store.createTopic(input.Name, input.Attributes ?? {}, input.Tags ?? []);
      return { TopicArn: arn };
    },
    DeleteTopic: (input) => store.deleteTopic(input.TopicArn),
    ListTopics: () => ({ Topics: [...store.topics.keys()].map((TopicArn) => ({ TopicArn })) }),
    GetTopicAttributes: (input) => ({ Attributes: store.topicAttributes(store.topic(input.TopicArn)) }),
    SetTopicAttributes: (input) =>
      store.setTopicAttribute(input.TopicArn, input.AttributeName, input.AttributeValue ?? ""),
    TagResource: (input) => {
      const topic = store.topic(input.ResourceArn);
      for (const tag of input.Tags) topic.tags[tag.Key] = tag.Value;
    },
    UntagResource: (input) => {
      const topic = store.topic(input.ResourceArn);
      for (const key of input.TagKeys) delete topic.tags[key];
    },
    ListTagsForResource: (input) => ({
      Tags: Object.entries(store.topic(input.ResourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
    }),
    Publish: (input) => {
      if (input.PhoneNumber !== undefined)
        throw new ServiceError(
          "NotImplemented",
          "the Sluice sandbox does not support sns:Publish (PhoneNumber)",
          { status: 501 },
        );
      return { MessageId: store.publish(input.TopicArn ?? input.TargetArn, input) };
    },
    PublishBatch: (input) => ({
      Successful: input.PublishBatchRequestEntries.map((entry: { Id: string; Message: string }) => ({
        Id: entry.Id,
        MessageId: store.publish(input.TopicArn, entry),
      })),
      Failed: [],
    }),
    GetDataProtectionPolicy: () => ({ DataProtectionPolicy: "" }),
    ListPhoneNumbersOptedOut: () => ({ phoneNumbers: [] }),
    AddPermission: () => refuse("AddPermission; set the Policy attribute"),
    RemovePermission: () => refuse("RemovePermission; set the Policy attribute"),
  };

  function refuse(what: string): never {
    kernel.log(`sns: ${what} refused`);
    throw new ServiceError("NotImplemented", `the Sluice sandbox does not support sns:${what}`, {
      status: 501,
    });
  }
}

function subscriptionOperations(kernel: SandboxKernel, store: SnsStore): Readonly<Record<string, Operation>> {
  return {
    Subscribe: (input) => ({ SubscriptionArn: store.subscribe(input) }),
    Unsubscribe: (input) => store.unsubscribe(input.SubscriptionArn),
    ConfirmSubscription: () => {
      throw new ServiceError(
        "NotImplemented",
        "the Sluice sandbox does not support sns:ConfirmSubscription; queues and functions need none",
        { status: 501 },
      );
    },
    GetSubscriptionAttributes: (input) => ({
      Attributes: store.subscriptionAttributes(store.subscription(input.SubscriptionArn)),
    }),
    SetSubscriptionAttributes: (input) =>
      store.setSubscriptionAttribute(input.SubscriptionArn, input.AttributeName, input.AttributeValue ?? ""),
    ListSubscriptions: () => ({
      Subscriptions: [...store.subscriptions.values()].map((each) => store.describe(each)),
    }),
    ListSubscriptionsByTopic: (input) => {
      store.topic(input.TopicArn);
      const own = [...store.subscriptions.values()].filter((each) => each.topicArn === input.TopicArn);
      return {
        Subscriptions: own.map((each) => store.describe(each)),
        NextToken: undefined,
        Owner: kernel.accountId,
      };
    },
  };
}
