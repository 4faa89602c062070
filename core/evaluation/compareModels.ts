import { pairedBootstrapDifference } from "../statistics/index.ts";
import { type MetricData, metricData, type Predictions, predictedRows, statisticOf } from "./metricNames.ts";
import { type ClassLabels, isClassLabel } from "./multiclassData.ts";
import { type CompareOptions, comparisonOf, type ModelComparison } from "./paired/conclusion.ts";
import { areHeld, orientationOf, PairedComparison } from "./paired/pairedComparison.ts";
import type { WalkResults } from "./paired/pairedSums.ts";
import { type WalkPlan, walkDown } from "./paired/rankWalks.ts";
import { fallingOrder } from "./scoreWalk.ts";
import { EvaluationInputError, isLabel, type MetricName } from "./types.ts";

/**
 * Non-inferiority of the challenger on the same rows, by paired bootstrap. Passes when the whole interval of the
 * difference lies above -margin, fails when it lies below, else a person decides. Rows without a label are left out.
 * Predictions are numbers (scores of class 1, or values), or those of a multiclass model; the two sides may give
 * different kinds of the latter. Past 65,536 rows (or four million numbers of both models) resamples are the Poisson
 * bootstrap's, see `RowWeights`. Throws `EvaluationInputError` on other lengths, values, or a metric of another task.
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
  const { threshold = 0.5, minimumRows = 100 } = options;
  const isKnown = "length" in champion ? isLabel : isClassLabel;
  const rows = Array.from({ length: labels.length }, (_, i) => i).filter((i) => isKnown(labels[i]));
  const old = metricData(metric, labels, champion, rows, threshold);
  const young = metricData(metric, labels, challenger, rows, options.challengerThreshold ?? threshold);
  if (areHeld(rows.length, columnsOf(old) + columnsOf(young)))
    return compareHeld(old, young, metric, margin, rows.length, { ...options, minimumRows });
  return compareMany(old, young, metric, margin, rows.length, options);
}

/** Numbers in a row of the model's predictions. */
function columnsOf({ kind, data }: MetricData): number {
  return kind === "classes" ? (data.probabilities?.length ?? 1) : 1;
}

function compareHeld(
  old: MetricData,
  young: MetricData,
  metric: MetricName,
  margin: number,
  rows: number,
  { confidence = 0.95, repetitions = 2000, seed = 1, minimumRows }: CompareOptions & { minimumRows: number },
): ModelComparison {
  const [first, second] = [statisticOf(metric, old), statisticOf(metric, young)];
  const orient = orientationOf(metric);
  return comparisonOf({
    metric,
    margin,
    champion: rows === 0 ? Number.NaN : first(null),
    challenger: rows === 0 ? Number.NaN : second(null),
    rows,
    repetitions,
    isShort: rows < minimumRows,
    differ: () => ({
      ...pairedBootstrapDifference(
        rows,
        (weights) => orient(first(weights)),
        (weights) => orient(second(weights)),
        { confidence, repetitions, seed },
      ),
      confidence,
    }),
  });
}

/** Labels of the rows by number, and what the model says of a row. */
function rowsOf({ kind, data }: MetricData): {
  labels: ArrayLike<number>;
  columns: readonly ArrayLike<number>[];
} {
  if (kind === "classes") return { labels: data.labels, columns: data.probabilities ?? [data.predicted] };
  return { labels: data.labels, columns: [kind === "binary" ? data.scores : data.predictions] };
}

function compareMany(
  old: MetricData,
  young: MetricData,
  metric: MetricName,
  margin: number,
  rows: number,
  options: CompareOptions,
): ModelComparison {
  const models = [rowsOf(old), rowsOf(young)] as const;
  const classes = [old, young].map(({ kind, data }) => (kind === "classes" ? data.classes : []));
  const comparison = new PairedComparison(
    metric,
    {
      areNumbers: old.kind !== "classes",
      columns: [models[0].columns.length, models[1].columns.length],
      haveSameClasses: JSON.stringify(classes[0]) === JSON.stringify(classes[1]),
      centre: meanOf(models[0].labels),
    },
    options,
  );
  const said = models.map(({ columns }) => new Float64Array(columns.length)) as [Float64Array, Float64Array];
  for (let i = 0; i < rows; i++) {
    models.forEach(({ columns }, model) => {
      for (let k = 0; k < columns.length; k++)
        (said[model] as Float64Array)[k] = (columns[k] as ArrayLike<number>)[i] as number;
    });
    comparison.add([models[0].labels[i] as number, models[1].labels[i] as number], said);
  }
  const walked = (model: 0 | 1): WalkResults =>
    comparison.walks[model].map((plan) => walkHeld(plan, models[model], comparison));
  const most = Math.max(...classes.map((names) => names.length));
  return comparison.finish([walked(0), walked(1)], most, margin);
}

function walkHeld(
  plan: WalkPlan,
  { labels, columns }: ReturnType<typeof rowsOf>,
  { weights }: PairedComparison,
): WalkResults[number] {
  const scores = columns[plan.column] as Float64Array;
  const rows = fallingOrder(scores);
  const ranked = {
    scores: Float64Array.from(rows, (row) => scores[row] as number),
    rows,
    labels: Uint32Array.from(rows, (row) => labels[row] as number),
    length: rows.length,
  };
  return walkDown(plan, [ranked], weights);
}

function meanOf(values: ArrayLike<number>): number {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += ((values[i] as number) - mean) / (i + 1);
  return mean;
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
      problems.push(`compareModels.${name}: expected ${labels.length} values, one a label, got ${rows}`);
  }
  if ("length" in champion !== "length" in challenger)
    problems.push("compareModels: expected both models to predict numbers, or both classes");
  if (!(margin >= 0 && margin < Infinity))
    problems.push(`compareModels.margin: expected 0 or more, got ${margin}`);
  if (problems.length > 0) throw new EvaluationInputError(problems);
}
