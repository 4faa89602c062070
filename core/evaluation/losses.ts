import type { WeightedStatistic } from "../statistics/index.ts";
import { countsOf } from "./scoreWalk.ts";

/** Probabilities are kept this far from 0 and 1 in the logarithm: one double-precision step, as in scikit-learn. */
export const LEAST_PROBABILITY = 2.220446049250313e-16;
export const CALIBRATION_BINS = 10;

/** Bin of a confidence, of ten of equal width. */
export function calibrationBin(confidence: number): number {
  return Math.min(CALIBRATION_BINS - 1, Math.max(0, Math.floor(confidence * CALIBRATION_BINS)));
}

/** Mean of a loss per row, worked out once. */
export function meanOfLosses(rows: number, loss: (row: number) => number): WeightedStatistic {
  const losses = Float64Array.from({ length: rows }, (_, i) => loss(i));
  return (weights) => {
    const counts = countsOf(weights, rows);
    let sum = 0;
    let total = 0;
    for (let i = 0; i < rows; i++) {
      const count = counts[i] as number;
      sum += count * (losses[i] as number);
      total += count;
    }
    return sum / total;
  };
}

/** Expected calibration error over ten equal-width bins of the confidence; `outcome` is 1 where it came true. */
export function expectedCalibrationError(
  confidence: Float64Array,
  outcome: (row: number) => number,
): WeightedStatistic {
  const bins = Uint8Array.from(confidence, calibrationBin);
  const errors = confidence.map((value, row) => outcome(row) - value);
  return (weights) => {
    const counts = countsOf(weights, bins.length);
    const gaps = new Float64Array(CALIBRATION_BINS);
    let total = 0;
    for (let i = 0; i < bins.length; i++) {
      const count = counts[i] as number;
      const bin = bins[i] as number;
      gaps[bin] = (gaps[bin] as number) + count * (errors[i] as number);
      total += count;
    }
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
  };
}
