/**
 * The heart of a rollout: from the record and what was seen, decide the next phase and what to do. Pure; the Lambda observes, applies
 * the effects (each safe to repeat) and saves. One turn never needs the turn before it to have finished its effects.
 */

import type { RolloutPhase, RolloutRecord } from "../../contracts/records.ts";
import type { RolloutSettings } from "../../contracts/rolloutSpec.ts";
import { type Beside, besideOf, besideOfPhase, entering, leave, leaving, SHADOW, WEIGHTS } from "./beside.ts";
import { enterShadow, shadowIsLive, shadowing } from "./shadow.ts";
import {
  beginUpdate,
  end,
  endpointChanged,
  isInUpdate,
  type Observation,
  promoted,
  stay,
  type Turn,
  wentBack,
} from "./turn.ts";
import { enterWeights, weighing, weightsAreLive } from "./weighted.ts";

export { isStepFromBeside, stepRefused } from "./beside.ts";
export type { Effect, Observation, Turn } from "./turn.ts";
export { shadowConfigName, weightedConfigName } from "./turn.ts";

/** Nothing may be deleted or replaced in these states: only a person can help (aws-facts 1.4). */
const BROKEN = new Set(["Failed", "UpdateRollbackFailed", "OutOfService"]);

/** True when no further turn will change the record. */
export function isFinished(phase: RolloutPhase): boolean {
  return phase === "succeeded" || phase === "rolled-back" || phase === "failed";
}

/** Decides one turn. A finished rollout stays as it is. */
export function advance(record: RolloutRecord, seen: Observation, settings: RolloutSettings): Turn {
  if (isFinished(record.phase))
    return {
      phase: record.phase,
      message: record.result?.message ?? "",
      effects: [],
      waitSeconds: 0,
      result: record.result,
    };
  if (BROKEN.has(seen.endpointStatus))
    return end(
      "failed",
      "endpoint-broken",
      `endpoint is ${seen.endpointStatus}: ${seen.failureReason ?? "no reason given"}; a person must look, nothing was deleted`,
      [],
    );
  const beside = besideOfPhase(record.phase);
  if (beside) return whileBeside(beside, record, seen, settings);
  return record.phase === "updating" ? whileUpdating(record, seen) : beforeUpdate(record, seen, settings);
}

function whileBeside(
  beside: Beside,
  record: RolloutRecord,
  seen: Observation,
  settings: RolloutSettings,
): Turn {
  if (record.phase === beside.entering)
    return entering(beside, record, seen, () => isLive(beside, record, seen));
  if (record.phase === beside.leaving) return leaving(beside, record, seen);
  return beside === SHADOW ? shadowing(record, seen, settings) : weighing(record, seen, settings);
}

const isLive = (beside: Beside, record: RolloutRecord, seen: Observation): Turn =>
  beside === WEIGHTS ? weightsAreLive(record, seen) : shadowIsLive(record, seen);

function beforeUpdate(record: RolloutRecord, seen: Observation, settings: RolloutSettings): Turn {
  // A turn that died after its update finds it here, cancelled or not: nothing is deleted while the endpoint moves.
  if (isInUpdate(seen)) {
    if (seen.pendingConfigName === record.requestedConfigName)
      return stay("updating", "endpoint is updating");
    const pending = besideOf(record, seen.pendingConfigName);
    if (pending) return stay(pending.entering, "endpoint is updating");
    return stay(
      "preparing",
      `endpoint is ${seen.endpointStatus} to ${seen.pendingConfigName ?? "another configuration"}; waiting for it`,
    );
  }
  if (seen.liveConfigName === record.requestedConfigName) return promoted(record, seen, "was already live");
  const beside = besideOf(record, seen.liveConfigName);
  if (beside) return isLive(beside, record, seen);
  if (record.cancelRequested)
    // A turn that died before its update may have stopped the scaling.
    return end("failed", "cancelled", "cancelled before the endpoint was touched", [
      { kind: "registerScalableTarget" },
      { kind: "cleanUp" },
    ]);
  if (seen.liveConfigName !== record.fromConfigName) return endpointChanged(record.fromConfigName, seen);
  const isJudged = record.kind === "release" && !seen.isBootstrapLive;
  if (settings.withoutTraffic === "hold" && isJudged && seen.recentRequests < settings.minimumRequests)
    return stay(
      "waiting-for-traffic",
      `hold: ${seen.recentRequests} requests in 15 minutes, at least ${settings.minimumRequests} are needed to judge a new model`,
      300,
    );
  if (settings.shadow && isJudged) return enterShadow(record, settings.shadow);
  const { step } = settings;
  return step.strategy === "weightedCanary" && isJudged
    ? enterWeights(record, step)
    : beginUpdate(record, seen);
}

function whileUpdating(record: RolloutRecord, seen: Observation): Turn {
  if (isInUpdate(seen)) {
    // Nothing stops an update without guardrails; what it leads to can be rolled back.
    if (record.cancelRequested && record.weights)
      return stay("updating", "cancelled too late: the update out of the weighted canary has no guardrails");
    if (record.cancelRequested)
      return stay("updating", "cancelled: abort alarm tripped, waiting for the old fleet", 30, [
        { kind: "tripAbortAlarm" },
      ]);
    return stay(
      "updating",
      `endpoint is ${seen.endpointStatus}; ${seen.newFleetRequests ?? 0} requests answered by the new fleet`,
    );
  }
  if (seen.liveConfigName === record.requestedConfigName) return promoted(record, seen, "serves all traffic");
  const alarms = seen.alarmsRaised.length > 0 ? ` after ${seen.alarmsRaised.join(", ")}` : "";
  const reason = seen.failureReason ? ` (${seen.failureReason})` : "";
  const code =
    seen.alarmsRaised.length > 0 ? "alarm" : record.cancelRequested ? "cancelled" : "update-failed";
  const numbers = { newFleetRequests: seen.newFleetRequests ?? 0 };
  const message = `${record.requestedConfigName} was rolled back${alarms}`;
  // SageMaker goes back to what was live before the step, with the challenger still there: only half of the way.
  const beside = besideOf(record, seen.liveConfigName);
  if (beside) return leave(beside, { code, message: `${message}${reason}`, numbers });
  return wentBack(code, `${message}; ${seen.liveConfigName} serves${reason}`, numbers);
}
