import type { RowCounts, WeightedStatistic } from "../statistics/index.ts";
import { expectedCalibrationError, LEAST_PROBABILITY, meanOfLosses } from "./losses.ts";
import type { MulticlassData } from "./multiclassData.ts";
import { pairAreas } from "./pairAreas.ts";
import { averagePrecision, countsOf, rocArea, scoreWalk } from "./scoreWalk.ts";
import type { MulticlassMetric } from "./types.ts";

/** Per class: rows that are it, rows that were called it, and both. */
interface Tally {
  readonly actual: Float64Array;
  readonly called: Float64Array;
  readonly hits: Float64Array;
}

function tally({ classes, labels, predicted }: MulticlassData, weights: RowCounts | null): Tally {
  const counts = countsOf(weights, labels.length);
  const make = (): Float64Array => new Float64Array(classes.length);
  const [actual, called, hits] = [make(), make(), make()];
  for (let i = 0; i < labels.length; i++) {
    const count = counts[i] as number;
    const label = labels[i] as number;
    const guess = predicted[i] as number;
    actual[label] = (actual[label] as number) + count;
    called[guess] = (called[guess] as number) + count;
    if (label === guess) hits[label] = (hits[label] as number) + count;
  }
  return { actual, called, hits };
}

const sumOf = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** A share of one class, or of all rows pooled ("micro"). */
type ClassShare = (hits: number, actual: number, called: number) => number;
const precision: ClassShare = (hits, _, called) => ratio(hits, called);
const recall: ClassShare = (hits, actual) => ratio(hits, actual);
const f1: ClassShare = (hits, actual, called) => ratio(2 * hits, actual + called);

/**
 * Averages over the classes that occur among labels or decisions, as scikit-learn does when it is given no list of
 * labels; a share without a denominator counts 0.
 */
function averaged(average: "macro" | "weighted" | "micro", share: ClassShare) {
  return (data: MulticlassData): WeightedStatistic =>
    (weights) => {
      const { actual, called, hits } = tally(data, weights);
      if (average === "micro") return share(sumOf(hits), sumOf(actual), sumOf(called));
      let [sum, total] = [0, 0];
      actual.forEach((count, k) => {
        if (count + (called[k] as number) === 0) return;
        const weight = average === "macro" ? 1 : count;
        sum += weight * share(hits[k] as number, count, called[k] as number);
        total += weight;
      });
      return total === 0 ? Number.NaN : sum / total;
    };
}

function accuracy(data: MulticlassData): WeightedStatistic {
  return (weights) => {
    const { actual, hits } = tally(data, weights);
    return sumOf(hits) / sumOf(actual);
  };
}

/** A metric of probabilities has no value where only decisions are known. */
function ofProbabilities(
  prepare: (data: MulticlassData, probabilities: readonly Float64Array[]) => WeightedStatistic,
) {
  return (data: MulticlassData): WeightedStatistic =>
    data.probabilities === null ? () => Number.NaN : prepare(data, data.probabilities);
}

/** Each class against the rest. Macro needs every class among the labels; weighted leaves out those without rows. */
function oneVersusRest(average: "macro" | "weighted") {
  return ofProbabilities((data, probabilities) => {
    const walks = probabilities.map((scores, k) => scoreWalk(scores, (row) => data.labels[row] === k));
    return (weights) => {
      let [sum, weightSum] = [0, 0];
      for (const walk of walks) {
        const { area, positives, negatives } = rocArea(walk, weights);
        const weight = average === "macro" ? 1 : positives;
        if (weight === 0) continue;
        if (positives === 0 || negatives === 0) return Number.NaN;
        sum += (weight * area) / (positives * negatives);
        weightSum += weight;
      }
      return sum / weightSum;
    };
  });
}

/** Mean over pairs of classes of both directions' areas (Hand and Till 2001), among the classes that have rows. */
function oneVersusOne(average: "macro" | "weighted") {
  return ofProbabilities((data, probabilities) => {
    const areasOf = pairAreas(data.labels, probabilities);
    return (weights) => {
      const { areas, counts } = areasOf(weights);
      const size = counts.length;
      let [sum, weightSum] = [0, 0];
      for (let a = 0; a < size; a++)
        for (let b = a + 1; b < size; b++) {
          const pairs = (counts[a] as number) * (counts[b] as number);
          if (pairs === 0) continue;
          const weight = average === "macro" ? 1 : (counts[a] as number) + (counts[b] as number);
          const both = (areas[a * size + b] as number) + (areas[b * size + a] as number);
          sum += (weight * both) / (2 * pairs);
          weightSum += weight;
        }
      return weightSum === 0 ? Number.NaN : sum / weightSum;
    };
  });
}

/** Average precision of each class against the rest; undefined while a class has no rows. */
const prAucMacro = ofProbabilities(({ labels }, probabilities) => {
  const precisions = probabilities.map((scores, k) =>
    averagePrecision(scoreWalk(scores, (row) => labels[row] === k)),
  );
  return (weights) =>
    precisions.reduce((sum, precisionOf) => sum + precisionOf(weights), 0) / precisions.length;
});

const logLoss = ofProbabilities(({ labels }, probabilities) =>
  meanOfLosses(labels.length, (i) => {
    const p = (probabilities[labels[i] as number] as Float64Array)[i] as number;
    return -Math.log(Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, p)));
  }),
);

/** Sum over the classes of the squared distance, 0 to 2: scikit-learn's, which halves it for two classes only. */
const brier = ofProbabilities(({ labels }, probabilities) =>
  meanOfLosses(labels.length, (i) =>
    probabilities.reduce(
      (sum, column, k) => sum + ((column[i] as number) - (labels[i] === k ? 1 : 0)) ** 2,
      0,
    ),
  ),
);

/** Top-label calibration error (Guo et al. 2017): confidence in the decision against how often it is right, ten bins. */
const calibrationError = ofProbabilities(({ labels, predicted }, probabilities) =>
  expectedCalibrationError(
    Float64Array.from(predicted, (k, i) => (probabilities[k] as Float64Array)[i] as number),
    (i) => (labels[i] === predicted[i] ? 1 : 0),
  ),
);

/** Prepares a metric on multiclass data; values agree with scikit-learn to 1e-9. NaN where it is not defined. */
export const MULTICLASS_METRICS: Readonly<
  Record<MulticlassMetric, (data: MulticlassData) => WeightedStatistic>
> = {
  accuracy,
  precisionMacro: averaged("macro", precision),
  precisionWeighted: averaged("weighted", precision),
  precisionMicro: averaged("micro", precision),
  recallMacro: averaged("macro", recall),
  recallWeighted: averaged("weighted", recall),
  recallMicro: averaged("micro", recall),
  f1Macro: averaged("macro", f1),
  f1Weighted: averaged("weighted", f1),
  f1Micro: averaged("micro", f1),
  rocAucOvr: oneVersusRest("macro"),
  rocAucOvrWeighted: oneVersusRest("weighted"),
  rocAucOvo: oneVersusOne("macro"),
  rocAucOvoWeighted: oneVersusOne("weighted"),
  prAucMacro,
  logLoss,
  brier,
  calibrationError,
};
