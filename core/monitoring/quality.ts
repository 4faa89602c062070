/** Judges realised quality against what the model reached when it was evaluated. */
import { LESS_IS_BETTER } from "../../contracts/modelSpec.ts";
import type { Measured } from "../../contracts/records.ts";

export interface QualityFacts {
  readonly metric: string;
  readonly value: Measured | null;
  readonly reference: number | null;
  readonly tolerance: number;
  readonly coverage: number;
  readonly minimumCoverage: number;
  readonly rows: number;
  readonly minimumRows: number;
}

export interface QualityVerdict {
  readonly verdict: "ok" | "breach" | "insufficient";
  readonly reason: string;
}

/**
 * A breach needs the whole 95 % interval beyond the tolerance: chance alone does not alarm. Too few rows or labels is "insufficient",
 * never "ok".
 */
export function judgeQuality(facts: QualityFacts): QualityVerdict {
  if (facts.rows < facts.minimumRows)
    return {
      verdict: "insufficient",
      reason: `${facts.rows} labelled rows, ${facts.minimumRows} are needed`,
    };
  if (facts.coverage < facts.minimumCoverage)
    return {
      verdict: "insufficient",
      reason: `labels for ${percent(facts.coverage)} of the predictions, ${percent(facts.minimumCoverage)} are needed`,
    };
  if (facts.value === null || facts.reference === null)
    return { verdict: "insufficient", reason: `${facts.metric} is not defined on these rows` };
  const isLess = LESS_IS_BETTER.has(facts.metric);
  const limit = isLess ? facts.reference + facts.tolerance : facts.reference - facts.tolerance;
  const isBreach = isLess ? facts.value.low > limit : facts.value.high < limit;
  const numbers = `${facts.metric} ${facts.value.value.toFixed(4)} (${facts.value.low.toFixed(4)} to ${facts.value.high.toFixed(4)}), ${facts.reference.toFixed(4)} at evaluation, tolerance ${facts.tolerance}`;
  return { verdict: isBreach ? "breach" : "ok", reason: numbers };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
