import { problem } from "../problemsError.ts";
import { type Evaluation, evaluateRows, labelledRows, type SliceColumns } from "./estimates.ts";
import type { HeldRows } from "./heldMetric.ts";
import { BINARY_METRICS } from "./metrics/binary.ts";
import { REGRESSION_METRICS } from "./metrics/regression.ts";
import {
  type ClassificationMetric,
  type EvaluationOptions,
  isLabel,
  type Labels,
  type RegressionMetric,
  refuse,
} from "./types.ts";

export interface ClassificationEvaluation extends Evaluation<ClassificationMetric> {
  readonly threshold: number;
  readonly positiveShare: number | null;
  readonly confusion: { readonly tp: number; readonly fp: number; readonly fn: number; readonly tn: number };
}

interface Common {
  readonly labels: Labels;
  readonly slices?: SliceColumns;
}

/** Refuses labels other than 0 and 1 and scores outside [0, 1], naming the first of each. */
export function binaryData(
  labels: Labels,
  scores: ArrayLike<number>,
  rows: readonly number[],
  threshold: number,
): HeldRows {
  const problems: string[] = [];
  const badLabel = rows.find((i) => labels[i] !== 0 && labels[i] !== 1);
  if (badLabel !== undefined) problems.push(problem(`labels[${badLabel}]`, "0 or 1", labels[badLabel]));
  const badScore = rows.find((i) => !((scores[i] as number) >= 0 && (scores[i] as number) <= 1));
  if (badScore !== undefined) {
    problems.push(problem(`scores[${badScore}]`, "a probability from 0 to 1", scores[badScore]));
  }
  refuse(problems);
  return {
    labels: Uint8Array.from(rows, (i) => labels[i] as number),
    columns: [Float64Array.from(rows, (i) => scores[i] as number)],
    threshold,
    classes: 2,
  };
}

export interface ClassificationInput extends Common {
  /** Probability of class 1, one a row. */
  readonly scores: ArrayLike<number>;
  /** Scores from here on are predicted 1. Default 0.5. */
  readonly threshold?: number;
}

/** Quality of a binary classifier where labels are known: each metric with its bootstrap interval, in all and per slice. */
export function evaluateClassification(
  input: ClassificationInput,
  options: EvaluationOptions = {},
): ClassificationEvaluation {
  const { scores, labels, threshold = 0.5, slices = {} } = input;
  const known = labelledRows(input, scores.length, "evaluateClassification", isLabel);
  const dataOf = (rows: readonly number[]) => binaryData(labels, scores, rows, threshold);
  const confusion = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (const i of known) {
    const isPredicted = (scores[i] as number) >= threshold;
    confusion[labels[i] === 1 ? (isPredicted ? "tp" : "fn") : isPredicted ? "fp" : "tn"]++;
  }
  return {
    ...evaluateRows(BINARY_METRICS, dataOf, { given: scores.length, known }, slices, options),
    threshold,
    positiveShare: known.length === 0 ? null : (confusion.tp + confusion.fn) / known.length,
    confusion,
  };
}

/** Refuses values that are not finite, naming the first. */
export function regressionData(
  labels: Labels,
  predictions: ArrayLike<number>,
  rows: readonly number[],
): HeldRows {
  const bad = rows.find((i) => !Number.isFinite(labels[i]) || !Number.isFinite(predictions[i]));
  if (bad !== undefined) {
    refuse([
      `row ${bad}: expected a finite label and prediction, got ${String(labels[bad])} and ${String(predictions[bad])}`,
    ]);
  }
  return {
    labels: Float64Array.from(rows, (i) => labels[i] as number),
    columns: [Float64Array.from(rows, (i) => predictions[i] as number)],
    threshold: 0,
    classes: 0,
  };
}

export interface RegressionInput extends Common {
  readonly predictions: ArrayLike<number>;
}

/** Quality of a regression where labels are known: each metric with its bootstrap interval, in all and per slice. */
export function evaluateRegression(
  input: RegressionInput,
  options: EvaluationOptions = {},
): Evaluation<RegressionMetric> {
  const { predictions, labels, slices = {} } = input;
  const known = labelledRows(input, predictions.length, "evaluateRegression", isLabel);
  const dataOf = (rows: readonly number[]) => regressionData(labels, predictions, rows);
  return evaluateRows(REGRESSION_METRICS, dataOf, { given: predictions.length, known }, slices, options);
}
