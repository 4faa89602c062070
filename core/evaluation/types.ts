/** Wrong input of an evaluation: where, what was expected, what came; all problems at once. */
export class EvaluationInputError extends Error {
  readonly code = "InvalidEvaluationInput";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "EvaluationInputError";
    this.problems = problems;
  }
}

export type ClassificationMetric =
  | "accuracy"
  | "precision"
  | "recall"
  | "f1"
  | "rocAuc"
  | "prAuc"
  | "logLoss"
  | "brier"
  | "calibrationError";

export type RegressionMetric = "mae" | "rmse" | "mape" | "r2" | "bias";
export type MetricName = ClassificationMetric | RegressionMetric;

/** A metric with its bootstrap interval. `value` is null where it is not defined (one class only, say). */
export interface MetricEstimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface EvaluationOptions {
  /** Share of resamples inside the interval. Default 0.95. */
  readonly confidence?: number;
  /** Bootstrap resamples; 0 for no intervals. Default 200. */
  readonly repetitions?: number;
  readonly seed?: number;
}

/** Labels where some may be unknown yet. */
export type Labels = ArrayLike<number | null | undefined>;

/** Are larger values of the metric better? `bias` is best at zero and compared by absolute value. */
export const HIGHER_IS_BETTER: Readonly<Record<MetricName, boolean>> = {
  accuracy: true,
  precision: true,
  recall: true,
  f1: true,
  rocAuc: true,
  prAuc: true,
  logLoss: false,
  brier: false,
  calibrationError: false,
  mae: false,
  rmse: false,
  mape: false,
  r2: true,
  bias: false,
};
