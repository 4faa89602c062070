import { pairedBootstrapDifference, type WeightedStatistic } from "../statistics/index.ts";
import { metricOn, type Predictions, predictedRows } from "./metricNames.ts";
import { type ClassLabels, isClassLabel } from "./multiclassData.ts";
import { EvaluationInputError, HIGHER_IS_BETTER, isLabel, type MetricName } from "./types.ts";

export interface CompareOptions {
  /** Share of resamples inside the interval. Default 0.95. */
  readonly confidence?: number;
  /** Default 2000. */
  readonly repetitions?: number;
  readonly seed?: number;
  /** For metrics of decisions. Default 0.5; the challenger may have its own. */
  readonly threshold?: number;
  readonly challengerThreshold?: number;
  /** Fewer labelled rows than this are inconclusive. Default 100. */
  readonly minimumRows?: number;
}

export type CompareReason =
  | "NotWorseThanMargin"
  | "WorseThanMargin"
  | "IntervalCrossesMargin"
  | "TooFewRows"
  | "MetricUndefined";

export interface ModelComparison {
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly reason: CompareReason;
  readonly metric: MetricName;
  /** How much worse the challenger may be, in the metric's unit, 0 or more. */
  readonly margin: number;
  readonly champion: number | null;
  readonly challenger: number | null;
  /** Challenger minus champion, turned so that positive is better. */
  readonly difference: number | null;
  readonly interval: { readonly low: number; readonly high: number; readonly confidence: number } | null;
  readonly rows: number;
  readonly repetitions: number;
}

/** The metric as a statistic, as it is and turned so that it grows when the model gets better. */
function orientedStatistic(
  metric: MetricName,
  raw: WeightedStatistic,
): { raw: WeightedStatistic; oriented: WeightedStatistic } {
  if (metric === "bias") return { raw, oriented: (weights) => -Math.abs(raw(weights)) };
  return { raw, oriented: HIGHER_IS_BETTER[metric] ? raw : (weights) => -raw(weights) };
}

/**
 * Non-inferiority of the challenger on the same rows, by paired bootstrap. Passes when the whole interval of the
 * difference lies above -margin, fails when it lies below, else a person decides. Rows without a label are left out.
 * Predictions are numbers (scores of class 1, or values), or those of a multiclass model; the two sides may give
 * different kinds of the latter. Throws `EvaluationInputError` on other lengths, values, or a metric of another task.
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
  const rows = Array.from({ length: labels.length }, (_, i) => i).filter((i) => isKnown(labels[i]));
  const statisticOf = (predictions: Predictions, cut: number) =>
    orientedStatistic(metric, metricOn(metric, labels, predictions, rows, cut));
  const old = statisticOf(champion, threshold);
  const young = statisticOf(challenger, options.challengerThreshold ?? threshold);
  const values = rows.length === 0 ? [Number.NaN, Number.NaN] : [old.raw(null), young.raw(null)];
  const [championValue, challengerValue] = values.map((v) => (Number.isNaN(v) ? null : v)) as [
    number | null,
    number | null,
  ];
  const base = {
    metric,
    margin,
    champion: championValue,
    challenger: challengerValue,
    rows: rows.length,
    repetitions,
  };
  if (championValue === null || challengerValue === null) {
    const reason = rows.length < minimumRows ? "TooFewRows" : "MetricUndefined";
    return { ...base, verdict: "inconclusive", reason, difference: null, interval: null };
  }
  const result = pairedBootstrapDifference(rows.length, old.oriented, young.oriented, {
    confidence,
    repetitions,
    seed,
  });
  const interval = { low: result.low, high: result.high, confidence };
  return {
    ...base,
    ...conclude(rows.length < minimumRows, interval, margin),
    difference: result.estimate,
    interval,
  };
}

function conclude(
  isShort: boolean,
  { low, high }: { low: number; high: number },
  margin: number,
): Pick<ModelComparison, "verdict" | "reason"> {
  if (isShort) return { verdict: "inconclusive", reason: "TooFewRows" };
  if (low > -margin || (low === 0 && high === 0)) return { verdict: "pass", reason: "NotWorseThanMargin" };
  if (high < -margin) return { verdict: "fail", reason: "WorseThanMargin" };
  return { verdict: "inconclusive", reason: "IntervalCrossesMargin" };
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
