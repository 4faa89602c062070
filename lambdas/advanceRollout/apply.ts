/** Carries out what a turn decided. */
import { keys, type LiveRecord } from "../../contracts/records.ts";
import { type Effect, isStepFromBeside, type Observation } from "../../core/rollout/advance.ts";
import { messageOf } from "../shared/errors.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import type { Records } from "../shared/records.ts";
import { createAlarms, tripAbortAlarm } from "./alarms.ts";
import {
  createShadowConfig,
  createWeightedConfig,
  setWeights,
  updateFromWeights,
  updateToChampion,
  updateToShadow,
  updateToWeights,
} from "./beside.ts";
import { cleanUp } from "./cleanUp.ts";
import { recordDeployment } from "./deployment.ts";
import { createModelAndConfig, type EffectContext, updateEndpoint } from "./effects.ts";
import { deregisterScalableTarget, registerScalableTarget } from "./scaling.ts";

interface ApplyContext extends EffectContext {
  readonly records: Records;
  readonly objects: Pick<Objects, "getText">;
  readonly log: Log;
  readonly now: () => Date;
}

/** Applies effects in their order. Returns SageMaker's words when it refuses a step from beside the champion, which is decided anew; else null. */
export async function applyEffects(
  context: ApplyContext,
  effects: readonly Effect[],
  seen: Observation,
): Promise<string | null> {
  for (const effect of effects) {
    try {
      await apply(effect, context, seen);
    } catch (error) {
      if (!isStepFromBeside(effect, context.record, seen) || !isRefusal(error)) throw error;
      return messageOf(error);
    }
  }
  return null;
}

/** An update in progress is none: another turn was faster. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === "ValidationException" && !/in-progress/i.test(error.message);

async function apply(effect: Effect, context: ApplyContext, seen: Observation): Promise<unknown> {
  switch (effect.kind) {
    case "deregisterScalableTarget":
      return deregisterScalableTarget(context);
    case "registerScalableTarget":
      return registerScalableTarget(context);
    case "createAlarms":
      return createAlarms(context);
    case "createModelAndConfig":
      return createModelAndConfig(context);
    case "createShadowConfig":
      return createShadowConfig(context);
    case "updateEndpoint":
      return updateEndpoint(context);
    case "updateToShadow":
      return updateToShadow(context);
    case "createWeightedConfig":
      return createWeightedConfig(context);
    case "updateToWeights":
      return updateToWeights(context);
    case "setWeights":
      return setWeights(context, effect.index);
    case "updateFromWeights":
      return updateFromWeights(context);
    case "updateToChampion":
      return updateToChampion(context);
    case "tripAbortAlarm":
      return tripAbortAlarm(context);
    case "recordDeployment":
      return recordDeployment(context.records, context, context.now());
    case "cleanUp":
      return cleanUpNow(context, seen);
  }
}

/** The live record is read again: a deployment may just have been recorded. */
async function cleanUpNow(context: ApplyContext, seen: Observation): Promise<void> {
  const { records, environment, record, log } = context;
  const live = await records.load<LiveRecord>(keys.live(environment.ENVIRONMENT_NAME, record.modelName));
  const removed = await cleanUp({ ...context, live }, [seen.liveConfigName, seen.pendingConfigName]);
  if (removed.length > 0) log.info("cleaned up", { removed });
}
