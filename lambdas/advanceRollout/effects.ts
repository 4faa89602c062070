/** What a rollout does to the account. Every effect may run twice. */
import {
  CreateEndpointConfigCommand,
  type CreateEndpointConfigCommandInput,
  CreateModelCommand,
  type DataCaptureConfig,
  type DeploymentConfig,
  DescribeEndpointConfigCommand,
  type ProductionVariant,
  type Tag,
  type TrafficRoutingConfig,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LiveRecord, ReleaseRecord, RolloutRecord } from "../../contracts/records.ts";
import type { RolloutSettings } from "../../contracts/rolloutSpec.ts";
import { SluiceError } from "../shared/errors.ts";
import { rolloutAlarms, VARIANT } from "./names.ts";
import type { Clients } from "./observe.ts";
import { instancesOf, sizeKept } from "./size.ts";

export interface EffectContext extends Clients {
  readonly environment: EnvironmentOf<"advanceRollout">;
  readonly record: RolloutRecord;
  readonly settings: RolloutSettings;
  readonly spec: ModelSpec;
  readonly release: ReleaseRecord;
  /** What the records say serves; null while only the placeholder does. */
  readonly live: LiveRecord | null;
}

export const captureUri = (bucket: string, modelName: string, config: string): string =>
  `s3://${bucket}/captures/${modelName}/${config}`;

/** Model and configuration share one name. An existing one is ours: the name holds the rollout's hash. */
export async function createModelAndConfig(context: EffectContext): Promise<void> {
  const { sagemaker, environment, record, release } = context;
  if (record.kind === "rollback") return;
  if (!release.image || !release.modelDataUri)
    throw new SluiceError(
      "MissingRecord",
      `release ${release.releaseId}: expected a trained model; run Train first`,
    );
  const name = record.requestedConfigName;
  const model = new CreateModelCommand({
    ModelName: name,
    ExecutionRoleArn: environment.ENDPOINT_ROLE_ARN,
    PrimaryContainer: {
      Image: release.image,
      ModelDataUrl: release.modelDataUri,
      Environment: { ...release.modelEnvironment, SLUICE_RELEASE: release.releaseId },
    },
    Tags: tags(context),
  });
  await unlessExists(() => sagemaker.send(model));
  await createConfig(context, {
    EndpointConfigName: name,
    ProductionVariants: [variantOf(context, VARIANT, await instancesOf(context), 1)],
    DataCaptureConfig: dataCapture(context, captureUri(environment.CAPTURE_BUCKET, record.modelName, name)),
  });
}

/** A variant with the release's model. */
export function variantOf(
  { spec, record }: EffectContext,
  name: string,
  instances: number,
  weight: number,
): ProductionVariant {
  return {
    VariantName: name,
    ModelName: record.requestedConfigName,
    InitialInstanceCount: instances,
    InstanceType: spec.serving.instanceType as "ml.m5.large",
    InitialVariantWeight: weight,
  };
}

export function dataCapture({ spec, environment }: EffectContext, uri: string): DataCaptureConfig {
  return {
    EnableCapture: true,
    InitialSamplingPercentage: Math.round(spec.monitoring.capture * 100),
    DestinationS3Uri: uri,
    KmsKeyId: environment.KMS_KEY_ARN,
    CaptureOptions: [{ CaptureMode: "Input" }, { CaptureMode: "Output" }],
    CaptureContentTypeHeader: { CsvContentTypes: ["text/csv"] },
  };
}

/** Creates a configuration with this rollout's tags, unless it exists. */
export async function createConfig(
  context: EffectContext,
  config: CreateEndpointConfigCommandInput,
): Promise<void> {
  const { sagemaker } = context;
  await unlessExists(() =>
    sagemaker.send(new CreateEndpointConfigCommand({ ...config, Tags: tags(context) })),
  );
  // CreateEndpoint and UpdateEndpoint read an eventually consistent store: AWS advises to describe first.
  await sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: config.EndpointConfigName }));
}

const tags = ({ record, release }: EffectContext): Tag[] => [
  { Key: "sluice:rollout", Value: record.rolloutId.slice(0, 256) },
  { Key: "sluice:model", Value: record.modelName },
  { Key: "sluice:release", Value: release.releaseId },
];

async function unlessExists(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof Error && /already exist/i.test(error.message))) throw error;
  }
}

export async function updateEndpoint(context: EffectContext): Promise<void> {
  const { sagemaker, record, settings } = context;
  await sagemaker.send(
    new UpdateEndpointCommand({
      EndpointName: record.endpointName,
      EndpointConfigName: record.requestedConfigName,
      DeploymentConfig: deploymentConfig(record, settings),
      ...(record.kind === "rollback" ? await sizeKept(context, record.requestedConfigName) : {}),
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
  const { TrafficRoutingConfiguration, finalBake, waits } = routing(settings.step);
  return {
    AutoRollbackConfiguration,
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration,
      TerminationWaitInSeconds: finalBake,
      // Must exceed the sum of the waits; an hour more for provisioning (aws-sdk limit: 600 to 28,800 seconds).
      MaximumExecutionTimeoutInSeconds: Math.min(28_800, Math.max(600, waits + 3600)),
    },
  };
}

/** How a step moves the traffic, and the seconds that it waits. A weighted canary takes this step where there is no champion to judge it by. */
function routing(step: RolloutSettings["step"]): {
  TrafficRoutingConfiguration: TrafficRoutingConfig;
  finalBake: number;
  waits: number;
} {
  if (step.strategy === "allAtOnce" || step.strategy === "weightedCanary") {
    const finalBake = step.strategy === "allAtOnce" ? step.bake : 0;
    return {
      TrafficRoutingConfiguration: { Type: "ALL_AT_ONCE", WaitIntervalInSeconds: 0 },
      finalBake,
      waits: finalBake,
    };
  }
  const percent = Math.round(step.size * 100);
  const size = { Type: "CAPACITY_PERCENT", Value: percent } as const;
  return {
    TrafficRoutingConfiguration: {
      WaitIntervalInSeconds: step.bake,
      ...(step.strategy === "canary"
        ? { Type: "CANARY", CanarySize: size }
        : { Type: "LINEAR", LinearStepSize: size }),
    },
    finalBake: step.finalBake,
    waits: step.bake * Math.ceil(100 / percent) + step.finalBake,
  };
}
