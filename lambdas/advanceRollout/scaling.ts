/**
 * Autoscaling of the variant that serves, by target tracking. SageMaker refuses to change the instance type of a variant that is a scalable
 * target, and a fleet that is replaced must not be scaled meanwhile, so a rollout takes the target away and puts it back (SageMaker
 * Developer Guide, "Update endpoints that use auto scaling").
 */
import {
  DeregisterScalableTargetCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { readResolvedSpec } from "../../contracts/modelSpec.ts";
import { keys, type LiveRecord, type ReleaseRecord } from "../../contracts/records.ts";
import type { RolloutSettings } from "../../contracts/rolloutSpec.ts";
import { messageOf } from "../shared/errors.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { mustLoad, type Records } from "../shared/records.ts";
import type { EffectContext } from "./effects.ts";
import { VARIANT } from "./names.ts";

const targetOf = (endpointName: string) =>
  ({
    ServiceNamespace: "sagemaker",
    ResourceId: `endpoint/${endpointName}/variant/${VARIANT}`,
    ScalableDimension: "sagemaker:variant:DesiredInstanceCount",
  }) as const;

/**
 * Takes the target away, and its policy and alarms with it. Always asked: the release in service may scale where the new one does not.
 * A rollback goes on without: the way back must not depend on one service more.
 */
export async function deregisterScalableTarget({
  autoscaling,
  record,
  log,
}: Pick<EffectContext, "autoscaling" | "record"> & { readonly log: Log }): Promise<void> {
  try {
    await autoscaling.send(new DeregisterScalableTargetCommand(targetOf(record.endpointName)));
  } catch (error) {
    if (error instanceof Error && error.name === "ObjectNotFoundException") return;
    if (record.kind !== "rollback") throw error;
    log.warn("the endpoint is rolled back while it may be scaled", { reason: messageOf(error) });
  }
}

interface RegisterContext extends EffectContext {
  readonly records: Records;
  readonly objects: Pick<Objects, "getText">;
}

/** Scales what serves now as its own release says: after a rollback that is not the release of the rollout. */
export async function registerScalableTarget(context: RegisterContext): Promise<void> {
  const { autoscaling: client, record } = context;
  const settings = await settingsInService(context);
  if (!settings?.autoscaling) return;
  const { maximumInstances, invocationsPerInstance, scaleInCooldown, scaleOutCooldown } =
    settings.autoscaling;
  const target = targetOf(record.endpointName);
  await client.send(
    new RegisterScalableTargetCommand({
      ...target,
      MinCapacity: settings.instances,
      MaxCapacity: maximumInstances,
    }),
  );
  await client.send(
    new PutScalingPolicyCommand({
      ...target,
      PolicyName: `${record.endpointName}-invocations`,
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: invocationsPerInstance,
        PredefinedMetricSpecification: {
          PredefinedMetricType: "SageMakerVariantInvocationsPerInstance",
        },
        ScaleInCooldown: scaleInCooldown,
        ScaleOutCooldown: scaleOutCooldown,
      },
    }),
  );
}

async function settingsInService(context: RegisterContext): Promise<RolloutSettings | undefined> {
  const { records, objects, record, release, settings } = context;
  const live = await records.load<LiveRecord>(keys.live(record.environment, record.modelName));
  if (!live) return undefined;
  const { releaseId } = live.live;
  if (releaseId === release.releaseId) return settings;
  const other = await mustLoad<ReleaseRecord>(records, keys.release(record.modelName, releaseId));
  return readResolvedSpec(await objects.getText(other.specUri)).rollout[record.environment];
}
