/** What a rollout does to the account. Every effect may run twice. */
import { DeleteAlarmsCommand, PutMetricAlarmCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  type DeploymentConfig,
  DescribeEndpointConfigCommand,
  ListEndpointConfigsCommand,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import type { ModelSpec, RolloutSettings } from "../../contracts/modelSpec.ts";
import type { LiveRecord, ReleaseRecord, RolloutRecord } from "../../contracts/records.ts";
import { SluiceError } from "../shared/errors.ts";
import { configPrefix, rolloutAlarms, VARIANT } from "./names.ts";
import type { Clients } from "./observe.ts";

export interface EffectContext extends Clients {
  readonly environment: EnvironmentOf<"advanceRollout">;
  readonly record: RolloutRecord;
  readonly settings: RolloutSettings;
  readonly spec: ModelSpec;
  readonly release: ReleaseRecord;
}

export const captureUri = (bucket: string, modelName: string, config: string): string =>
  `s3://${bucket}/captures/${modelName}/${config}`;

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

/** Model and configuration share one name. An existing one is ours: the name holds the rollout's hash. */
export async function createModelAndConfig({
  sagemaker,
  environment,
  record,
  settings,
  spec,
  release,
}: EffectContext): Promise<void> {
  if (record.kind === "rollback") return;
  if (!release.image || !release.modelDataUri)
    throw new SluiceError(
      "MissingRecord",
      `release ${release.releaseId}: expected a trained model; run Train first`,
    );
  const name = record.requestedConfigName;
  const Tags = [
    { Key: "sluice:rollout", Value: record.rolloutId.slice(0, 256) },
    { Key: "sluice:model", Value: record.modelName },
    { Key: "sluice:release", Value: release.releaseId },
  ];
  await unlessExists(() =>
    sagemaker.send(
      new CreateModelCommand({
        ModelName: name,
        ExecutionRoleArn: environment.ENDPOINT_ROLE_ARN,
        PrimaryContainer: {
          Image: release.image,
          ModelDataUrl: release.modelDataUri,
          Environment: { ...release.modelEnvironment, SLUICE_RELEASE: release.releaseId },
        },
        Tags,
      }),
    ),
  );
  await unlessExists(() =>
    sagemaker.send(
      new CreateEndpointConfigCommand({
        EndpointConfigName: name,
        ProductionVariants: [
          {
            VariantName: VARIANT,
            ModelName: name,
            InitialInstanceCount: settings.instances,
            InstanceType: spec.serving.instanceType as "ml.m5.large",
            InitialVariantWeight: 1,
          },
        ],
        DataCaptureConfig: {
          EnableCapture: true,
          InitialSamplingPercentage: Math.round(spec.monitoring.capture * 100),
          DestinationS3Uri: captureUri(environment.CAPTURE_BUCKET, record.modelName, name),
          KmsKeyId: environment.KMS_KEY_ARN,
          CaptureOptions: [{ CaptureMode: "Input" }, { CaptureMode: "Output" }],
          CaptureContentTypeHeader: { CsvContentTypes: ["text/csv"] },
        },
        Tags,
      }),
    ),
  );
  // CreateEndpoint and UpdateEndpoint read an eventually consistent store: AWS advises to describe first.
  await sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name }));
}

async function unlessExists(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof Error && /already exist/i.test(error.message))) throw error;
  }
}

export async function updateEndpoint({ sagemaker, record, settings }: EffectContext): Promise<void> {
  await sagemaker.send(
    new UpdateEndpointCommand({
      EndpointName: record.endpointName,
      EndpointConfigName: record.requestedConfigName,
      DeploymentConfig: deploymentConfig(record, settings),
    }),
  );
}

/** The guardrails of the update. A rollback goes all at once: what it goes back to has served before. */
export function deploymentConfig(
  record: Pick<RolloutRecord, "kind" | "requestedConfigName">,
  settings: RolloutSettings,
): DeploymentConfig {
  const names = rolloutAlarms(record.requestedConfigName);
  const AutoRollbackConfiguration = { Alarms: Object.values(names).map((AlarmName) => ({ AlarmName })) };
  if (record.kind === "rollback")
    return {
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: { Type: "ALL_AT_ONCE", WaitIntervalInSeconds: 0 },
      },
    };
  const { step } = settings;
  const percent = step.strategy === "allAtOnce" ? 100 : Math.round(step.size * 100);
  const waits =
    step.strategy === "allAtOnce" ? step.bake : step.bake * Math.ceil(100 / percent) + step.finalBake;
  return {
    AutoRollbackConfiguration,
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration:
        step.strategy === "allAtOnce"
          ? { Type: "ALL_AT_ONCE", WaitIntervalInSeconds: 0 }
          : step.strategy === "canary"
            ? {
                Type: "CANARY",
                CanarySize: { Type: "CAPACITY_PERCENT", Value: percent },
                WaitIntervalInSeconds: step.bake,
              }
            : {
                Type: "LINEAR",
                LinearStepSize: { Type: "CAPACITY_PERCENT", Value: percent },
                WaitIntervalInSeconds: step.bake,
              },
      TerminationWaitInSeconds: step.strategy === "allAtOnce" ? step.bake : step.finalBake,
      // Must exceed the sum of the waits; an hour more for provisioning (aws-sdk limit: 600 to 28,800 seconds).
      MaximumExecutionTimeoutInSeconds: Math.min(28_800, Math.max(600, waits + 3600)),
    },
  };
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

/**
 * Deletes this rollout's alarms, and configurations and models that rollouts made for this endpoint and nobody needs: not the one that
 * serves, not the one to go back to, not one in an update. Judged by a fresh look at the endpoint.
 */
export async function cleanUp(
  context: EffectContext,
  live: LiveRecord | null,
  keep: readonly string[],
): Promise<string[]> {
  const { sagemaker, cloudwatch, record, environment } = context;
  await cloudwatch.send(
    new DeleteAlarmsCommand({ AlarmNames: Object.values(rolloutAlarms(record.requestedConfigName)) }),
  );
  const needed = new Set([...keep, live?.live.endpointConfigName, live?.previous?.endpointConfigName]);
  const prefix = configPrefix(record.modelName, environment.ENVIRONMENT_NAME);
  const { EndpointConfigs } = await sagemaker.send(
    new ListEndpointConfigsCommand({ NameContains: prefix, MaxResults: 100 }),
  );
  const unneeded = (EndpointConfigs ?? [])
    .map((config) => config.EndpointConfigName ?? "")
    .filter((name) => name.startsWith(prefix) && !needed.has(name));
  for (const name of unneeded) {
    await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name }));
    await ignoreAbsent(() => sagemaker.send(new DeleteModelCommand({ ModelName: name })));
  }
  return unneeded;
}

async function ignoreAbsent(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof Error && /could not find/i.test(error.message))) throw error;
  }
}
