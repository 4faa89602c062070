/**
 * The phase before the step: champion and challenger answer the same requests, and only the champion's answers are sent. The way back
 * is decided and saved in one turn (`leaving-shadow`) and taken in the next, so that a turn that dies half way does not lose the reason.
 */
import type { RolloutSettings, ShadowSettings } from "../../contracts/modelSpec.ts";
import type { RolloutRecord, RolloutResult } from "../../contracts/records.ts";
import { judgeShadow, NO_PAIRS } from "./judge/judgeShadow.ts";
import { describeVerdict, verdictNumbers } from "./shadowVerdict.ts";
import {
  beginUpdate,
  type Effect,
  end,
  endpointChanged,
  isInUpdate,
  type Observation,
  POLL_SECONDS,
  promoted,
  shadowConfigName,
  stay,
  type Turn,
} from "./turn.ts";

const CANCELLED: RolloutResult = { code: "cancelled", message: "cancelled while shadowing", numbers: {} };

/** Both configurations are made now: clean-up finds the challenger's model by its configuration. */
export function enterShadow(record: RolloutRecord, shadow: ShadowSettings): Turn {
  return stay(
    "entering-shadow",
    `shadowing ${record.fromConfigName} with ${record.requestedConfigName} at ${shadow.sampling * 100} % of its requests`,
    POLL_SECONDS,
    [{ kind: "createModelAndConfig" }, { kind: "createShadowConfig" }, { kind: "updateToShadow" }],
  );
}

/** The way back begins in the next turn, once its reason is saved. */
export function leaveShadow(leaving: RolloutResult): Turn {
  return { ...stay("leaving-shadow", `going back: ${leaving.message}`, 1), leaving };
}

/** True of the update that SageMaker has to accept with guardrails while a shadow variant is live. */
export function isStepFromShadow(effect: Effect, record: RolloutRecord, seen: Observation): boolean {
  return (
    effect.kind === "updateEndpoint" && seen.liveConfigName === shadowConfigName(record.requestedConfigName)
  );
}

/** What becomes of a turn whose step from the shadow SageMaker refused: asking again would leave the shadow paid for. */
export function stepRefused(turn: Turn, reason: string): Turn {
  const message = `SageMaker refused the step from the shadow: ${reason}`;
  return {
    ...leaveShadow({ code: "step-refused", message, numbers: {} }),
    ...(turn.shadow && { shadow: turn.shadow }),
  };
}

/** The shadow was found serving: it counts from now, because nobody saw when it began. */
export function shadowIsLive(record: RolloutRecord, seen: Observation): Turn {
  if (record.cancelRequested) return leaveShadow(CANCELLED);
  const now = new Date(seen.now).toISOString();
  return {
    ...stay("shadowing", `${record.requestedConfigName} answers copies of the requests`),
    shadow: { startedAt: now, comparedUntil: now, tally: NO_PAIRS, verdict: null },
  };
}

export function enteringShadow(record: RolloutRecord, seen: Observation): Turn {
  if (isInUpdate(seen)) {
    if (seen.pendingConfigName === record.requestedConfigName)
      return stay("updating", "endpoint is updating");
    const cancelled = record.cancelRequested ? "; cancelled, the way back begins when it is over" : "";
    return stay("entering-shadow", `endpoint is ${seen.endpointStatus}${cancelled}`);
  }
  if (seen.liveConfigName === shadowConfigName(record.requestedConfigName)) return shadowIsLive(record, seen);
  if (seen.liveConfigName === record.requestedConfigName) return promoted(record, seen, "was already live");
  if (seen.liveConfigName !== record.fromConfigName) return endpointChanged(record.fromConfigName, seen);
  return end(
    "rolled-back",
    record.cancelRequested ? "cancelled" : "shadow-failed",
    `the shadow of ${record.requestedConfigName} did not come up; ${seen.liveConfigName} serves${seen.failureReason ? ` (${seen.failureReason})` : ""}`,
    [{ kind: "cleanUp" }],
  );
}

export function shadowing(record: RolloutRecord, seen: Observation, settings: RolloutSettings): Turn {
  if (isInUpdate(seen)) {
    if (seen.pendingConfigName === record.requestedConfigName)
      return stay("updating", "endpoint is updating");
    return stay("shadowing", `endpoint is ${seen.endpointStatus}; waiting for it`);
  }
  if (seen.liveConfigName === record.requestedConfigName) return promoted(record, seen, "was already live");
  const shadowConfig = shadowConfigName(record.requestedConfigName);
  if (seen.liveConfigName !== shadowConfig) return endpointChanged(shadowConfig, seen);
  if (record.cancelRequested || !settings.shadow) return leaveShadow(CANCELLED);
  if (!record.shadow) return shadowIsLive(record, seen);
  return judged(record, record.shadow, seen, settings, settings.shadow);
}

function judged(
  record: RolloutRecord,
  known: NonNullable<RolloutRecord["shadow"]>,
  seen: Observation,
  settings: RolloutSettings,
  limits: ShadowSettings,
): Turn {
  const compared = { ...known, ...seen.compared };
  const verdict = judgeShadow(compared.tally, {
    maximumDisagreement: limits.maximumDisagreement ?? null,
    maximumScoreDistance: limits.maximumScoreDistance,
    minimumPairs: limits.minimumPairs,
  });
  const numbers = verdictNumbers(verdict);
  const shadow = { ...compared, verdict: { reason: verdict.reason, numbers } };
  const said = describeVerdict(verdict);
  const seconds = (seen.now - Date.parse(known.startedAt)) / 1000;
  if (verdict.verdict === "rollback")
    return { ...leaveShadow({ code: "shadow-disagrees", message: said, numbers }), shadow };
  const hasTraffic = seen.recentRequests >= settings.minimumRequests;
  if (verdict.verdict === "promote" && seconds >= limits.atLeast && hasTraffic)
    return { ...beginUpdate(record, seen, `: ${said}`), shadow };
  if (seconds >= limits.atMost) {
    const message = `undecided after ${Math.round(seconds / 60)} minutes, a person decides: ${said}`;
    return { ...leaveShadow({ code: "shadow-undecided", message, numbers }), shadow };
  }
  const hold = hasTraffic ? "" : `hold: ${seen.recentRequests} requests in 15 minutes; `;
  return { ...stay("shadowing", `${hold}${said}`), shadow };
}

/** Back to the champion's configuration, whatever the endpoint took on meanwhile; ends only once it serves alone. */
export function leavingShadow(record: RolloutRecord, seen: Observation): Turn {
  const leaving = record.leaving ?? CANCELLED;
  if (isInUpdate(seen)) {
    // A turn that lost against a cancellation may have begun the step.
    const isStep = seen.pendingConfigName === record.requestedConfigName;
    return stay(
      "leaving-shadow",
      `endpoint is ${seen.endpointStatus}`,
      POLL_SECONDS,
      isStep ? [{ kind: "tripAbortAlarm" }] : [],
    );
  }
  const { liveConfigName } = seen;
  if (liveConfigName === record.fromConfigName)
    return end(
      "rolled-back",
      leaving.code,
      `${leaving.message}; ${liveConfigName} serves`,
      [{ kind: "cleanUp" }],
      leaving.numbers,
    );
  const isOurs = [shadowConfigName(record.requestedConfigName), record.requestedConfigName].includes(
    liveConfigName,
  );
  if (!isOurs) return endpointChanged(record.fromConfigName, seen);
  const again = seen.failureReason ? ` (${seen.failureReason})` : "";
  return stay("leaving-shadow", `updating to ${record.fromConfigName}${again}`, POLL_SECONDS, [
    { kind: "updateToChampion" },
  ]);
}
