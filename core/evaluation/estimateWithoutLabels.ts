import { problem } from "../problemsError.ts";
import { sumBy, sumOf } from "../statistics/index.ts";
import { applyCalibration, areaOf, type Calibration, calibrate } from "./calibration.ts";
import { refuse } from "./types.ts";

export type EstimatedMetric = "accuracy" | "precision" | "recall" | "specificity" | "f1" | "rocAuc";

export type EstimatedMetrics = Readonly<Record<EstimatedMetric, number | null>>;

/**
 * Confidence-based performance estimation: what the metrics would be if the calibrated probabilities are right. Sound
 * while only the inputs shift; blind to a change of what the inputs mean (concept drift). Agrees with NannyML's CBPE for
 * two classes, bands included; it has no form for several here.
 */
export function estimateFromConfidence(
  probabilities: ArrayLike<number>,
  predictions: ArrayLike<number>,
): EstimatedMetrics {
  const n = probabilities.length;
  if (predictions.length !== n) {
    refuse([problem("estimateFromConfidence.predictions", `${n} values`, predictions.length)]);
  }
  let [tp, fp, fn, tn] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const p = probabilities[i] as number;
    if (predictions[i] === 1) {
      tp += p;
      fp += 1 - p;
    } else {
      fn += p;
      tn += 1 - p;
    }
  }
  const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
  return {
    accuracy: ratio(tp + tn, n),
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    specificity: ratio(tn, tn + fp),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    rocAuc: expectedRocAuc(probabilities),
  };
}

/** Area under the expected ROC curve: thresholds at each distinct probability, expected counts beyond each. */
function expectedRocAuc(probabilities: ArrayLike<number>): number | null {
  const sorted = Float64Array.from(probabilities).sort().reverse();
  const positives = sumOf(sorted);
  const negatives = sorted.length - positives;
  if (!(positives > 0) || !(negatives > 0)) return null;
  let [tp, fp, area] = [0, 0, 0];
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    let [nextTp, nextFp] = [tp, fp];
    for (; end < sorted.length && sorted[end] === sorted[start]; end++) {
      nextTp += sorted[end] as number;
      nextFp += 1 - (sorted[end] as number);
    }
    area += ((tp + nextTp) / 2) * (nextFp - fp);
    [tp, fp] = [nextTp, nextFp];
    start = end;
  }
  return area / (positives * negatives);
}

/** What CBPE learns from labelled reference rows; plain JSON. */
export interface ConfidenceEstimator {
  readonly calibration: Calibration;
  readonly threshold: number;
  /**
   * Band of each metric as the reference's chunks realised it: mean and three standard deviations within 0 and 1, NannyML's threshold.
   * A tenth of the rows a chunk. null where fewer than two chunks define it.
   */
  readonly bands: Readonly<
    Record<EstimatedMetric, { readonly mean: number; readonly low: number; readonly high: number } | null>
  >;
}

const CHUNKS = 10;
const BAND_DEVIATIONS = 3;
const NAMES = ["accuracy", "precision", "recall", "specificity", "f1", "rocAuc"] as const;

/** Learns calibration and bands from labelled rows in time order. */
export function fitConfidenceEstimator(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  threshold = 0.5,
): ConfidenceEstimator {
  const bad = Array.from(labels).findIndex((label) => label !== 0 && label !== 1);
  if (bad >= 0) refuse([problem(`labels[${bad}]`, "0 or 1", labels[bad])]);
  if (labels.length !== scores.length) refuse([problem("scores", `${labels.length} values`, scores.length)]);
  const calibration = calibrate(labels, scores);
  const size = Math.max(1, Math.floor(labels.length / CHUNKS));
  const chunks = Array.from({ length: Math.ceil(labels.length / size) }, (_, c) => {
    const [part, known] = [scores, labels].map((list) => Array.from(list).slice(c * size, (c + 1) * size));
    return realised(known as number[], part as number[], threshold);
  });
  const bandOf = (metric: EstimatedMetric) => {
    const values = chunks.map((c) => c[metric]).filter((v) => v !== null);
    if (values.length < 2) return null;
    const mean = sumOf(values) / values.length;
    const deviation = Math.sqrt(sumBy(values, (b) => (b - mean) ** 2) / values.length);
    const reach = BAND_DEVIATIONS * deviation;
    return { mean, low: Math.max(0, mean - reach), high: Math.min(1, mean + reach) };
  };
  const bands = Object.fromEntries(NAMES.map((name) => [name, bandOf(name)])) as ConfidenceEstimator["bands"];
  return { calibration, threshold, bands };
}

const decisions = (scores: ArrayLike<number>, threshold: number): number[] =>
  Array.from(scores, (s) => (s >= threshold ? 1 : 0));

/** What was realised: labels are probabilities that are certain. NannyML takes some for undefined in one class, and so they are here. */
function realised(labels: readonly number[], scores: readonly number[], threshold: number): EstimatedMetrics {
  const decided = decisions(scores, threshold);
  const isMixed = (list: readonly number[]): boolean => new Set(list).size > 1;
  const counted = estimateFromConfidence(labels, decided);
  const rocAuc = isMixed(labels) ? areaOf(labels, scores) : null;
  if (rocAuc !== null && isMixed(decided)) return { ...counted, rocAuc };
  return { ...counted, rocAuc, precision: null, recall: null, f1: null };
}

function estimateChunk(
  estimator: Pick<ConfidenceEstimator, "calibration" | "threshold">,
  scores: ArrayLike<number>,
): EstimatedMetrics {
  return estimateFromConfidence(
    applyCalibration(estimator.calibration, scores),
    decisions(scores, estimator.threshold),
  );
}

export interface EstimatedQuality {
  readonly rows: number;
  readonly metrics: EstimatedMetrics;
  /** Metrics that left their band; undefined ones never do. */
  readonly outside: readonly EstimatedMetric[];
}

/** Estimated quality of rows without labels. */
export function estimateQuality(estimator: ConfidenceEstimator, scores: ArrayLike<number>): EstimatedQuality {
  const metrics = estimateChunk(estimator, scores);
  const outside = NAMES.filter((name) => {
    const [value, band] = [metrics[name], estimator.bands[name]];
    return value !== null && band !== null && (value < band.low || value > band.high);
  });
  return { rows: scores.length, metrics, outside };
}
