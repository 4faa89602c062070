import type { WeightedStatistic } from "../statistics/index.ts";
import type { RegressionMetric } from "./types.ts";

export interface RegressionData {
  readonly labels: Float64Array;
  readonly predictions: Float64Array;
}

/** Denominators of relative errors are kept away from zero by one double-precision step, as in scikit-learn. */
const LEAST_LABEL = 2.220446049250313e-16;

function mean(
  n: number,
  loss: (i: number) => number,
  finish: (mean: number) => number = (m) => m,
): WeightedStatistic {
  const losses = Float64Array.from({ length: n }, (_, i) => loss(i));
  return (weights) => {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < n; i++) {
      const w = weights === null ? 1 : (weights[i] as number);
      sum += w * (losses[i] as number);
      total += w;
    }
    return finish(sum / total);
  };
}

function r2({ labels, predictions }: RegressionData): WeightedStatistic {
  return (weights) => {
    let total = 0;
    let labelMean = 0;
    let squares = 0;
    let residual = 0;
    for (let i = 0; i < labels.length; i++) {
      const w = weights === null ? 1 : (weights[i] as number);
      if (w === 0) continue;
      total += w;
      const gap = (labels[i] as number) - labelMean;
      labelMean += (w / total) * gap;
      squares += w * gap * ((labels[i] as number) - labelMean);
      residual += w * ((labels[i] as number) - (predictions[i] as number)) ** 2;
    }
    if (total < 2) return Number.NaN;
    return squares > 0 ? 1 - residual / squares : residual === 0 ? 1 : 0;
  };
}

/** Prepares a metric on regression data; values agree with scikit-learn to 1e-9. `bias` is the mean of prediction - label. */
export const REGRESSION_METRICS: Readonly<
  Record<RegressionMetric, (data: RegressionData) => WeightedStatistic>
> = {
  mae: ({ labels: y, predictions: p }) =>
    mean(y.length, (i) => Math.abs((p[i] as number) - (y[i] as number))),
  rmse: ({ labels: y, predictions: p }) =>
    mean(y.length, (i) => ((p[i] as number) - (y[i] as number)) ** 2, Math.sqrt),
  mape: ({ labels: y, predictions: p }) =>
    mean(
      y.length,
      (i) => Math.abs((p[i] as number) - (y[i] as number)) / Math.max(LEAST_LABEL, Math.abs(y[i] as number)),
    ),
  bias: ({ labels: y, predictions: p }) => mean(y.length, (i) => (p[i] as number) - (y[i] as number)),
  r2,
};
