import {
  type IsotonicFit,
  isotonicPredict,
  isotonicRegression,
  risingOrder,
  sumBy,
  sumOf,
} from "../statistics/index.ts";
import { heldMetric } from "./heldMetric.ts";
import { BINARY_METRICS } from "./metrics/binary.ts";
import { stratifiedSplits } from "./stratifiedSplits.ts";

/** Calibration of scores on labelled reference rows; stored with the profile and applied to rows without labels. */
export interface Calibration {
  /** null: the scores were calibrated well enough, or could not be improved. */
  readonly fit: IsotonicFit | null;
  /** Expected calibration error on held-out reference rows, before and after. */
  readonly errorBefore: number;
  readonly errorAfter: number;
}

/** NannyML's. */
const SPLITS = 10;
const SEED = 42;
const BINS = 10;

/**
 * Expected calibration error over ten bins of equal frequency. Rows of one score share its mean, so that their order makes no difference where an edge
 * lies among them. (NannyML leaves it to NumPy's sort, whose order of equal values depends on the processor.)
 */
export function quantileCalibrationError(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const n = labels.length;
  const order = risingOrder(scores);
  const gaps = Float64Array.from(order, (i) => (labels[i] as number) - (scores[i] as number));
  for (let from = 0, to = 0; from < n; from = to) {
    const score = scores[order[from] as number];
    while (to < n && scores[order[to] as number] === score) to++;
    const tied = gaps.subarray(from, to);
    tied.fill(sumOf(tied) / tied.length);
  }
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const members = gaps.subarray(Math.floor((bin * n) / BINS), Math.floor(((bin + 1) * n) / BINS));
    error += Math.abs(sumOf(members));
  }
  return error / n;
}

/** Above this area NannyML takes scores as they are. */
const PERFECT_AREA = 0.999;

/** Area under the ROC curve; 1 where a class has no rows, and nothing is to be told apart. */
export function areaOf(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const rows = { labels, columns: [Float64Array.from(scores)], threshold: 0, classes: 2 };
  const area = heldMetric(BINARY_METRICS.rocAuc, rows)(null);
  return Number.isNaN(area) ? 1 : area;
}

/**
 * Fits an isotonic calibration and keeps it only if it lowers the calibration error on rows that it was not fitted to, by NannyML's rule: ten splits
 * of its seed, their held-out rows taken together. None for one class, an area above 0.999, or a class with a single row. Where
 * it is close, the choice depends on the order of the rows, as NannyML's does.
 */
export function calibrate(labels: ArrayLike<number>, scores: ArrayLike<number>): Calibration {
  const pick = (list: ArrayLike<number>, at: readonly number[]): number[] => at.map((i) => list[i] as number);
  const held = { labels: [] as number[], before: [] as number[], after: [] as number[] };
  const splits = areaOf(labels, scores) > PERFECT_AREA ? [] : stratifiedSplits(labels, SPLITS, SEED);
  for (const { train, test } of splits) {
    const fit = isotonicRegression(pick(scores, train), pick(labels, train));
    for (const i of test) {
      held.labels.push(labels[i] as number);
      held.before.push(scores[i] as number);
      held.after.push(isotonicPredict(fit, scores[i] as number));
    }
  }
  if (splits.length === 0) {
    const error = labels.length === 0 ? 0 : quantileCalibrationError(labels, scores);
    return { fit: null, errorBefore: error, errorAfter: error };
  }
  const errorBefore = quantileCalibrationError(held.labels, held.before);
  const errorAfter = quantileCalibrationError(held.labels, held.after);
  return {
    fit: errorAfter < errorBefore ? isotonicRegression(scores, labels) : null,
    errorBefore,
    errorAfter,
  };
}

export function applyCalibration(calibration: Calibration, scores: ArrayLike<number>): Float64Array {
  const { fit } = calibration;
  return Float64Array.from(scores, (s) => (fit === null ? s : isotonicPredict(fit, s)));
}

/** Labelled rows whose scores lie close together. */
export interface ScoreBin {
  readonly score: number;
  readonly rows: number;
  readonly positives: number;
}

/**
 * Calibration from binned rows, for profiles that keep no rows: the fit is weighted by rows and kept when it lowers the
 * calibration error by more than two standard errors of chance, because there are no rows left out to judge it by.
 */
export function calibrationFromBins(bins: readonly ScoreBin[]): Calibration {
  const total = sumBy(bins, (bin) => bin.rows);
  const fit = isotonicRegression(
    bins.map((bin) => bin.score),
    bins.map((bin) => bin.positives / bin.rows),
    bins.map((bin) => bin.rows),
  );
  const errorOf = (map: (score: number) => number): number =>
    sumBy(bins, (bin) => Math.abs(bin.positives - bin.rows * map(bin.score))) / total;
  // A calibrated score still errs by chance: mean absolute deviation of a binomial count, 0.8 standard deviations.
  const chance = sumBy(bins, (bin) => 0.8 * Math.sqrt(bin.rows * bin.score * (1 - bin.score))) / total;
  const spread = Math.sqrt(sumBy(bins, (bin) => 0.36 * bin.rows * bin.score * (1 - bin.score))) / total;
  const errorBefore = errorOf((score) => score);
  const isOff = errorBefore > chance + 2 * spread;
  return {
    fit: isOff ? fit : null,
    errorBefore,
    errorAfter: isOff ? errorOf((s) => isotonicPredict(fit, s)) : errorBefore,
  };
}
