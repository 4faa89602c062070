import { ProblemsError } from "../problemsError.ts";
import { BINARY_METRICS } from "./metrics/binary.ts";
import { CLASSES_METRICS } from "./metrics/classes.ts";
import type { MetricName } from "./metrics/names.ts";
import { REGRESSION_METRICS } from "./metrics/regression.ts";

export type * from "./metrics/names.ts";

/** Wrong input of an evaluation: where, what was expected, what came; all problems at once. */
export class EvaluationInputError extends ProblemsError {
  readonly code = "InvalidEvaluationInput";
  constructor(problems: readonly string[]) {
    super("EvaluationInputError", problems);
  }
}

/** Throws `EvaluationInputError` where there are problems. */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new EvaluationInputError(problems);
}

/** What JSON has for NaN. */
export function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** What models are measured as: scores of two classes, values, or several classes. */
export type ComparedTask = "binary" | "regression" | "classes";

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
  /** Only these metrics are estimated, the others are null. Default all. */
  readonly only?: readonly MetricName[];
}

/** Labels where some may be unknown yet. */
export type Labels = ArrayLike<number | null | undefined>;

export function isLabel(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}

const LESS_IS_BETTER = ["logLoss", "brier", "calibrationError", "mae", "rmse", "mape", "bias"];

/** Are larger values of the metric better? `bias` is best at zero and compared by absolute value. */
export const HIGHER_IS_BETTER = Object.fromEntries(
  Object.keys({ ...BINARY_METRICS, ...CLASSES_METRICS, ...REGRESSION_METRICS }).map((metric) => [
    metric,
    !LESS_IS_BETTER.includes(metric),
  ]),
) as Readonly<Record<MetricName, boolean>>;
