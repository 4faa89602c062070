/** The phase before the step: champion and challenger answer the same requests, and only the champion's answers are sent. */

import type { RolloutRecord } from "../../contracts/records.ts";
import type { RolloutSettings, ShadowSettings } from "../../contracts/rolloutSpec.ts";
import { cancelled, leave, notServingBeside, SHADOW } from "./beside.ts";
import { judgeShadow, NO_PAIRS } from "./judge/judgeShadow.ts";
import { describeVerdict, verdictNumbers } from "./shadowVerdict.ts";
import { beginUpdate, type Observation, POLL_SECONDS, stay, type Turn } from "./turn.ts";

/** Both configurations are made now: clean-up finds the challenger's model by its configuration. */
export function enterShadow(record: RolloutRecord, shadow: ShadowSettings): Turn {
  return stay(
    "entering-shadow",
    `shadowing ${record.fromConfigName} with ${record.requestedConfigName} at ${shadow.sampling * 100} % of its requests`,
    POLL_SECONDS,
    [
      { kind: "deregisterScalableTarget" },
      { kind: "createModelAndConfig" },
      { kind: "createShadowConfig" },
      { kind: "updateToShadow" },
    ],
  );
}

/** The shadow was found serving: it counts from now, because nobody saw when it began. */
export function shadowIsLive(record: RolloutRecord, seen: Observation): Turn {
  if (record.cancelRequested) return leave(SHADOW, cancelled(SHADOW));
  const now = new Date(seen.now).toISOString();
  return {
    ...stay("shadowing", `${record.requestedConfigName} answers copies of the requests`),
    shadow: { startedAt: now, comparedUntil: now, tally: NO_PAIRS, verdict: null },
  };
}

export function shadowing(record: RolloutRecord, seen: Observation, settings: RolloutSettings): Turn {
  const other = notServingBeside(SHADOW, record, seen);
  if (other) return other;
  if (!settings.shadow) return leave(SHADOW, cancelled(SHADOW));
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
    return { ...leave(SHADOW, { code: "shadow-disagrees", message: said, numbers }), shadow };
  const hasTraffic = seen.recentRequests >= settings.minimumRequests;
  if (verdict.verdict === "promote" && seconds >= limits.atLeast && hasTraffic)
    return { ...beginUpdate(record, seen, `: ${said}`), shadow };
  if (seconds >= limits.atMost) {
    const message = `undecided after ${Math.round(seconds / 60)} minutes, a person decides: ${said}`;
    return { ...leave(SHADOW, { code: "shadow-undecided", message, numbers }), shadow };
  }
  const hold = hasTraffic ? "" : `hold: ${seen.recentRequests} requests in 15 minutes; `;
  return { ...stay("shadowing", `${hold}${said}`), shadow };
}
