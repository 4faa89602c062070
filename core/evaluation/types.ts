import { ProblemsError } from "../problemsError.ts";
import type { MetricName } from "./metrics/names.ts";

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

/** Are larger values of the metric better? `bias` is best at zero and compared by absolute value. */
export const HIGHER_IS_BETTER: Readonly<Record<MetricName, boolean>> = {
  accuracy: true,
  precision: true,
  recall: true,
  f1: true,
  precisionMacro: true,
  precisionWeighted: true,
  precisionMicro: true,
  recallMacro: true,
  recallWeighted: true,
  recallMicro: true,
  f1Macro: true,
  f1Weighted: true,
  f1Micro: true,
  rocAuc: true,
  rocAucOvr: true,
  rocAucOvrWeighted: true,
  rocAucOvo: true,
  rocAucOvoWeighted: true,
  prAuc: true,
  prAucMacro: true,
  logLoss: false,
  brier: false,
  calibrationError: false,
  mae: false,
  rmse: false,
  mape: false,
  r2: true,
  bias: false,
};
