import { problem } from "../problemsError.ts";
import { pairedBootstrapDifference, type WeightedStatistic } from "../statistics/index.ts";
import {
  type CompareOptions,
  comparisonOf,
  type ModelComparison,
  marginProblems,
  orientationOf,
} from "./conclusion.ts";
import { rowsWith } from "./estimates.ts";
import { metricOn, type Predictions, predictedRows } from "./metricNames.ts";
import { type ClassLabels, isClassLabel } from "./multiclassData.ts";
import { isLabel, type MetricName, refuse } from "./types.ts";

/**
 * Non-inferiority of the challenger on the same rows, by paired bootstrap. Passes when the whole interval of the
 * difference lies above -margin, fails when it lies below, else a person decides. Rows without a label are left out.
 * Predictions are numbers (scores of class 1, or values), or those of a multiclass model; the two sides may give
 * different kinds of the latter. Rows past memory: `PairedComparison`. Throws `EvaluationInputError` on other lengths,
 * values, or a metric of another task.
 */
export function compareModels(
  labels: ClassLabels,
  champion: Predictions,
  challenger: Predictions,
  metric: MetricName,
  margin: number,
  options: CompareOptions = {},
): ModelComparison {
  checkLengths(labels, champion, challenger, margin);
  const { confidence = 0.95, repetitions = 2000, seed = 1, threshold = 0.5, minimumRows = 100 } = options;
  const isKnown = "length" in champion ? isLabel : isClassLabel;
  const rows = rowsWith(labels, isKnown);
  const statisticOf = (predictions: Predictions, cut: number): WeightedStatistic =>
    metricOn(metric, labels, predictions, rows, cut);
  const old = statisticOf(champion, threshold);
  const young = statisticOf(challenger, options.challengerThreshold ?? threshold);
  const orient = orientationOf(metric);
  return comparisonOf({
    metric,
    margin,
    champion: rows.length === 0 ? Number.NaN : old(null),
    challenger: rows.length === 0 ? Number.NaN : young(null),
    rows: rows.length,
    repetitions,
    isShort: rows.length < minimumRows,
    differ: () => ({
      ...pairedBootstrapDifference(
        rows.length,
        (weights) => orient(old(weights)),
        (weights) => orient(young(weights)),
        { confidence, repetitions, seed },
      ),
      confidence,
    }),
  });
}

function checkLengths(
  labels: ClassLabels,
  champion: Predictions,
  challenger: Predictions,
  margin: number,
): void {
  const problems: string[] = [];
  for (const [name, predictions] of Object.entries({ champion, challenger })) {
    const rows = predictedRows(predictions);
    if (rows !== labels.length)
      problems.push(problem(`compareModels.${name}`, `${labels.length} values, one a label`, rows));
  }
  if ("length" in champion !== "length" in challenger)
    problems.push("compareModels: expected both models to predict numbers, or both classes");
  problems.push(...marginProblems(margin));
  refuse(problems);
}
