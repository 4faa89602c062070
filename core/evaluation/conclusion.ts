import { HIGHER_IS_BETTER, type MetricName, orNull } from "./types.ts";

export interface CompareOptions {
  /** Share of resamples inside the interval. Default 0.95. */
  readonly confidence?: number;
  /** Default 2000. */
  readonly repetitions?: number;
  readonly seed?: number;
  /** For metrics of decisions. Default 0.5; the challenger may have its own. */
  readonly threshold?: number;
  readonly challengerThreshold?: number;
  /** Fewer labelled rows than this are inconclusive. Default 100. */
  readonly minimumRows?: number;
}

export type CompareReason =
  | "NotWorseThanMargin"
  | "WorseThanMargin"
  | "IntervalCrossesMargin"
  | "TooFewRows"
  | "MetricUndefined";

export interface ModelComparison {
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly reason: CompareReason;
  readonly metric: MetricName;
  /** How much worse the challenger may be, in the metric's unit, 0 or more. */
  readonly margin: number;
  readonly champion: number | null;
  readonly challenger: number | null;
  /** Challenger minus champion, turned so that positive is better. */
  readonly difference: number | null;
  readonly interval: { readonly low: number; readonly high: number; readonly confidence: number } | null;
  readonly rows: number;
  readonly repetitions: number;
}

/** What was measured; `differ` gives the difference with its interval, and is asked only where both metrics are defined. */
interface Measured {
  readonly metric: MetricName;
  readonly margin: number;
  /** NaN where the metric is not defined. */
  readonly champion: number;
  readonly challenger: number;
  readonly rows: number;
  readonly repetitions: number;
  readonly isShort: boolean;
  differ(): { estimate: number; low: number; high: number; confidence: number };
}

/** What is wrong with a margin, if anything. */
export function marginProblems(margin: number): string[] {
  return margin >= 0 && margin < Infinity ? [] : [`margin: expected 0 or more, got ${margin}`];
}

/** Passes when the whole interval of the difference lies above -margin, fails when it lies below, else a person decides. */
export function comparisonOf({ isShort, differ, ...measured }: Measured): ModelComparison {
  const { margin } = measured;
  const base = {
    ...measured,
    champion: orNull(measured.champion),
    challenger: orNull(measured.challenger),
  };
  if (base.champion === null || base.challenger === null) {
    const reason = isShort ? "TooFewRows" : "MetricUndefined";
    return { ...base, verdict: "inconclusive", reason, difference: null, interval: null };
  }
  const { estimate, low, high, confidence } = differ();
  const interval = { low, high, confidence };
  return { ...base, ...conclude(isShort, interval, margin), difference: estimate, interval };
}

function conclude(
  isShort: boolean,
  { low, high }: { low: number; high: number },
  margin: number,
): Pick<ModelComparison, "verdict" | "reason"> {
  if (isShort) return { verdict: "inconclusive", reason: "TooFewRows" };
  if (low > -margin || (low === 0 && high === 0)) return { verdict: "pass", reason: "NotWorseThanMargin" };
  if (high < -margin) return { verdict: "fail", reason: "WorseThanMargin" };
  return { verdict: "inconclusive", reason: "IntervalCrossesMargin" };
}

/** The metric, turned so that more is better. */
export function orientationOf(metric: MetricName): (value: number) => number {
  if (metric === "bias") return (value) => -Math.abs(value);
  return HIGHER_IS_BETTER[metric] ? (value) => value : (value) => -value;
}
