import { pairedBootstrapDifference, type WeightedStatistic } from "../statistics/index.ts";
import { CLASSIFICATION_METRICS } from "./classificationMetrics.ts";
import { binaryData, isLabel, regressionData } from "./evaluate.ts";
import { REGRESSION_METRICS } from "./regressionMetrics.ts";
import {
  type ClassificationMetric,
  EvaluationInputError,
  HIGHER_IS_BETTER,
  type Labels,
  type MetricName,
  type RegressionMetric,
} from "./types.ts";

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

const CLASSIFICATION = Object.keys(CLASSIFICATION_METRICS);
const NAMES = [...CLASSIFICATION, ...Object.keys(REGRESSION_METRICS)];

/** "auc" and spellings of other tools, as people type them. */
const ALIASES: Readonly<Record<string, MetricName>> = {
  auc: "rocAuc",
  roc_auc: "rocAuc",
  pr_auc: "prAuc",
  average_precision: "prAuc",
  log_loss: "logLoss",
  logloss: "logLoss",
  ece: "calibrationError",
  brier_score: "brier",
  r2_score: "r2",
};

/** The metric of that name; an unknown one is an error that lists the known. */
export function parseMetricName(name: string): MetricName {
  const metric =
    ALIASES[name.toLowerCase()] ?? NAMES.find((known) => known.toLowerCase() === name.toLowerCase());
  if (metric === undefined) {
    throw new EvaluationInputError([
      `metric: expected one of ${NAMES.join(", ")}, got ${JSON.stringify(name)}`,
    ]);
  }
  return metric as MetricName;
}

/** The metric as a statistic that grows when the model gets better. */
function orientedStatistic(
  metric: MetricName,
  labels: Labels,
  scores: ArrayLike<number>,
  rows: readonly number[],
  threshold: number,
): { raw: WeightedStatistic; oriented: WeightedStatistic } {
  const raw = CLASSIFICATION.includes(metric)
    ? CLASSIFICATION_METRICS[metric as ClassificationMetric](binaryData(labels, scores, rows, threshold))
    : REGRESSION_METRICS[metric as RegressionMetric](regressionData(labels, scores, rows));
  if (metric === "bias") return { raw, oriented: (weights) => -Math.abs(raw(weights)) };
  return { raw, oriented: HIGHER_IS_BETTER[metric] ? raw : (weights) => -raw(weights) };
}

/**
 * Non-inferiority of the challenger on the same rows, by paired bootstrap. Passes when the whole interval of the
 * difference lies above -margin, fails when it lies below, else a person decides. Rows without a label are left out.
 */
export function compareModels(
  labels: Labels,
  champion: ArrayLike<number>,
  challenger: ArrayLike<number>,
  metric: MetricName,
  margin: number,
  options: CompareOptions = {},
): ModelComparison {
  checkLengths(labels, champion, challenger, margin);
  const { confidence = 0.95, repetitions = 2000, seed = 1, threshold = 0.5, minimumRows = 100 } = options;
  const rows = Array.from({ length: labels.length }, (_, i) => i).filter((i) => isLabel(labels[i]));
  const old = orientedStatistic(metric, labels, champion, rows, threshold);
  const young = orientedStatistic(metric, labels, challenger, rows, options.challengerThreshold ?? threshold);
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
  labels: Labels,
  champion: ArrayLike<number>,
  challenger: ArrayLike<number>,
  margin: number,
): void {
  const problems: string[] = [];
  for (const [name, column] of Object.entries({ champion, challenger })) {
    if (column.length !== labels.length) {
      problems.push(
        `compareModels.${name}: expected ${labels.length} values, one a label, got ${column.length}`,
      );
    }
  }
  if (!(margin >= 0 && margin < Infinity))
    problems.push(`compareModels.margin: expected 0 or more, got ${margin}`);
  if (problems.length > 0) throw new EvaluationInputError(problems);
}
