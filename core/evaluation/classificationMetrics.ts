import type { WeightedStatistic } from "../statistics/index.ts";
import { expectedCalibrationError, LEAST_PROBABILITY, meanOfLosses } from "./losses.ts";
import type { ClassificationMetric } from "./types.ts";

/** Binary labels (0 or 1) with scores: what every metric below works on. Prepared once, evaluated per resample. */
export interface BinaryData {
  readonly labels: Uint8Array;
  readonly scores: Float64Array;
  readonly threshold: number;
}

type Weights = Uint32Array | null;
const weightAt = (weights: Weights, i: number): number => (weights === null ? 1 : (weights[i] as number));

interface Confusion {
  tp: number;
  fp: number;
  fn: number;
  tn: number;
}

function confusion({ labels, scores, threshold }: BinaryData, weights: Weights): Confusion {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (let i = 0; i < labels.length; i++) {
    const w = weightAt(weights, i);
    const isPredicted = (scores[i] as number) >= threshold;
    if (labels[i] === 1) {
      if (isPredicted) counts.tp += w;
      else counts.fn += w;
    } else if (isPredicted) counts.fp += w;
    else counts.tn += w;
  }
  return counts;
}

/** Zero where nothing was predicted or nothing was there, as scikit-learn answers. */
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

function fromConfusion(data: BinaryData, formula: (c: Confusion) => number): WeightedStatistic {
  return (weights) => formula(confusion(data, weights));
}

/** Walks thresholds from the highest score down; calls `visit` once per distinct score with the counts so far. */
function thresholdWalk(
  data: BinaryData,
): (weights: Weights, visit: (tp: number, fp: number) => void) => void {
  const { labels, scores } = data;
  const order = Uint32Array.from(labels.keys()).sort((i, j) => (scores[j] as number) - (scores[i] as number));
  return (weights, visit) => {
    let tp = 0;
    let fp = 0;
    for (let at = 0; at < order.length; at++) {
      const i = order[at] as number;
      const w = weightAt(weights, i);
      if (labels[i] === 1) tp += w;
      else fp += w;
      if (at + 1 === order.length || scores[order[at + 1] as number] !== scores[i]) visit(tp, fp);
    }
  };
}

function rocAuc(data: BinaryData): WeightedStatistic {
  const walk = thresholdWalk(data);
  return (weights) => {
    let area = 0;
    let [lastTp, lastFp] = [0, 0];
    walk(weights, (tp, fp) => {
      area += ((tp + lastTp) / 2) * (fp - lastFp);
      [lastTp, lastFp] = [tp, fp];
    });
    return lastTp === 0 || lastFp === 0 ? Number.NaN : area / (lastTp * lastFp);
  };
}

/** Average precision: the step-wise area under the precision-recall curve. */
function prAuc(data: BinaryData): WeightedStatistic {
  const walk = thresholdWalk(data);
  return (weights) => {
    let area = 0;
    let lastTp = 0;
    walk(weights, (tp, fp) => {
      if (tp > lastTp) area += (tp - lastTp) * (tp / (tp + fp));
      lastTp = tp;
    });
    return lastTp === 0 ? Number.NaN : area / lastTp;
  };
}

function meanOf(
  { labels, scores }: BinaryData,
  loss: (label: number, score: number) => number,
): WeightedStatistic {
  return meanOfLosses(scores.length, (i) => loss(labels[i] as number, scores[i] as number));
}

function logLoss(label: number, score: number): number {
  const p = Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, score));
  return label === 1 ? -Math.log(p) : -Math.log1p(-p);
}

/** Prepares a metric on binary data; values agree with scikit-learn to 1e-9. */
export const CLASSIFICATION_METRICS: Readonly<
  Record<ClassificationMetric, (data: BinaryData) => WeightedStatistic>
> = {
  accuracy: (data) => fromConfusion(data, (c) => ratio(c.tp + c.tn, c.tp + c.tn + c.fp + c.fn)),
  precision: (data) => fromConfusion(data, (c) => ratio(c.tp, c.tp + c.fp)),
  recall: (data) => fromConfusion(data, (c) => ratio(c.tp, c.tp + c.fn)),
  f1: (data) => fromConfusion(data, (c) => ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn)),
  rocAuc,
  prAuc,
  logLoss: (data) => meanOf(data, logLoss),
  brier: (data) => meanOf(data, (label, score) => (score - label) ** 2),
  calibrationError: ({ labels, scores }) => expectedCalibrationError(scores, (i) => labels[i] as number),
};
