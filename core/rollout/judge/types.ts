import { ProblemsError } from "../../problemsError.ts";

/** What one variant did between two looks. */
export interface VariantLook {
  readonly requests: number;
  /** Counts of requests with some outcome, by metric name: errors, time-outs, refusals. */
  readonly counts?: Readonly<Record<string, number>>;
  /** One number for the look, by metric name: a latency quantile, the mean score, revenue. null where there was none. */
  readonly values?: Readonly<Record<string, number | null>>;
}

/** Champion and challenger over the same stretch of time (a minute, say). */
export interface Look {
  readonly at?: string | number;
  readonly champion: VariantLook;
  readonly challenger: VariantLook;
}

/**
 * One thing to watch. "rate": counts over requests, compared by their difference. "value": one number a look, compared
 * by difference or by ratio. `margin` is how much worse still counts as "not worse" (for a ratio 0.1 is 10 %).
 * `worse` says which way is bad; "either" for what should simply not change, such as the mean score.
 */
export interface MetricRule {
  readonly name: string;
  readonly kind: "rate" | "value";
  readonly compare?: "difference" | "ratio";
  readonly worse?: "higher" | "lower" | "either";
  readonly margin: number;
}

export interface JudgePolicy {
  readonly metrics: readonly MetricRule[];
  /** Chance that identical variants are ever rolled back, over all looks and metrics. */
  readonly rollbackError: number;
  /** Chance that a challenger worse than a margin is promoted. */
  readonly promoteError: number;
  /** Looks with traffic on both sides before anything is decided. */
  readonly minimumLooks: number;
  /** Requests of each side before a promotion. */
  readonly minimumRequests: number;
  /** After so many looks without a decision a person is asked. */
  readonly maximumLooks: number;
  /** So many looks in a row without traffic on a side are a hold. */
  readonly idleLooks: number;
  /** Difference of a rate that ends the canary at once when it holds for `looks` looks in a row. */
  readonly disaster: { readonly difference: number; readonly looks: number; readonly requests: number };
}

export type JudgeVerdict = "promote" | "continue" | "rollback" | "hold";

export type JudgeReason =
  | "NotWorse"
  | "Worse"
  | "Disaster"
  | "NotEnoughLooks"
  | "NotYetDecided"
  | "NoTraffic"
  | "OneSidedTraffic"
  | "Undecided"
  | "MetricMissing";

export interface MetricFinding {
  readonly metric: string;
  /** "worse": certainly worse, and by the margin or more; "notWorse": certainly not worse than the margin. */
  readonly status: "worse" | "notWorse" | "open" | "missing";
  readonly champion: number | null;
  readonly challenger: number | null;
  /** Challenger against champion; positive is worse unless `worse` is "either". Logarithm of the ratio for ratios. */
  readonly difference: number | null;
  /** Always-valid bounds of the difference: they hold at every look at once. */
  readonly low: number | null;
  readonly high: number | null;
  readonly margin: number;
  readonly looks: number;
  /** Looks that independent points would be worth: fewer when the series is autocorrelated. */
  readonly effectiveLooks: number;
}

export interface CanaryVerdict {
  readonly verdict: JudgeVerdict;
  readonly reason: JudgeReason;
  /** The metric that decided, if one did. */
  readonly metric: string | null;
  readonly looks: number;
  readonly requests: { readonly champion: number; readonly challenger: number };
  readonly findings: readonly MetricFinding[];
  readonly policy: JudgePolicy;
}

export class JudgeInputError extends ProblemsError {
  readonly code = "InvalidJudgeInput";
  constructor(problems: readonly string[]) {
    super("JudgeInputError", problems);
  }
}

export const DEFAULT_JUDGE_POLICY: JudgePolicy = {
  metrics: [{ name: "errors", kind: "rate", margin: 0.005 }],
  rollbackError: 0.02,
  promoteError: 0.05,
  minimumLooks: 10,
  minimumRequests: 200,
  maximumLooks: 240,
  idleLooks: 5,
  disaster: { difference: 0.5, looks: 3, requests: 20 },
};
