import type { RowCounts, WeightedStatistic } from "../statistics/index.ts";
import { expectedCalibrationError, LEAST_PROBABILITY, meanOfLosses } from "./losses.ts";
import { averagePrecision, countsOf, rocArea, scoreWalk } from "./scoreWalk.ts";
import type { ClassificationMetric } from "./types.ts";

/** Binary labels (0 or 1) with scores: what every metric below works on. Prepared once, evaluated per resample. */
export interface BinaryData {
  readonly labels: Uint8Array;
  readonly scores: Float64Array;
  readonly threshold: number;
}

export interface Confusion {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
}

/** Prepares the confusion matrix; a resample is one walk over the rows without a branch. */
function confusionOf({ labels, scores, threshold }: BinaryData): (weights: RowCounts | null) => Confusion {
  const predicted = Uint8Array.from(scores, (score) => (score >= threshold ? 1 : 0));
  return (weights) => {
    const counts = countsOf(weights, labels.length);
    let [all, called, actual, tp] = [0, 0, 0, 0];
    for (let i = 0; i < labels.length; i++) {
      const count = counts[i] as number;
      const ifCalled = count & -(predicted[i] as number);
      all += count;
      called += ifCalled;
      actual += count & -(labels[i] as number);
      tp += ifCalled & -(labels[i] as number);
    }
    return { tp, fp: called - tp, fn: actual - tp, tn: all - called - actual + tp };
  };
}

/** Zero where nothing was predicted or nothing was there, as scikit-learn answers. */
export const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** Metrics of decisions. */
export const CONFUSION_SHARES = {
  accuracy: (c: Confusion): number => ratio(c.tp + c.tn, c.tp + c.tn + c.fp + c.fn),
  precision: (c: Confusion): number => ratio(c.tp, c.tp + c.fp),
  recall: (c: Confusion): number => ratio(c.tp, c.tp + c.fn),
  f1: (c: Confusion): number => ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn),
};

function fromConfusion(metric: keyof typeof CONFUSION_SHARES) {
  return (data: BinaryData): WeightedStatistic => {
    const confusion = confusionOf(data);
    return (weights) => CONFUSION_SHARES[metric](confusion(weights));
  };
}

function rocAuc({ labels, scores }: BinaryData): WeightedStatistic {
  const walk = scoreWalk(scores, (row) => labels[row] === 1);
  return (weights) => {
    const { area, positives, negatives } = rocArea(walk, weights);
    return positives === 0 || negatives === 0 ? Number.NaN : area / (positives * negatives);
  };
}

function prAuc({ labels, scores }: BinaryData): WeightedStatistic {
  return averagePrecision(scoreWalk(scores, (row) => labels[row] === 1));
}

function logLoss(label: number, score: number): number {
  const p = Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, score));
  return label === 1 ? -Math.log(p) : -Math.log1p(-p);
}

/** Metrics that are the mean of a loss per row. */
export const SCORE_LOSSES = {
  logLoss,
  brier: (label: number, score: number): number => (score - label) ** 2,
};

function meanOf(loss: (label: number, score: number) => number) {
  return ({ labels, scores }: BinaryData): WeightedStatistic =>
    meanOfLosses(scores.length, (i) => loss(labels[i] as number, scores[i] as number));
}

/** Prepares a metric on binary data; values agree with scikit-learn to 1e-9. */
export const CLASSIFICATION_METRICS: Readonly<
  Record<ClassificationMetric, (data: BinaryData) => WeightedStatistic>
> = {
  accuracy: fromConfusion("accuracy"),
  precision: fromConfusion("precision"),
  recall: fromConfusion("recall"),
  f1: fromConfusion("f1"),
  rocAuc,
  prAuc,
  logLoss: meanOf(SCORE_LOSSES.logLoss),
  brier: meanOf(SCORE_LOSSES.brier),
  calibrationError: ({ labels, scores }) => expectedCalibrationError(scores, (i) => labels[i] as number),
};
