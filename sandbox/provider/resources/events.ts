/** EventBridge and EventBridge Scheduler: bus, its policy, rule, target, schedule. */
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  RemoveTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import type * as aws from "@pulumi/aws";
import type { AwsClients } from "../clients.ts";
import { fromAws, toAws } from "../convert.ts";
import {
  computed,
  computedReplaces,
  define,
  optional,
  replaces,
  requiredJson,
  requiredReplaces,
} from "../definition.ts";
import { orGone } from "../errors.ts";

const eventBus = define<aws.cloudwatch.EventBusArgs, aws.cloudwatch.EventBusState>(
  "aws:cloudwatch/eventBus:EventBus",
  {
    args: { name: replaces, eventSourceName: replaces },
    autoName: { property: "name", maxLength: 256 },
    async create(clients, args) {
      const made = await clients.client(EventBridgeClient).send(
        new CreateEventBusCommand({
          Name: args.name as string,
          ...(args.eventSourceName ? { EventSourceName: args.eventSourceName as string } : {}),
        }),
      );
      return {
        id: args.name as string,
        outputs: { arn: made.EventBusArn as string, region: clients.region },
      };
    },
    async read(clients, id) {
      const found = await orGone(
        clients.client(EventBridgeClient).send(new DescribeEventBusCommand({ Name: id })),
      );
      return found && { name: id, arn: found.Arn as string };
    },
    delete: (clients, id) =>
      orGone(clients.client(EventBridgeClient).send(new DeleteEventBusCommand({ Name: id }))),
  },
);

const putPolicy = (clients: AwsClients, bus: string, Policy: string) =>
  clients.client(EventBridgeClient).send(new PutPermissionCommand({ EventBusName: bus, Policy }));

/** Id: the bus' name. */
const eventBusPolicy = define<aws.cloudwatch.EventBusPolicyArgs, aws.cloudwatch.EventBusPolicyState>(
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
  {
    args: { eventBusName: replaces, policy: requiredJson },
    async create(clients, args) {
      const id = args.eventBusName ?? "default";
      await putPolicy(clients, id, args.policy);
      return { id, outputs: { region: clients.region } };
    },
    async read(clients, id) {
      const found = await orGone(
        clients.client(EventBridgeClient).send(new DescribeEventBusCommand({ Name: id })),
      );
      return found?.Policy === undefined ? undefined : { eventBusName: id, policy: found.Policy };
    },
    async update(clients, id, args) {
      await putPolicy(clients, id, args.policy);
      return {};
    },
    delete: (clients, id) =>
      orGone(
        clients
          .client(EventBridgeClient)
          .send(new RemovePermissionCommand({ EventBusName: id, RemoveAllPermissions: true })),
      ),
  },
);

/** Id of a rule: its name on the default bus, `bus/name` elsewhere. */
const ruleId = (bus: string, name: string): string => (bus === "default" ? name : `${bus}/${name}`);

type RuleArgs = Readonly<Record<"name" | "eventBusName" | "eventPattern" | "scheduleExpression", unknown>> &
  Readonly<Record<"state" | "description" | "roleArn", unknown>>;

async function putRule(clients: AwsClients, args: RuleArgs) {
  const bus = (args.eventBusName as string | undefined) ?? "default";
  const put = await clients.client(EventBridgeClient).send(
    new PutRuleCommand({
      Name: args.name as string,
      EventBusName: bus,
      State: (args.state as "ENABLED" | undefined) ?? "ENABLED",
      ...(args.description ? { Description: args.description as string } : {}),
      ...(args.eventPattern ? { EventPattern: args.eventPattern as string } : {}),
      ...(args.scheduleExpression ? { ScheduleExpression: args.scheduleExpression as string } : {}),
      ...(args.roleArn ? { RoleArn: args.roleArn as string } : {}),
    }),
  );
  return {
    arn: put.RuleArn as string,
    eventBusName: bus,
    state: (args.state as string | undefined) ?? "ENABLED",
    region: clients.region,
  };
}

const eventRule = define<aws.cloudwatch.EventRuleArgs, aws.cloudwatch.EventRuleState>(
  "aws:cloudwatch/eventRule:EventRule",
  {
    args: {
      name: replaces,
      eventBusName: computedReplaces,
      eventPattern: { json: true },
      scheduleExpression: optional,
      state: computed,
      description: optional,
      roleArn: optional,
      forceDestroy: { local: true },
    },
    autoName: { property: "name", maxLength: 64 },
    async create(clients, args) {
      const outputs = await putRule(clients, args as RuleArgs);
      return { id: ruleId(outputs.eventBusName, args.name as string), outputs };
    },
    async read(clients, _id, state) {
      const found = await orGone(
        clients.client(EventBridgeClient).send(
          new DescribeRuleCommand({
            Name: state.name as string,
            EventBusName: (state.eventBusName as string) ?? "default",
          }),
        ),
      );
      return (
        found && {
          name: found.Name as string,
          arn: found.Arn as string,
          eventBusName: found.EventBusName ?? "default",
          state: found.State as string,
          ...(found.EventPattern ? { eventPattern: found.EventPattern } : {}),
          ...(found.ScheduleExpression ? { scheduleExpression: found.ScheduleExpression } : {}),
          ...(found.Description ? { description: found.Description } : {}),
          ...(found.RoleArn ? { roleArn: found.RoleArn } : {}),
        }
      );
    },
    update: (clients, _id, args) => putRule(clients, args as RuleArgs),
    delete: (clients, _id, state) =>
      orGone(
        clients.client(EventBridgeClient).send(
          new DeleteRuleCommand({
            Name: state.name as string,
            EventBusName: (state.eventBusName as string) ?? "default",
          }),
        ),
      ),
  },
);

const TARGET_KEYS = ["arn", "roleArn", "input", "inputPath", "deadLetterConfig", "retryPolicy"] as const;

async function putTarget(clients: AwsClients, args: Readonly<Record<string, unknown>>) {
  const target = Object.fromEntries(TARGET_KEYS.map((key) => [key, args[key]]));
  const transformer = args.inputTransformer as
    | { inputPaths?: Record<string, string>; inputTemplate: string }
    | undefined;
  const put = await clients.client(EventBridgeClient).send(
    new PutTargetsCommand({
      Rule: args.rule as string,
      EventBusName: (args.eventBusName as string | undefined) ?? "default",
      Targets: [
        {
          ...toAws<Target>(target),
          Id: args.targetId as string,
          ...(transformer
            ? {
                InputTransformer: {
                  InputPathsMap: transformer.inputPaths ?? {},
                  InputTemplate: transformer.inputTemplate,
                },
              }
            : {}),
        },
      ],
    }),
  );
  const failed = put.FailedEntries?.[0];
  // PutTargets answers 200 also when it took nothing.
  if (failed) throw new Error(`PutTargets: ${failed.ErrorCode}: ${failed.ErrorMessage}`);
  return {
    eventBusName: (args.eventBusName as string | undefined) ?? "default",
    region: clients.region,
  };
}

/** Id: `rule-targetId`, with the bus before it when it is not the default one. */
const eventTarget = define<aws.cloudwatch.EventTargetArgs, aws.cloudwatch.EventTargetState>(
  "aws:cloudwatch/eventTarget:EventTarget",
  {
    args: {
      rule: requiredReplaces,
      arn: { required: true },
      targetId: replaces,
      eventBusName: computedReplaces,
      roleArn: optional,
      input: { json: true },
      inputPath: optional,
      inputTransformer: optional,
      deadLetterConfig: optional,
      retryPolicy: optional,
      forceDestroy: { local: true },
    },
    autoName: { property: "targetId", maxLength: 64 },
    async create(clients, args) {
      const outputs = await putTarget(clients, args as Readonly<Record<string, unknown>>);
      const bus = outputs.eventBusName === "default" ? "" : `${outputs.eventBusName}-`;
      return { id: `${bus}${args.rule as string}-${args.targetId}`, outputs };
    },
    async read(clients, _id, state) {
      const page = await orGone(
        clients.client(EventBridgeClient).send(
          new ListTargetsByRuleCommand({
            Rule: state.rule as string,
            EventBusName: (state.eventBusName as string) ?? "default",
          }),
        ),
      );
      const live = page?.Targets?.find(({ Id }) => Id === state.targetId);
      if (!live) return undefined;
      const { id: _, inputTransformer, ...rest } = fromAws<Record<string, unknown>>(live);
      const transformer = inputTransformer as { inputPathsMap?: object; inputTemplate: string } | undefined;
      return {
        ...rest,
        rule: state.rule as string,
        targetId: state.targetId as string,
        eventBusName: state.eventBusName as string,
        ...(transformer
          ? {
              inputTransformer: {
                inputPaths: transformer.inputPathsMap as Record<string, string>,
                inputTemplate: transformer.inputTemplate,
              },
            }
          : {}),
      };
    },
    update: (clients, _id, args) => putTarget(clients, args as Readonly<Record<string, unknown>>),
    delete: (clients, _id, state) =>
      orGone(
        clients.client(EventBridgeClient).send(
          new RemoveTargetsCommand({
            Rule: state.rule as string,
            EventBusName: (state.eventBusName as string) ?? "default",
            Ids: [state.targetId as string],
          }),
        ),
      ),
  },
);

export const definitions = [eventBus, eventBusPolicy, eventRule, eventTarget];
