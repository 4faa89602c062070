/** The alarms of a rollout's new fleet, which SageMaker's guardrails watch. */
import { PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import type { EffectContext } from "./effects.ts";
import { rolloutAlarms, VARIANT } from "./names.ts";

/** One alarm for each way the new fleet alone can fail, and one that only `sluice rollback` and remediation trip. */
export async function createAlarms({ cloudwatch, record, settings }: EffectContext): Promise<void> {
  const names = rolloutAlarms(record.requestedConfigName);
  const fleet = [
    { Name: "EndpointName", Value: record.endpointName },
    { Name: "VariantName", Value: VARIANT },
    { Name: "EndpointConfigName", Value: record.requestedConfigName },
  ];
  const common = {
    Period: 300,
    EvaluationPeriods: 1,
    DatapointsToAlarm: 1,
    TreatMissingData: "notBreaching",
    Tags: [{ Key: "sluice:rollout", Value: record.rolloutId.slice(0, 256) }],
  };
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...common,
      AlarmName: names.errors,
      AlarmDescription:
        "Share of requests that the new fleet answered with 5XX. Runbook: docs/runbooks/rollout.md#errors",
      Namespace: "AWS/SageMaker",
      MetricName: "Invocation5XXErrors",
      Dimensions: fleet,
      Statistic: "Average",
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: settings.alarms.errorRate,
    }),
  );
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...common,
      AlarmName: names.latency,
      AlarmDescription:
        "90th percentile of the new fleet's model latency, microseconds. Runbook: docs/runbooks/rollout.md#latency",
      Namespace: "AWS/SageMaker",
      MetricName: "ModelLatency",
      Dimensions: fleet,
      ExtendedStatistic: "p90",
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: settings.alarms.latencyP90 * 1000,
    }),
  );
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...common,
      AlarmName: names.abort,
      AlarmDescription:
        "Tripped by hand or by remediation: SageMaker has no call that stops an update. Runbook: docs/runbooks/rollout.md#abort",
      Namespace: "Sluice",
      MetricName: "RolloutAbort",
      Dimensions: [{ Name: "EndpointConfigName", Value: record.requestedConfigName }],
      Statistic: "Sum",
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 0,
    }),
  );
}

export async function tripAbortAlarm({ cloudwatch, record }: EffectContext): Promise<void> {
  await cloudwatch.send(
    new SetAlarmStateCommand({
      AlarmName: rolloutAlarms(record.requestedConfigName).abort,
      StateValue: "ALARM",
      StateReason: `rollout ${record.rolloutId} was cancelled`,
    }),
  );
}
