import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, ServiceError } from "../../kernel/types.ts";
import type { Bus, Buses, Rule, Target } from "./buses.ts";
import { compile } from "./busOperations.ts";
import { checkTarget, needsRole } from "./delivery.ts";
import { parseSchedule } from "./schedule.ts";
import { checkInputSettings } from "./transform.ts";

const targetsPerRule = 5;
const patternBytes = 4_096;

/** Operations on rules and their targets. */
export function ruleOperations(kernel: SandboxKernel, buses: Buses): Readonly<Record<string, Operation>> {
  const setEnabled = (input: { Name: string; EventBusName?: string }, enabled: boolean) => {
    const rule = buses.rule(input.EventBusName, input.Name);
    rule.enabled = enabled;
    buses.reschedule(buses.get(input.EventBusName), rule);
  };
  return {
    PutRule: (input) => {
      const bus = buses.get(input.EventBusName);
      checkRule(input, bus);
      const known = bus.rules.get(input.Name);
      const rule: Rule = known ?? emptyRule(input.Name, bus, buses);
      Object.assign(rule, {
        pattern: input.EventPattern,
        matches: input.EventPattern === undefined ? undefined : compile(input.EventPattern),
        scheduleExpression: input.ScheduleExpression,
        schedule: scheduleOf(input.ScheduleExpression, kernel.clock.now()),
        enabled: (input.State ?? "ENABLED") !== "DISABLED",
        description: input.Description,
        roleArn: input.RoleArn,
        tags: {
          ...rule.tags,
          ...Object.fromEntries(
            (input.Tags ?? []).map((tag: { Key: string; Value: string }) => [tag.Key, tag.Value]),
          ),
        },
      });
      bus.rules.set(rule.name, rule);
      buses.reschedule(bus, rule);
      return { RuleArn: rule.arn };
    },
    DescribeRule: (input) => describe(buses.rule(input.EventBusName, input.Name), kernel.accountId),
    ListRules: (input) => ({
      Rules: [...buses.get(input.EventBusName).rules.values()]
        .filter((rule) => rule.name.startsWith(input.NamePrefix ?? ""))
        .map((rule) => describe(rule, kernel.accountId)),
    }),
    ListRuleNamesByTarget: (input) => ({
      RuleNames: [...buses.get(input.EventBusName).rules.values()]
        .filter((rule) => [...rule.targets.values()].some((target) => target.Arn === input.TargetArn))
        .map((rule) => rule.name),
    }),
    EnableRule: (input) => setEnabled(input, true),
    DisableRule: (input) => setEnabled(input, false),
    DeleteRule: (input) => {
      const bus = buses.get(input.EventBusName);
      const rule = bus.rules.get(input.Name);
      if (!rule) return;
      if (rule.targets.size > 0)
        throw new ServiceError("ValidationException", "Rule can't be deleted since it has targets.");
      rule.enabled = false;
      buses.reschedule(bus, rule);
      bus.rules.delete(rule.name);
    },
    PutTargets: (input) => {
      const rule = buses.rule(input.EventBusName, input.Rule);
      for (const target of input.Targets as readonly Target[]) checkRuleTarget(target);
      const ids = new Set([...rule.targets.keys(), ...input.Targets.map((target: Target) => target.Id)]);
      if (ids.size > targetsPerRule)
        throw new ServiceError(
          "LimitExceededException",
          "The requested resource exceeds the maximum number allowed.",
        );
      for (const target of input.Targets as readonly Target[]) rule.targets.set(target.Id, target);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    RemoveTargets: (input) => {
      const rule = buses.rule(input.EventBusName, input.Rule);
      for (const id of input.Ids) rule.targets.delete(id);
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
    ListTargetsByRule: (input) => ({
      Targets: [...buses.rule(input.EventBusName, input.Rule).targets.values()],
    }),
    TagResource: (input) => {
      const owner = tagOwner(buses, input.ResourceARN);
      owner.tags = {
        ...owner.tags,
        ...Object.fromEntries(input.Tags.map((tag: { Key: string; Value: string }) => [tag.Key, tag.Value])),
      };
    },
    UntagResource: (input) => {
      const owner = tagOwner(buses, input.ResourceARN);
      owner.tags = Object.fromEntries(
        Object.entries(owner.tags).filter(([key]) => !input.TagKeys.includes(key)),
      );
    },
    ListTagsForResource: (input) => ({
      Tags: Object.entries(tagOwner(buses, input.ResourceARN).tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  };
}

function emptyRule(name: string, bus: Bus, buses: Buses): Rule {
  return {
    name,
    arn: buses.ruleArn(bus.name, name),
    bus: bus.name,
    pattern: undefined,
    matches: undefined,
    scheduleExpression: undefined,
    schedule: undefined,
    enabled: true,
    description: undefined,
    roleArn: undefined,
    tags: {},
    timer: undefined,
    targets: new Map(),
  };
}

function checkRule(input: { EventPattern?: string; ScheduleExpression?: string }, bus: Bus): void {
  if (input.EventPattern === undefined && input.ScheduleExpression === undefined)
    throw new ServiceError(
      "ValidationException",
      "Parameter(s) EventPattern or ScheduleExpression must be specified.",
    );
  if (input.ScheduleExpression !== undefined && bus.name !== "default")
    throw new ServiceError(
      "ValidationException",
      "ScheduleExpression is supported only on the default event bus.",
    );
  if (Buffer.byteLength(input.EventPattern ?? "") > patternBytes)
    throw new ServiceError(
      "InvalidEventPatternException",
      `Event pattern is not valid. Reason: longer than ${patternBytes} bytes`,
    );
}

function scheduleOf(expression: string | undefined, anchor: number): Rule["schedule"] {
  if (expression === undefined) return undefined;
  try {
    return parseSchedule(expression, anchor);
  } catch (error) {
    throw new ServiceError(
      "ValidationException",
      `Parameter ScheduleExpression is not valid. ${(error as Error).message}`,
    );
  }
}

const knownTargetFields = new Set([
  "Id",
  "Arn",
  "RoleArn",
  "Input",
  "InputPath",
  "InputTransformer",
  "DeadLetterConfig",
  "RetryPolicy",
  "SqsParameters",
]);

function checkRuleTarget(target: Target): void {
  const unknown = Object.keys(target).filter((field) => !knownTargetFields.has(field));
  if (unknown.length > 0)
    throw new ServiceError(
      "NotImplemented",
      `the Sluice sandbox does not support events:PutTargets (${unknown.join(", ")})`,
      { status: 501 },
    );
  checkTarget(target.Arn);
  checkInputSettings(target);
  if (needsRole(target.Arn) && target.RoleArn === undefined)
    throw new ServiceError("ValidationException", `RoleArn is required for target ${target.Arn}.`);
}

function describe(rule: Rule, accountId: string): Record<string, unknown> {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventPattern: rule.pattern,
    ScheduleExpression: rule.scheduleExpression,
    State: rule.enabled ? "ENABLED" : "DISABLED",
    Description: rule.description,
    RoleArn: rule.roleArn,
    EventBusName: rule.bus,
    CreatedBy: accountId,
  };
}

function tagOwner(buses: Buses, arn: string): { tags: Record<string, string> } {
  const bus = /:event-bus\/(.+)$/.exec(arn)?.[1];
  if (bus !== undefined) return buses.get(bus);
  const parts = (/:rule\/(.+)$/.exec(arn)?.[1] ?? "").split("/");
  return parts.length === 1
    ? buses.rule("default", parts[0] as string)
    : buses.rule(parts[0], parts[1] as string);
}
