/**
 * The heart of a rollout: from the record and what was seen, decide the next phase and what to do. Pure; the Lambda observes, applies
 * the effects (each safe to repeat) and saves. One turn never needs the turn before it to have finished its effects.
 */
import type { RolloutSettings } from "../../contracts/modelSpec.ts";
import type { RolloutPhase, RolloutRecord } from "../../contracts/records.ts";
import {
  enteringShadow,
  enterShadow,
  leaveShadow,
  leavingShadow,
  shadowIsLive,
  shadowing,
} from "./shadow.ts";
import {
  beginUpdate,
  end,
  endpointChanged,
  isInUpdate,
  type Observation,
  promoted,
  shadowConfigName,
  stay,
  type Turn,
} from "./turn.ts";

export { isStepFromShadow, stepRefused } from "./shadow.ts";
export type { Effect, Observation, Turn } from "./turn.ts";
export { shadowConfigName } from "./turn.ts";

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
  switch (record.phase) {
    case "updating":
      return whileUpdating(record, seen);
    case "entering-shadow":
      return enteringShadow(record, seen);
    case "shadowing":
      return shadowing(record, seen, settings);
    case "leaving-shadow":
      return leavingShadow(record, seen);
    default:
      return beforeUpdate(record, seen, settings);
  }
}

function beforeUpdate(record: RolloutRecord, seen: Observation, settings: RolloutSettings): Turn {
  const shadowConfig = shadowConfigName(record.requestedConfigName);
  // A turn that died after its update finds it here, cancelled or not: nothing is deleted while the endpoint moves.
  if (isInUpdate(seen)) {
    if (seen.pendingConfigName === record.requestedConfigName)
      return stay("updating", "endpoint is updating");
    if (seen.pendingConfigName === shadowConfig) return stay("entering-shadow", "endpoint is updating");
    return stay(
      "preparing",
      `endpoint is ${seen.endpointStatus} to ${seen.pendingConfigName ?? "another configuration"}; waiting for it`,
    );
  }
  if (seen.liveConfigName === record.requestedConfigName) return promoted(record, seen, "was already live");
  if (seen.liveConfigName === shadowConfig) return shadowIsLive(record, seen);
  if (record.cancelRequested)
    return end("failed", "cancelled", "cancelled before the endpoint was touched", [{ kind: "cleanUp" }]);
  if (seen.liveConfigName !== record.fromConfigName) return endpointChanged(record.fromConfigName, seen);
  const isJudged = record.kind === "release" && !seen.isBootstrapLive;
  if (settings.withoutTraffic === "hold" && isJudged && seen.recentRequests < settings.minimumRequests)
    return stay(
      "waiting-for-traffic",
      `hold: ${seen.recentRequests} requests in 15 minutes, at least ${settings.minimumRequests} are needed to judge a new model`,
      300,
    );
  return settings.shadow && isJudged ? enterShadow(record, settings.shadow) : beginUpdate(record, seen);
}

function whileUpdating(record: RolloutRecord, seen: Observation): Turn {
  if (isInUpdate(seen)) {
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
  // SageMaker goes back to what was live before the step, which is the shadow: only half of the way.
  if (seen.liveConfigName === shadowConfigName(record.requestedConfigName))
    return leaveShadow({ code, message: `${message}${reason}`, numbers });
  return end(
    "rolled-back",
    code,
    `${message}; ${seen.liveConfigName} serves${reason}`,
    [{ kind: "cleanUp" }],
    numbers,
  );
}
