/**
 * The heart of a rollout: from the record and what was seen, decide the next phase and what to do. Pure; the Lambda observes, applies
 * the effects (each safe to repeat) and saves. One turn never needs the turn before it to have finished its effects.
 */
import type { RolloutSettings } from "../../contracts/modelSpec.ts";
import type { RolloutPhase, RolloutRecord } from "../../contracts/records.ts";

/** What SageMaker and CloudWatch say now. */
export interface Observation {
  /** `EndpointStatus` of DescribeEndpoint. */
  readonly endpointStatus: string;
  readonly liveConfigName: string;
  /** Configuration of an update in progress, from `PendingDeploymentSummary`. */
  readonly pendingConfigName: string | null;
  readonly failureReason: string | null;
  /** Alarms of this rollout that are in ALARM now or went there since it began. */
  readonly alarmsRaised: readonly string[];
  /** Requests to the endpoint in the last fifteen minutes. */
  readonly recentRequests: number;
  /** Requests that the requested configuration has answered since the update began; null when nothing was published. */
  readonly newFleetRequests: number | null;
  /** True while only the bootstrap placeholder serves: nobody relies on it. */
  readonly isBootstrapLive: boolean;
}

export type Effect =
  | { readonly kind: "createAlarms" }
  | { readonly kind: "createModelAndConfig" }
  | { readonly kind: "updateEndpoint" }
  | { readonly kind: "tripAbortAlarm" }
  | { readonly kind: "recordDeployment" }
  | { readonly kind: "cleanUp" };

export interface Turn {
  readonly phase: RolloutPhase;
  readonly message: string;
  readonly effects: readonly Effect[];
  readonly waitSeconds: number;
  readonly result: RolloutRecord["result"];
}

const POLL_SECONDS = 60;
const IN_UPDATE = new Set(["Updating", "SystemUpdating", "RollingBack", "Creating"]);
/** Nothing may be deleted or replaced in these states: only a person can help (aws-facts 1.4). */
const BROKEN = new Set(["Failed", "UpdateRollbackFailed", "OutOfService"]);

const stay = (
  phase: RolloutPhase,
  message: string,
  waitSeconds = POLL_SECONDS,
  effects: readonly Effect[] = [],
): Turn => ({
  phase,
  message,
  effects,
  waitSeconds,
  result: null,
});
const end = (
  phase: "succeeded" | "rolled-back" | "failed",
  code: string,
  message: string,
  effects: readonly Effect[],
  numbers: Record<string, number> = {},
): Turn => ({ phase, message, effects, waitSeconds: 0, result: { code, message, numbers } });

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
  if (record.phase === "updating") return whileUpdating(record, seen);
  return beforeUpdate(record, seen, settings);
}

function beforeUpdate(record: RolloutRecord, seen: Observation, settings: RolloutSettings): Turn {
  if (seen.liveConfigName === record.requestedConfigName && !IN_UPDATE.has(seen.endpointStatus))
    return promoted(record, seen, "was already live");
  if (record.cancelRequested)
    return end("failed", "cancelled", "cancelled before the endpoint was touched", [{ kind: "cleanUp" }]);
  if (IN_UPDATE.has(seen.endpointStatus)) {
    if (seen.pendingConfigName === record.requestedConfigName)
      return stay("updating", "endpoint is updating");
    return stay(
      "preparing",
      `endpoint is ${seen.endpointStatus} to ${seen.pendingConfigName ?? "another configuration"}; waiting for it`,
    );
  }
  if (seen.liveConfigName !== record.fromConfigName)
    return end(
      "failed",
      "endpoint-changed",
      `expected ${record.fromConfigName} to be live, got ${seen.liveConfigName}; somebody else changed the endpoint, start again`,
      [{ kind: "cleanUp" }],
    );
  const needsTraffic =
    settings.withoutTraffic === "hold" && record.kind === "release" && !seen.isBootstrapLive;
  if (needsTraffic && seen.recentRequests < settings.minimumRequests)
    return stay(
      "waiting-for-traffic",
      `hold: ${seen.recentRequests} requests in 15 minutes, at least ${settings.minimumRequests} are needed to judge a new model`,
      300,
    );
  return stay(
    "updating",
    `updating from ${record.fromConfigName} to ${record.requestedConfigName}`,
    POLL_SECONDS,
    [{ kind: "createAlarms" }, { kind: "createModelAndConfig" }, { kind: "updateEndpoint" }],
  );
}

function whileUpdating(record: RolloutRecord, seen: Observation): Turn {
  if (IN_UPDATE.has(seen.endpointStatus)) {
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
  return end(
    "rolled-back",
    seen.alarmsRaised.length > 0 ? "alarm" : record.cancelRequested ? "cancelled" : "update-failed",
    `${record.requestedConfigName} was rolled back${alarms}; ${seen.liveConfigName} serves${seen.failureReason ? ` (${seen.failureReason})` : ""}`,
    [{ kind: "cleanUp" }],
    { newFleetRequests: seen.newFleetRequests ?? 0 },
  );
}

function promoted(record: RolloutRecord, seen: Observation, how: string): Turn {
  return end(
    "succeeded",
    "promoted",
    `${record.requestedConfigName} ${how}`,
    [{ kind: "recordDeployment" }, { kind: "cleanUp" }],
    {
      newFleetRequests: seen.newFleetRequests ?? 0,
    },
  );
}
