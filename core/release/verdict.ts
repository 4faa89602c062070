/** Judges a candidate: fixed limits first, then the champion on the same holdout. Inconclusive is a verdict; a person decides it. */
import { LESS_IS_BETTER } from "../../contracts/modelSpec.ts";
import type { Comparison, Evaluation, EvaluationVerdict, Measured } from "../../contracts/records.ts";

export interface CandidateFacts {
  readonly holdoutRows: number;
  readonly metrics: Readonly<Record<string, Measured>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly comparison: Comparison | null;
  /** Why there is no comparison: nothing serves yet, or the champion takes other columns. */
  readonly withoutComparison?: "no-champion" | "other-columns";
}

/** Combines limits and comparison into one verdict with a reason for each finding. */
export function judgeCandidate(facts: CandidateFacts): Evaluation {
  const limits = Object.entries(facts.limits).map(([metric, limit]) => {
    const value = facts.metrics[metric]?.value ?? Number.NaN;
    return { metric, limit, value, ok: LESS_IS_BETTER.has(metric) ? value <= limit : value >= limit };
  });
  const reasons = limits
    .filter((limit) => !limit.ok)
    .map(({ metric, limit, value }) => ({
      code: "limit-missed",
      message: `${metric} is ${round(value)}, ${LESS_IS_BETTER.has(metric) ? "at most" : "at least"} ${limit} is required`,
    }));
  if (facts.comparison) reasons.push(compared(facts.comparison));
  else if (facts.withoutComparison === "other-columns")
    reasons.push({
      code: "other-columns",
      message:
        "the champion takes other columns, so the two cannot be compared on this holdout; a person decides",
    });
  else reasons.push({ code: "no-champion", message: "no model serves yet: the limits alone decide" });
  return {
    verdict: combine(
      limits.every((limit) => limit.ok),
      facts,
    ),
    reasons,
    holdoutRows: facts.holdoutRows,
    metrics: facts.metrics,
    limits,
    comparison: facts.comparison,
  };
}

function combine(limitsHold: boolean, facts: CandidateFacts): EvaluationVerdict {
  if (!limitsHold) return "fail";
  if (facts.comparison) return facts.comparison.verdict;
  return facts.withoutComparison === "other-columns" ? "inconclusive" : "pass";
}

function compared(comparison: Comparison): { code: string; message: string } {
  const { difference } = comparison;
  const range = difference
    ? `${comparison.metric} differs by ${round(difference.value)} (95 % interval ${round(difference.low)} to ${round(difference.high)}), margin ${comparison.margin}`
    : `${comparison.metric} is not defined on these rows`;
  const text = {
    pass: "not worse than the champion",
    fail: "worse than the champion",
    inconclusive: "the holdout cannot tell whether it is worse than the champion; a person decides",
  }[comparison.verdict];
  return { code: `comparison-${comparison.verdict}`, message: `${text}: ${range}` };
}

const round = (value: number): string => (Number.isFinite(value) ? value.toFixed(4) : String(value));
