/** What one turn of a rollout sees and decides: the words that all phases share. */
import type { RolloutPhase, RolloutRecord, ShadowFacts, WeightFacts } from "../../contracts/records.ts";
import type { Look } from "./judge/index.ts";

/** What SageMaker and CloudWatch say now. */
export interface Observation {
  /** Epoch milliseconds. */
  readonly now: number;
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
  /** Pairs of answers up to now, what the record knew included; null unless the rollout is shadowing. */
  readonly compared: Pick<ShadowFacts, "tally" | "comparedUntil"> | null;
  /** What both sides did minute by minute since this weight began, oldest first; null unless the rollout is weighing. */
  readonly looks: readonly Look[] | null;
}

export type Effect =
  | { readonly kind: "deregisterScalableTarget" }
  | { readonly kind: "registerScalableTarget" }
  | { readonly kind: "createAlarms" }
  | { readonly kind: "createModelAndConfig" }
  | { readonly kind: "createShadowConfig" }
  | { readonly kind: "updateEndpoint" }
  | { readonly kind: "updateToShadow" }
  | { readonly kind: "createWeightedConfig" }
  | { readonly kind: "updateToWeights" }
  | { readonly kind: "setWeights"; readonly index: number }
  | { readonly kind: "updateFromWeights" }
  | { readonly kind: "updateToChampion" }
  | { readonly kind: "tripAbortAlarm" }
  | { readonly kind: "recordDeployment" }
  | { readonly kind: "cleanUp" };

export interface Turn {
  readonly phase: RolloutPhase;
  readonly message: string;
  readonly effects: readonly Effect[];
  readonly waitSeconds: number;
  readonly result: RolloutRecord["result"];
  /** What the record keeps of the shadow from now on; absent where nothing changed. */
  readonly shadow?: ShadowFacts;
  /** Where the weighted canary stands from now on; absent where nothing changed. */
  readonly weights?: WeightFacts;
  /** Why the rollout goes back from now on; absent where nothing changed. */
  readonly leaving?: RolloutRecord["leaving"];
}

export const POLL_SECONDS = 60;
const IN_UPDATE = new Set(["Updating", "SystemUpdating", "RollingBack", "Creating"]);

export const isInUpdate = (seen: Observation): boolean => IN_UPDATE.has(seen.endpointStatus);

/** The configuration with champion and shadow. Its name tells whose it is, also when nobody could write it down. */
export const shadowConfigName = (requestedConfigName: string): string => `${requestedConfigName}-s`;

/** The configuration with champion and challenger, both serving. */
export const weightedConfigName = (requestedConfigName: string): string => `${requestedConfigName}-w`;

export const stay = (
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

export const end = (
  phase: "succeeded" | "rolled-back" | "failed",
  code: string,
  message: string,
  effects: readonly Effect[],
  numbers: Readonly<Record<string, number>> = {},
): Turn => ({ phase, message, effects, waitSeconds: 0, result: { code, message, numbers } });

export function promoted(record: RolloutRecord, seen: Observation, how: string): Turn {
  return end(
    "succeeded",
    "promoted",
    `${record.requestedConfigName} ${how}`,
    // What serves is scaled as its own release says, so it is on record before.
    [{ kind: "recordDeployment" }, { kind: "registerScalableTarget" }, { kind: "cleanUp" }],
    { newFleetRequests: seen.newFleetRequests ?? 0 },
  );
}

/** The end of a rollout whose champion serves on, alone and scaled as before. */
export const wentBack = (
  code: string,
  message: string,
  numbers: Readonly<Record<string, number>> = {},
): Turn =>
  end("rolled-back", code, message, [{ kind: "registerScalableTarget" }, { kind: "cleanUp" }], numbers);

export function endpointChanged(expected: string, seen: Observation): Turn {
  return end(
    "failed",
    "endpoint-changed",
    `expected ${expected} to be live, got ${seen.liveConfigName}; somebody else changed the endpoint, start again`,
    [{ kind: "cleanUp" }],
  );
}

/** The update to the requested configuration, with the guardrails of the step. */
export function beginUpdate(record: RolloutRecord, seen: Observation, why = ""): Turn {
  return stay(
    "updating",
    `updating from ${seen.liveConfigName} to ${record.requestedConfigName}${why}`,
    POLL_SECONDS,
    [
      { kind: "deregisterScalableTarget" },
      { kind: "createAlarms" },
      { kind: "createModelAndConfig" },
      { kind: "updateEndpoint" },
    ],
  );
}
