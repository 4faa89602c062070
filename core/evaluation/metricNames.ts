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

/** The metric over the given rows. A metric that the kind of predictions does not have is an error that lists its own. */
export function metricOn(
  metric: MetricName,
  labels: ClassLabels,
  predictions: Predictions,
  rows: readonly number[],
  threshold: number,
): WeightedStatistic {
  if (!("length" in predictions)) {
    if (!OF_SEVERAL.includes(metric)) throw wrongTask(metric, "several classes", OF_SEVERAL);
    return MULTICLASS_METRICS[metric as MulticlassMetric](multiclassData(labels, predictions, rows));
  }
  if (isOfSeveralClasses(metric))
    throw wrongTask(
      metric,
      "numbers",
      NAMES.filter((n) => !isOfSeveralClasses(n as MetricName)),
    );
  const numbers = labels as Labels;
  return OF_TWO.includes(metric)
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
