/**
 * What a shadow and a weighted canary share: for a while the endpoint has a configuration of its own with champion and challenger. The
 * way back is decided and saved in one turn and taken in the next, so that a turn that dies half way does not lose the reason.
 */
import type { RolloutPhase, RolloutRecord, RolloutResult } from "../../contracts/records.ts";
import {
  type Effect,
  endpointChanged,
  isInUpdate,
  type Observation,
  POLL_SECONDS,
  promoted,
  shadowConfigName,
  stay,
  type Turn,
  weightedConfigName,
  wentBack,
} from "./turn.ts";

export interface Beside {
  readonly entering: RolloutPhase;
  readonly during: RolloutPhase;
  readonly leaving: RolloutPhase;
  readonly configName: (requestedConfigName: string) => string;
  /** Code of a rollout whose configuration did not come up. */
  readonly failed: string;
  readonly name: string;
}

export const SHADOW: Beside = {
  entering: "entering-shadow",
  during: "shadowing",
  leaving: "leaving-shadow",
  configName: shadowConfigName,
  failed: "shadow-failed",
  name: "shadow",
};
export const WEIGHTS: Beside = {
  entering: "entering-weights",
  during: "weighing",
  leaving: "leaving-weights",
  configName: weightedConfigName,
  failed: "weights-failed",
  name: "weighted canary",
};
const ALL = [SHADOW, WEIGHTS];

/** The one whose configuration this is, if it is one. */
export const besideOf = (record: RolloutRecord, configName: string | null): Beside | undefined =>
  ALL.find((beside) => beside.configName(record.requestedConfigName) === configName);

/** The one that a phase belongs to, if it does. */
export const besideOfPhase = (phase: RolloutPhase): Beside | undefined =>
  ALL.find((beside) => [beside.entering, beside.during, beside.leaving].includes(phase));

export const cancelled = ({ during }: Beside): RolloutResult => ({
  code: "cancelled",
  message: `cancelled while ${during}`,
  numbers: {},
});

/** The way back begins in the next turn, once its reason is saved. */
export function leave(beside: Beside, leaving: RolloutResult): Turn {
  return { ...stay(beside.leaving, `going back: ${leaving.message}`, 1), leaving };
}

/** True of the update that SageMaker has to accept while a challenger's variant is live. */
export function isStepFromBeside(effect: Effect, record: RolloutRecord, seen: Observation): boolean {
  const isStep = effect.kind === "updateEndpoint" || effect.kind === "updateFromWeights";
  return isStep && besideOf(record, seen.liveConfigName) !== undefined;
}

/** What becomes of a turn whose step SageMaker refused: asking again would leave the challenger's fleet paid for. */
export function stepRefused(turn: Turn, record: RolloutRecord, seen: Observation, reason: string): Turn {
  const beside = besideOf(record, seen.liveConfigName) ?? SHADOW;
  const message = `SageMaker refused the step from the ${beside.name}: ${reason}`;
  return {
    ...leave(beside, { code: "step-refused", message, numbers: {} }),
    ...(turn.shadow && { shadow: turn.shadow }),
    ...(turn.weights && { weights: turn.weights }),
  };
}

/** While the endpoint takes the configuration on. `isLive` decides once it serves. */
export function entering(beside: Beside, record: RolloutRecord, seen: Observation, isLive: () => Turn): Turn {
  if (isInUpdate(seen)) {
    if (seen.pendingConfigName === record.requestedConfigName)
      return stay("updating", "endpoint is updating");
    const said = record.cancelRequested ? "; cancelled, the way back begins when it is over" : "";
    return stay(beside.entering, `endpoint is ${seen.endpointStatus}${said}`);
  }
  if (seen.liveConfigName === beside.configName(record.requestedConfigName)) return isLive();
  if (seen.liveConfigName === record.requestedConfigName) return promoted(record, seen, "was already live");
  if (seen.liveConfigName !== record.fromConfigName) return endpointChanged(record.fromConfigName, seen);
  return wentBack(
    record.cancelRequested ? "cancelled" : beside.failed,
    `the ${beside.name} of ${record.requestedConfigName} did not come up; ${seen.liveConfigName} serves${seen.failureReason ? ` (${seen.failureReason})` : ""}`,
  );
}

/** What has to be right before anything is judged: a turn if it is not, else null. */
export function notServingBeside(beside: Beside, record: RolloutRecord, seen: Observation): Turn | null {
  if (isInUpdate(seen)) {
    if (seen.pendingConfigName === record.requestedConfigName)
      return stay("updating", "endpoint is updating");
    return stay(beside.during, `endpoint is ${seen.endpointStatus}; waiting for it`);
  }
  if (seen.liveConfigName === record.requestedConfigName) return promoted(record, seen, "was already live");
  const configName = beside.configName(record.requestedConfigName);
  if (seen.liveConfigName !== configName) return endpointChanged(configName, seen);
  return record.cancelRequested ? leave(beside, cancelled(beside)) : null;
}

/** Back to the champion's configuration, whatever the endpoint took on meanwhile; ends only once it serves alone. */
export function leaving(beside: Beside, record: RolloutRecord, seen: Observation): Turn {
  const why = record.leaving ?? cancelled(beside);
  if (isInUpdate(seen)) {
    // A turn that lost against a cancellation may have begun the step.
    const isStep = seen.pendingConfigName === record.requestedConfigName;
    const effects: Effect[] = isStep ? [{ kind: "tripAbortAlarm" }] : [];
    return stay(beside.leaving, `endpoint is ${seen.endpointStatus}`, POLL_SECONDS, effects);
  }
  const { liveConfigName } = seen;
  if (liveConfigName === record.fromConfigName)
    return wentBack(why.code, `${why.message}; ${liveConfigName} serves`, why.numbers);
  const isOurs = [beside.configName(record.requestedConfigName), record.requestedConfigName].includes(
    liveConfigName,
  );
  if (!isOurs) return endpointChanged(record.fromConfigName, seen);
  const again = seen.failureReason ? ` (${seen.failureReason})` : "";
  return stay(beside.leaving, `updating to ${record.fromConfigName}${again}`, POLL_SECONDS, [
    { kind: "updateToChampion" },
  ]);
}
