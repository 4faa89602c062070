import type { RowCounts, WeightedStatistic } from "../statistics/index.ts";
import { meanOfLosses } from "./losses.ts";
import { countsOf } from "./scoreWalk.ts";
import type { RegressionMetric } from "./types.ts";

export interface RegressionData {
  readonly labels: Float64Array;
  readonly predictions: Float64Array;
}

/** Denominators of relative errors are kept away from zero by one double-precision step, as in scikit-learn. */
const LEAST_LABEL = 2.220446049250313e-16;

const rooted =
  (statistic: WeightedStatistic): WeightedStatistic =>
  (weights) =>
    Math.sqrt(statistic(weights));

/** Below this share of what they are made of, squares about the mean are too small a difference: they are summed step by step. */
const LEAST_SHARE = 1e-3;

/** Squares about the weighted mean, one row after the other: exactly 0 where all labels are one value. */
function stepwiseSquares(labels: Float64Array, counts: RowCounts): number {
  let [total, mean, squares] = [0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    const count = counts[i] as number;
    if (count === 0) continue;
    total += count;
    const gap = (labels[i] as number) - mean;
    mean += (count / total) * gap;
    squares += count * gap * ((labels[i] as number) - mean);
  }
  return squares;
}

/** By sums of squares of residuals and about the mean; as scikit-learn answers where all labels are one value. */
export function rSquared(residual: number, squares: number): number {
  return squares > 0 ? 1 - residual / squares : residual === 0 ? 1 : 0;
}

/** Losses of a label and its prediction: the metric is their mean, or its root. */
export const VALUE_LOSSES = {
  mae: (y: number, p: number): number => Math.abs(p - y),
  rmse: (y: number, p: number): number => (p - y) ** 2,
  mape: (y: number, p: number): number => Math.abs(p - y) / Math.max(LEAST_LABEL, Math.abs(y)),
  bias: (y: number, p: number): number => p - y,
};

function meanOf(loss: (label: number, prediction: number) => number) {
  return ({ labels, predictions }: RegressionData): WeightedStatistic =>
    meanOfLosses(labels.length, (i) => loss(labels[i] as number, predictions[i] as number));
}

function r2({ labels, predictions }: RegressionData): WeightedStatistic {
  const n = labels.length;
  const centre = labels.reduce((mean, label, i) => mean + (label - mean) / (i + 1), 0);
  const gaps = labels.map((label) => label - centre);
  const residuals = labels.map((label, i) => (label - (predictions[i] as number)) ** 2);
  return (weights) => {
    const counts = countsOf(weights, n);
    let [total, sum, about, residual] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const count = counts[i] as number;
      const gap = gaps[i] as number;
      total += count;
      sum += count * gap;
      about += count * gap * gap;
      residual += count * (residuals[i] as number);
    }
    if (total < 2) return Number.NaN;
    const fast = about - sum ** 2 / total;
    const squares = fast > LEAST_SHARE * about ? fast : stepwiseSquares(labels, counts);
    return rSquared(residual, squares);
  };
}

/** Prepares a metric on regression data; values agree with scikit-learn to 1e-9. `bias` is the mean of prediction - label. */
export const REGRESSION_METRICS: Readonly<
  Record<RegressionMetric, (data: RegressionData) => WeightedStatistic>
> = {
  mae: meanOf(VALUE_LOSSES.mae),
  rmse: (data) => rooted(meanOf(VALUE_LOSSES.rmse)(data)),
  mape: meanOf(VALUE_LOSSES.mape),
  bias: meanOf(VALUE_LOSSES.bias),
  r2,
};
