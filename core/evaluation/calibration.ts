import { type IsotonicFit, isotonicPredict, isotonicRegression } from "../statistics/index.ts";

/** Calibration of scores on labelled reference rows; stored with the profile and applied to rows without labels. */
export interface Calibration {
  /** null: the scores were calibrated well enough, or could not be improved. */
  readonly fit: IsotonicFit | null;
  /** Expected calibration error on held-out reference rows, before and after. */
  readonly errorBefore: number;
  readonly errorAfter: number;
}

const FOLDS = 10;
const BINS = 10;

/** Expected calibration error over bins of equal frequency. */
export function quantileCalibrationError(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const n = labels.length;
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => (scores[i] as number) - (scores[j] as number),
  );
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const members = order.slice(Math.floor((bin * n) / BINS), Math.floor(((bin + 1) * n) / BINS));
    error += Math.abs(members.reduce((sum, i) => sum + (labels[i] as number) - (scores[i] as number), 0));
  }
  return error / n;
}

/** Folds that hold the same share of each label: rows are dealt round by label, in the order of the score. */
function foldOf(labels: ArrayLike<number>, scores: ArrayLike<number>): Uint8Array {
  const folds = new Uint8Array(labels.length);
  const order = Array.from({ length: labels.length }, (_, i) => i).sort(
    (i, j) => (labels[i] as number) - (labels[j] as number) || (scores[i] as number) - (scores[j] as number),
  );
  order.forEach((i, rank) => {
    folds[i] = rank % FOLDS;
  });
  return folds;
}

/**
 * Fits an isotonic calibration and keeps it only if it lowers the calibration error in every fold of rows it was not
 * fitted to, as NannyML does with its splits: scores that are calibrated already are left alone.
 */
export function calibrate(labels: ArrayLike<number>, scores: ArrayLike<number>): Calibration {
  const folds = foldOf(labels, scores);
  const rows = Array.from(folds.keys());
  const pick = (list: ArrayLike<number>, at: readonly number[]): number[] => at.map((i) => list[i] as number);
  const after = new Float64Array(labels.length);
  let isBetter = labels.length > 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const [train, test] = [rows.filter((i) => folds[i] !== fold), rows.filter((i) => folds[i] === fold)];
    if (train.length === 0) continue;
    const fit = isotonicRegression(pick(scores, train), pick(labels, train));
    for (const i of test) after[i] = isotonicPredict(fit, scores[i] as number);
    const truth = pick(labels, test);
    isBetter &&=
      quantileCalibrationError(truth, pick(after, test)) <
      quantileCalibrationError(truth, pick(scores, test));
  }
  return {
    fit: isBetter ? isotonicRegression(scores, labels) : null,
    errorBefore: quantileCalibrationError(labels, scores),
    errorAfter: quantileCalibrationError(labels, after),
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
  const total = bins.reduce((sum, bin) => sum + bin.rows, 0);
  const fit = isotonicRegression(
    bins.map((bin) => bin.score),
    bins.map((bin) => bin.positives / bin.rows),
    bins.map((bin) => bin.rows),
  );
  const errorOf = (map: (score: number) => number): number =>
    bins.reduce((sum, bin) => sum + Math.abs(bin.positives - bin.rows * map(bin.score)), 0) / total;
  // A calibrated score still errs by chance: mean absolute deviation of a binomial count, 0.8 standard deviations.
  const chance =
    bins.reduce((sum, bin) => sum + 0.8 * Math.sqrt(bin.rows * bin.score * (1 - bin.score)), 0) / total;
  const spread =
    Math.sqrt(bins.reduce((sum, bin) => sum + 0.36 * bin.rows * bin.score * (1 - bin.score), 0)) / total;
  const errorBefore = errorOf((score) => score);
  const isOff = errorBefore > chance + 2 * spread;
  return {
    fit: isOff ? fit : null,
    errorBefore,
    errorAfter: isOff ? errorOf((s) => isotonicPredict(fit, s)) : errorBefore,
  };
}
