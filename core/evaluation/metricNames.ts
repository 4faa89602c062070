import type { WeightedStatistic } from "../statistics/index.ts";
import { CLASSIFICATION_METRICS } from "./classificationMetrics.ts";
import { binaryData, regressionData } from "./evaluate.ts";
import { type ClassLabels, type MulticlassPredictions, multiclassData, rowsOf } from "./multiclassData.ts";
import { MULTICLASS_METRICS } from "./multiclassMetrics.ts";
import { REGRESSION_METRICS } from "./regressionMetrics.ts";
import {
  type ClassificationMetric,
  EvaluationInputError,
  type Labels,
  type MetricName,
  type MulticlassMetric,
  type RegressionMetric,
} from "./types.ts";

/** Scores of class 1 or predicted values, one a row; or what a multiclass model says. */
export type Predictions = ArrayLike<number> | MulticlassPredictions;

const OF_TWO = Object.keys(CLASSIFICATION_METRICS);
const OF_SEVERAL = Object.keys(MULTICLASS_METRICS);
const NAMES = [...new Set([...OF_TWO, ...OF_SEVERAL, ...Object.keys(REGRESSION_METRICS)])];

/** "auc" and spellings of other tools, as people type them. Underscores and case do not matter. */
const ALIASES: Readonly<Record<string, MetricName>> = {
  auc: "rocAuc",
  averageprecision: "prAuc",
  ece: "calibrationError",
  brierscore: "brier",
  r2score: "r2",
};

/** The metric of that name; an unknown one is an error that lists the known. */
export function parseMetricName(name: string): MetricName {
  const plain = name.toLowerCase().replaceAll("_", "");
  const metric = ALIASES[plain] ?? NAMES.find((known) => known.toLowerCase() === plain);
  if (metric === undefined) {
    throw new EvaluationInputError([
      `metric: expected one of ${NAMES.join(", ")}, got ${JSON.stringify(name)}`,
    ]);
  }
  return metric as MetricName;
}

/** Does the metric speak about several classes only? */
export function isOfSeveralClasses(metric: MetricName): metric is MulticlassMetric {
  return OF_SEVERAL.includes(metric) && !OF_TWO.includes(metric);
}

export function predictedRows(predictions: Predictions): number {
  return "length" in predictions ? predictions.length : rowsOf(predictions);
}

/** What a pair of models is compared as. */
export type ComparedTask = "binary" | "regression" | "classes";

/** The task that the metric asks of predictions of numbers, or of classes. One that they do not have is an error that lists its own. */
export function taskOf(metric: MetricName, areNumbers: boolean): ComparedTask {
  if (!areNumbers) {
    if (!OF_SEVERAL.includes(metric)) throw wrongTask(metric, "several classes", OF_SEVERAL);
    return "classes";
  }
  if (isOfSeveralClasses(metric))
    throw wrongTask(
      metric,
      "numbers",
      NAMES.filter((n) => !isOfSeveralClasses(n as MetricName)),
    );
  return OF_TWO.includes(metric) ? "binary" : "regression";
}

/** The metric over the given rows. Throws `EvaluationInputError` on wrong values, or a metric of another task. */
export function metricOn(
  metric: MetricName,
  labels: ClassLabels,
  predictions: Predictions,
  rows: readonly number[],
  threshold: number,
): WeightedStatistic {
  const task = taskOf(metric, "length" in predictions);
  if (!("length" in predictions))
    return MULTICLASS_METRICS[metric as MulticlassMetric](multiclassData(labels, predictions, rows));
  const numbers = labels as Labels;
  return task === "binary"
    ? CLASSIFICATION_METRICS[metric as ClassificationMetric](
        binaryData(numbers, predictions, rows, threshold),
      )
    : REGRESSION_METRICS[metric as RegressionMetric](regressionData(numbers, predictions, rows));
}

function wrongTask(metric: string, task: string, allowed: readonly string[]): EvaluationInputError {
  return new EvaluationInputError([
    `metric: expected one of ${allowed.join(", ")} for predictions of ${task}, got ${metric}`,
  ]);
}
