import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, ServiceError } from "../../kernel/types.ts";
import type { Alarm } from "./alarm.ts";
import type { AlarmStore } from "./alarms.ts";
import { metricAlarm } from "./definition.ts";

/** Operations on alarms, their state, their history and their tags. */
export function alarmOperations(
  kernel: SandboxKernel,
  store: AlarmStore,
): Readonly<Record<string, Operation>> {
  const tagged = (alarm: Alarm, tags: readonly { Key: string; Value: string }[] | undefined) => {
    if (tags && Object.keys(alarm.tags).length === 0)
      alarm.tags = Object.fromEntries(tags.map((tag) => [tag.Key, tag.Value]));
  };
  const byArn = (arn: string): Alarm => {
    const alarm = store.alarms.get(arn.replace(/^.*:alarm:/, ""));
    if (!alarm) throw new ServiceError("ResourceNotFoundException", `Unknown alarm ${arn}`, { status: 404 });
    return alarm;
  };
  return {
    PutMetricAlarm: (input) => {
      checkActions(input);
      tagged(store.put(metricAlarm(input)), input.Tags);
    },
    PutCompositeAlarm: (input) => {
      checkActions(input);
      if (input.ActionsSuppressor !== undefined)
        throw new ServiceError(
          "NotImplemented",
          "the Sluice sandbox does not support cloudwatch:PutCompositeAlarm (ActionsSuppressor)",
          { status: 501 },
        );
      tagged(
        store.put({ kind: "composite", name: input.AlarmName, rule: input.AlarmRule, input }),
        input.Tags,
      );
    },
    DescribeAlarms: (input) => {
      const types: readonly string[] = input.AlarmTypes ?? [
        "MetricAlarm",
        ...(input.AlarmNames ? ["CompositeAlarm"] : []),
      ];
      const chosen = [...store.alarms.values()].filter(
        (alarm) =>
          (input.AlarmNames ?? [alarm.name]).includes(alarm.name) &&
          alarm.name.startsWith(input.AlarmNamePrefix ?? "") &&
          (input.StateValue ?? alarm.state) === alarm.state &&
          (input.ActionPrefix === undefined ||
            (alarm.definition.input.AlarmActions ?? []).some((action) =>
              action.startsWith(input.ActionPrefix),
            )),
      );
      const from = Number(input.NextToken ?? 0);
      const limit = input.MaxRecords ?? 50;
      const page = chosen.slice(from, from + limit);
      const of = (kind: string) => page.filter((alarm) => alarm.definition.kind === kind).map(describe);
      return {
        MetricAlarms: types.includes("MetricAlarm") ? of("metric") : [],
        CompositeAlarms: types.includes("CompositeAlarm") ? of("composite") : [],
        NextToken: from + limit < chosen.length ? String(from + limit) : undefined,
      };
    },
    DescribeAlarmsForMetric: (input) => ({
      MetricAlarms: [...store.alarms.values()]
        .filter(
          ({ definition }) =>
            definition.kind === "metric" &&
            definition.input.MetricName === input.MetricName &&
            definition.input.Namespace === input.Namespace,
        )
        .map(describe),
    }),
    DescribeAlarmHistory: (input) => ({
      AlarmHistoryItems: store.history
        .filter(
          (item) =>
            (input.AlarmName ?? item.AlarmName) === item.AlarmName &&
            (input.HistoryItemType ?? item.HistoryItemType) === item.HistoryItemType,
        )
        .toReversed()
        .slice(0, input.MaxRecords ?? 100),
    }),
    DeleteAlarms: (input) => store.delete(input.AlarmNames),
    SetAlarmState: (input) => {
      const alarm = store.alarms.get(input.AlarmName);
      if (!alarm)
        throw new ServiceError("ResourceNotFound", `Alarm ${input.AlarmName} does not exist`, {
          status: 404,
        });
      store.setState(alarm, input.StateValue, input.StateReason, input.StateReasonData);
    },
    EnableAlarmActions: (input) => enable(store, input.AlarmNames, true),
    DisableAlarmActions: (input) => enable(store, input.AlarmNames, false),
    TagResource: (input) => {
      const alarm = byArn(input.ResourceARN);
      for (const tag of input.Tags) alarm.tags[tag.Key] = tag.Value;
    },
    UntagResource: (input) => {
      const alarm = byArn(input.ResourceARN);
      for (const key of input.TagKeys) delete alarm.tags[key];
    },
    ListTagsForResource: (input) => {
      if (!input.ResourceARN.includes(":alarm:")) return { Tags: [] };
      return { Tags: Object.entries(byArn(input.ResourceARN).tags).map(([Key, Value]) => ({ Key, Value })) };
    },
    DescribeAnomalyDetectors: () => ({ AnomalyDetectors: [] }),
  };

  function checkActions(input: Record<string, unknown>): void {
    for (const field of ["AlarmActions", "OKActions", "InsufficientDataActions"]) {
      const actions = (input[field] ?? []) as readonly string[];
      const bad = actions.filter(
        (action) => !new RegExp(`^arn:aws:(lambda|sns):${kernel.region}:\\d{12}:`).test(action),
      );
      if (bad.length > 0)
        throw new ServiceError(
          "NotImplemented",
          `the Sluice sandbox does not support cloudwatch alarm action ${bad.join(", ")}; use a Lambda function or an SNS topic of ${kernel.region}`,
          { status: 501 },
        );
    }
  }
}

function enable(store: AlarmStore, names: readonly string[], enabled: boolean): void {
  for (const name of names) {
    const alarm = store.alarms.get(name);
    if (!alarm) continue;
    const { definition } = alarm;
    alarm.definition =
      definition.kind === "metric"
        ? { ...definition, input: { ...definition.input, ActionsEnabled: enabled } }
        : { ...definition, input: { ...definition.input, ActionsEnabled: enabled } };
  }
}

function describe(alarm: Alarm): Record<string, unknown> {
  const { input } = alarm.definition;
  return {
    ...input,
    AlarmArn: alarm.arn,
    ActionsEnabled: input.ActionsEnabled ?? true,
    OKActions: input.OKActions ?? [],
    AlarmActions: input.AlarmActions ?? [],
    InsufficientDataActions: input.InsufficientDataActions ?? [],
    ...(alarm.definition.kind === "metric" ? { Dimensions: alarm.definition.input.Dimensions ?? [] } : {}),
    AlarmConfigurationUpdatedTimestamp: alarm.configured,
    StateValue: alarm.state,
    StateReason: alarm.reason,
    StateReasonData: alarm.reasonData,
    StateUpdatedTimestamp: alarm.stateUpdated,
    StateTransitionedTimestamp: alarm.stateUpdated,
  };
}
