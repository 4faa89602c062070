import { bootstrapRows, type WeightedStatistic } from "../statistics/index.ts";
import { type BinaryData, CLASSIFICATION_METRICS } from "./classificationMetrics.ts";
import { REGRESSION_METRICS, type RegressionData } from "./regressionMetrics.ts";
import {
  type ClassificationMetric,
  EvaluationInputError,
  type EvaluationOptions,
  type Labels,
  type MetricEstimate,
  type RegressionMetric,
} from "./types.ts";

export interface SliceEvaluation<Metric extends string> {
  readonly column: string;
  readonly value: string;
  readonly rows: number;
  readonly metrics: Readonly<Record<Metric, MetricEstimate>>;
}

export interface Evaluation<Metric extends string> {
  /** Rows given. */
  readonly rows: number;
  /** Rows with a label, and their share: everything below is about these. */
  readonly labelled: number;
  readonly labelCoverage: number;
  readonly metrics: Readonly<Record<Metric, MetricEstimate>>;
  readonly slices: readonly SliceEvaluation<Metric>[];
}

export interface ClassificationEvaluation extends Evaluation<ClassificationMetric> {
  readonly threshold: number;
  readonly positiveShare: number | null;
  readonly confusion: { readonly tp: number; readonly fp: number; readonly fn: number; readonly tn: number };
}

/** Columns whose values cut the rows into slices. */
export type SliceColumns = Readonly<Record<string, ArrayLike<unknown>>>;

const DEFAULTS: Required<EvaluationOptions> = { confidence: 0.95, repetitions: 200, seed: 1 };

export function isLabel(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}

function estimate(
  rows: number,
  statistic: WeightedStatistic,
  options: Required<EvaluationOptions>,
): MetricEstimate {
  const orNull = (x: number): number | null => (Number.isNaN(x) ? null : x);
  if (rows === 0) return { value: null, low: null, high: null };
  if (options.repetitions === 0) return { value: orNull(statistic(null)), low: null, high: null };
  const result = bootstrapRows(rows, statistic, options);
  return { value: orNull(result.estimate), low: orNull(result.low), high: orNull(result.high) };
}

function estimateAll<Metric extends string, Data>(
  table: Readonly<Record<Metric, (data: Data) => WeightedStatistic>>,
  data: Data,
  rows: number,
  options: Required<EvaluationOptions>,
): Record<Metric, MetricEstimate> {
  const entries = Object.entries<(data: Data) => WeightedStatistic>(table);
  const estimates = entries.map(([name, prepare]) => [name, estimate(rows, prepare(data), options)] as const);
  return Object.fromEntries(estimates) as Record<Metric, MetricEstimate>;
}

/** Rows of each value of each slice column, among the given rows, in the order of the value's text. */
function slicesOf(
  columns: SliceColumns,
  rows: readonly number[],
): { column: string; value: string; rows: number[] }[] {
  return Object.entries(columns).flatMap(([column, values]) => {
    const groups = new Map<string, number[]>();
    for (const i of rows) {
      const key = String(values[i] ?? "(missing)");
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [i]);
      else group.push(i);
    }
    const sorted = [...groups].sort((a, b) => (a[0] < b[0] ? -1 : 1));
    return sorted.map(([value, members]) => ({ column, value, rows: members }));
  });
}

interface Common {
  readonly labels: Labels;
  readonly slices?: SliceColumns;
}

function labelledRows(input: Common, length: number, where: string): number[] {
  const problems: string[] = [];
  if (input.labels.length !== length) {
    problems.push(`${where}.labels: expected ${length} values, one a row, got ${input.labels.length}`);
  }
  for (const [name, column] of Object.entries(input.slices ?? {})) {
    if (column.length !== length)
      problems.push(`${where}.slices.${name}: expected ${length} values, got ${column.length}`);
  }
  if (problems.length > 0) throw new EvaluationInputError(problems);
  return Array.from({ length }, (_, i) => i).filter((i) => isLabel(input.labels[i]));
}

/** Refuses labels other than 0 and 1 and scores outside [0, 1], naming the first of each. */
export function binaryData(
  labels: Labels,
  scores: ArrayLike<number>,
  rows: readonly number[],
  threshold: number,
): BinaryData {
  const problems: string[] = [];
  const badLabel = rows.find((i) => labels[i] !== 0 && labels[i] !== 1);
  if (badLabel !== undefined)
    problems.push(`labels[${badLabel}]: expected 0 or 1, got ${JSON.stringify(labels[badLabel])}`);
  const badScore = rows.find((i) => !((scores[i] as number) >= 0 && (scores[i] as number) <= 1));
  if (badScore !== undefined) {
    problems.push(
      `scores[${badScore}]: expected a probability from 0 to 1, got ${JSON.stringify(scores[badScore])}`,
    );
  }
  if (problems.length > 0) throw new EvaluationInputError(problems);
  return {
    labels: Uint8Array.from(rows, (i) => labels[i] as number),
    scores: Float64Array.from(rows, (i) => scores[i] as number),
    threshold,
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
  const rules = { ...DEFAULTS, ...options };
  const known = labelledRows(input, scores.length, "evaluateClassification");
  const data = binaryData(labels, scores, known, threshold);
  const confusion = { tp: 0, fp: 0, fn: 0, tn: 0 };
  data.labels.forEach((label, i) => {
    const isPredicted = (data.scores[i] as number) >= threshold;
    confusion[label === 1 ? (isPredicted ? "tp" : "fn") : isPredicted ? "fp" : "tn"]++;
  });
  return {
    rows: scores.length,
    labelled: known.length,
    labelCoverage: scores.length === 0 ? 0 : known.length / scores.length,
    threshold,
    positiveShare: known.length === 0 ? null : (confusion.tp + confusion.fn) / known.length,
    confusion,
    metrics: estimateAll(CLASSIFICATION_METRICS, data, known.length, rules),
    slices: slicesOf(slices, known).map(({ column, value, rows }) => ({
      column,
      value,
      rows: rows.length,
      metrics: estimateAll(
        CLASSIFICATION_METRICS,
        binaryData(labels, scores, rows, threshold),
        rows.length,
        rules,
      ),
    })),
  };
}

/** Refuses values that are not finite, naming the first. */
export function regressionData(
  labels: Labels,
  predictions: ArrayLike<number>,
  rows: readonly number[],
): RegressionData {
  const bad = rows.find((i) => !Number.isFinite(labels[i]) || !Number.isFinite(predictions[i]));
  if (bad !== undefined) {
    throw new EvaluationInputError([
      `row ${bad}: expected a finite label and prediction, got ${String(labels[bad])} and ${String(predictions[bad])}`,
    ]);
  }
  return {
    labels: Float64Array.from(rows, (i) => labels[i] as number),
    predictions: Float64Array.from(rows, (i) => predictions[i] as number),
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
  const rules = { ...DEFAULTS, ...options };
  const known = labelledRows(input, predictions.length, "evaluateRegression");
  const over = (rows: readonly number[]) =>
    estimateAll(REGRESSION_METRICS, regressionData(labels, predictions, rows), rows.length, rules);
  return {
    rows: predictions.length,
    labelled: known.length,
    labelCoverage: predictions.length === 0 ? 0 : known.length / predictions.length,
    metrics: over(known),
    slices: slicesOf(slices, known).map(({ column, value, rows }) => ({
      column,
      value,
      rows: rows.length,
      metrics: over(rows),
    })),
  };
}
