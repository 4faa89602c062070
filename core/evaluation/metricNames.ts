import { problem } from "../problemsError.ts";
import type { WeightedStatistic } from "../statistics/index.ts";
import { binaryData, regressionData } from "./evaluate.ts";
import { heldMetric } from "./heldMetric.ts";
import { BINARY_METRICS } from "./metrics/binary.ts";
import { CLASSES_METRICS } from "./metrics/classes.ts";
import { metricPlan } from "./metrics/metricPlan.ts";
import {
  type ClassLabels,
  heldClasses,
  type MulticlassPredictions,
  multiclassData,
  rowsOf,
} from "./multiclassData.ts";
import {
  type ComparedTask,
  EvaluationInputError,
  HIGHER_IS_BETTER,
  type Labels,
  type MetricName,
  type MulticlassMetric,
} from "./types.ts";

/** Scores of class 1 or predicted values, one a row; or what a multiclass model says. */
export type Predictions = ArrayLike<number> | MulticlassPredictions;

const OF_SEVERAL = Object.keys(CLASSES_METRICS);
const NAMES = Object.keys(HIGHER_IS_BETTER);

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
    throw new EvaluationInputError([problem("metric", `one of ${NAMES.join(", ")}`, name)]);
  }
  return metric as MetricName;
}

/** Does the metric speak about several classes only? */
export function isOfSeveralClasses(metric: MetricName): metric is MulticlassMetric {
  return metric in CLASSES_METRICS && !(metric in BINARY_METRICS);
}

export function predictedRows(predictions: Predictions): number {
  return "length" in predictions ? predictions.length : rowsOf(predictions);
}

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
  return metric in BINARY_METRICS ? "binary" : "regression";
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
  const numbers = labels as Labels;
  const held = !("length" in predictions)
    ? heldClasses(multiclassData(labels, predictions, rows))
    : task === "binary"
      ? binaryData(numbers, predictions, rows, threshold)
      : regressionData(numbers, predictions, rows);
  return heldMetric((options) => metricPlan(task, metric, options), held);
}

function wrongTask(metric: string, task: string, allowed: readonly string[]): EvaluationInputError {
  return new EvaluationInputError([
    `metric: expected one of ${allowed.join(", ")} for predictions of ${task}, got ${metric}`,
  ]);
}
