import { problem } from "../../problemsError.ts";
import { findMetric } from "./metricFinding.ts";
import {
  type CanaryVerdict,
  DEFAULT_JUDGE_POLICY,
  JudgeInputError,
  type JudgePolicy,
  type JudgeReason,
  type JudgeVerdict,
  type Look,
  type MetricFinding,
} from "./types.ts";

type Conclusion = { verdict: JudgeVerdict; reason: JudgeReason; metric: string | null };

function isUsable(look: Look): boolean {
  return look.champion.requests > 0 && look.challenger.requests > 0;
}

/** Traffic that stopped, on one side or both, over the newest looks. */
function idleReason(looks: readonly Look[], idleLooks: number): JudgeReason | undefined {
  const newest = looks.slice(-idleLooks);
  if (newest.length < idleLooks) return undefined;
  const hasChampion = newest.some((look) => look.champion.requests > 0);
  const hasChallenger = newest.some((look) => look.challenger.requests > 0);
  if (hasChampion && hasChallenger) return undefined;
  return hasChampion || hasChallenger ? "OneSidedTraffic" : "NoTraffic";
}

/** A rate so bad, for some looks in a row, that no sequence of bounds need be waited for. */
function disasterMetric(looks: readonly Look[], policy: JudgePolicy): string | undefined {
  const { difference, looks: needed, requests } = policy.disaster;
  const newest = looks.slice(-needed);
  if (newest.length < needed) return undefined;
  const rates = policy.metrics.filter((m) => m.kind === "rate" && m.worse !== "lower");
  return rates.find(({ name }) =>
    newest.every(({ champion, challenger }) => {
      if (challenger.requests < requests) return false;
      const rate = (side: typeof champion): number => (side.counts?.[name] ?? 0) / Math.max(1, side.requests);
      return rate(challenger) - rate(champion) >= difference;
    }),
  )?.name;
}

function conclude(
  looks: readonly Look[],
  usable: readonly Look[],
  findings: readonly MetricFinding[],
  policy: JudgePolicy,
): Conclusion {
  const disaster = disasterMetric(looks, policy);
  if (disaster !== undefined) return { verdict: "rollback", reason: "Disaster", metric: disaster };
  const isEnough = usable.length >= policy.minimumLooks;
  const worst = findings.find((f) => f.status === "worse");
  if (isEnough && worst !== undefined) return { verdict: "rollback", reason: "Worse", metric: worst.metric };
  const idle = idleReason(looks, policy.idleLooks);
  if (idle !== undefined) return { verdict: "hold", reason: idle, metric: null };
  const missing = findings.find((f) => f.status === "missing");
  if (isEnough && missing !== undefined)
    return { verdict: "hold", reason: "MetricMissing", metric: missing.metric };
  const isOver = looks.length >= policy.maximumLooks;
  if (!isEnough) {
    return isOver
      ? { verdict: "hold", reason: "Undecided", metric: null }
      : { verdict: "continue", reason: "NotEnoughLooks", metric: null };
  }
  const requests = totals(usable);
  const isSeen = Math.min(requests.champion, requests.challenger) >= policy.minimumRequests;
  if (isSeen && findings.every((f) => f.status === "notWorse")) {
    return { verdict: "promote", reason: "NotWorse", metric: null };
  }
  const open = findings.find((f) => f.status === "open")?.metric ?? null;
  return isOver
    ? { verdict: "hold", reason: "Undecided", metric: open }
    : { verdict: "continue", reason: "NotYetDecided", metric: open };
}

function totals(looks: readonly Look[]): { champion: number; challenger: number } {
  return looks.reduce(
    (sum, look) => ({
      champion: sum.champion + look.champion.requests,
      challenger: sum.challenger + look.challenger.requests,
    }),
    { champion: 0, challenger: 0 },
  );
}

function checkInput(looks: readonly Look[], policy: JudgePolicy): void {
  const problems: string[] = [];
  if (policy.metrics.length === 0) problems.push("policy.metrics: expected at least one metric, got none");
  for (const [i, metric] of policy.metrics.entries()) {
    if (!(metric.margin > 0))
      problems.push(`policy.metrics[${i}].margin: expected more than 0, got ${metric.margin}`);
  }
  for (const [i, look] of looks.entries()) {
    for (const side of ["champion", "challenger"] as const) {
      const { requests, counts = {} } = look[side];
      if (!(requests >= 0)) problems.push(problem(`looks[${i}].${side}.requests`, "0 or more", requests));
      for (const [name, count] of Object.entries(counts)) {
        if (!(Number.isInteger(count) && count >= 0 && count <= requests)) {
          const expected = `a whole number from 0 to ${requests} (its requests)`;
          problems.push(problem(`looks[${i}].${side}.counts.${name}`, expected, count));
        }
      }
    }
  }
  if (problems.length > 0) throw new JudgeInputError(problems);
}

/**
 * Judges a canary from all looks so far, oldest first. May be called after every look: the bounds hold at all looks
 * at once, so looking often costs nothing. No traffic, or traffic on one side only, is a hold, never a pass.
 */
export function judgeCanary(looks: readonly Look[], policy: Partial<JudgePolicy> = {}): CanaryVerdict {
  const rules = { ...DEFAULT_JUDGE_POLICY, ...policy };
  checkInput(looks, rules);
  const usable = looks.filter(isUsable);
  const findings = rules.metrics.map((rule) => findMetric(usable, rule, rules));
  return {
    ...conclude(looks, usable, findings, rules),
    looks: looks.length,
    requests: totals(looks),
    findings,
    policy: rules,
  };
}

/** Judges look after look and stops at the first promotion or rollback; else the last verdict. */
export function judgeSeries(looks: readonly Look[], policy: Partial<JudgePolicy> = {}): CanaryVerdict {
  let verdict = judgeCanary([], policy);
  for (let i = 1; i <= looks.length; i++) {
    verdict = judgeCanary(looks.slice(0, i), policy);
    if (verdict.verdict === "promote" || verdict.verdict === "rollback") return verdict;
  }
  return verdict;
}
