import type { SandboxKernel } from "../../kernel/kernel.ts";
import type { Alarm } from "./alarm.ts";
import { type MetricAlarmInput, queriesOf } from "./definition.ts";

interface PreviousState {
  readonly value: string;
  readonly reason: string;
  readonly reasonData: string | undefined;
  readonly timestamp: number;
}

/** Tells the world of a transition: the event on the default bus and the alarm's actions (Lambda functions and SNS topics). */
export function notify(kernel: SandboxKernel, alarm: Alarm, previous: PreviousState): void {
  const detail = {
    alarmName: alarm.name,
    state: stateOf({
      value: alarm.state,
      reason: alarm.reason,
      reasonData: alarm.reasonData,
      timestamp: alarm.stateUpdated,
    }),
    previousState: stateOf(previous),
    configuration: configurationOf(alarm),
  };
  kernel.emitEvent({
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    resources: [alarm.arn],
    detail,
  });
  const { input } = alarm.definition;
  if (input.ActionsEnabled === false) return;
  const actions =
    { ALARM: input.AlarmActions, OK: input.OKActions, INSUFFICIENT_DATA: input.InsufficientDataActions }[
      alarm.state
    ] ?? [];
  for (const action of actions) {
    act(kernel, alarm, action, detail, previous).catch((error: Error) => {
      kernel.log(`cloudwatch: action ${action} of alarm ${alarm.name} failed: ${error.message}`);
    });
  }
}

async function act(
  kernel: SandboxKernel,
  alarm: Alarm,
  action: string,
  detail: object,
  previous: PreviousState,
): Promise<void> {
  const time = new Date(alarm.stateUpdated).toISOString();
  if (action.includes(":lambda:")) {
    const payload = {
      source: "aws.cloudwatch",
      alarmArn: alarm.arn,
      accountId: kernel.accountId,
      time: time.replace("Z", "+0000"),
      region: kernel.region,
      alarmData: detail,
    };
    await kernel.callAsService(
      "lambda",
      "Invoke",
      { FunctionName: action, InvocationType: "Event", Payload: JSON.stringify(payload) },
      { service: "lambda.alarms.cloudwatch.amazonaws.com", sourceArn: alarm.arn },
    );
  } else {
    const { input } = alarm.definition;
    const message = {
      AlarmName: alarm.name,
      AlarmDescription: input.AlarmDescription ?? null,
      AWSAccountId: kernel.accountId,
      NewStateValue: alarm.state,
      NewStateReason: alarm.reason,
      StateChangeTime: time.replace("Z", "+0000"),
      Region: kernel.region,
      AlarmArn: alarm.arn,
      OldStateValue: previous.value,
      Trigger:
        alarm.definition.kind === "metric"
          ? triggerOf(alarm.definition.input)
          : { AlarmRule: alarm.definition.rule },
    };
    await kernel.callAsService(
      "sns",
      "Publish",
      {
        TopicArn: action,
        Subject: `${alarm.state}: "${alarm.name}" in ${kernel.region}`.slice(0, 100),
        Message: JSON.stringify(message),
      },
      { service: "cloudwatch.amazonaws.com", sourceArn: alarm.arn },
    );
  }
}

function stateOf(state: PreviousState): object {
  return {
    value: state.value,
    reason: state.reason,
    ...(state.reasonData === undefined ? {} : { reasonData: state.reasonData }),
    timestamp: new Date(state.timestamp).toISOString().replace("Z", "+0000"),
  };
}

function triggerOf(input: MetricAlarmInput): object {
  return {
    MetricName: input.MetricName,
    Namespace: input.Namespace,
    Statistic: input.Statistic,
    Dimensions: (input.Dimensions ?? []).map((each) => ({ name: each.Name, value: each.Value })),
    Period: input.Period,
    EvaluationPeriods: input.EvaluationPeriods,
    DatapointsToAlarm: input.DatapointsToAlarm,
    ComparisonOperator: input.ComparisonOperator,
    Threshold: input.Threshold,
    TreatMissingData: input.TreatMissingData ?? "missing",
  };
}

function configurationOf(alarm: Alarm): object {
  const { definition } = alarm;
  const description =
    definition.input.AlarmDescription === undefined ? {} : { description: definition.input.AlarmDescription };
  if (definition.kind === "composite") return { ...description, alarmRule: definition.rule };
  const metrics = queriesOf(definition.input).map((query) =>
    query.MetricStat
      ? {
          id: query.Id,
          metricStat: {
            metric: {
              namespace: query.MetricStat.Metric.Namespace,
              name: query.MetricStat.Metric.MetricName,
              dimensions: Object.fromEntries(
                (query.MetricStat.Metric.Dimensions ?? []).map((each) => [each.Name, each.Value]),
              ),
            },
            period: query.MetricStat.Period,
            stat: query.MetricStat.Stat,
          },
          returnData: query.ReturnData ?? true,
        }
      : {
          id: query.Id,
          expression: query.Expression,
          label: query.Label,
          returnData: query.ReturnData ?? true,
        },
  );
  return { ...description, metrics };
}
