import type { RowCounts, WeightedStatistic } from "../statistics/index.ts";
import { ratio } from "./classificationMetrics.ts";
import { expectedCalibrationError, LEAST_PROBABILITY, meanOfLosses } from "./losses.ts";
import type { MulticlassData } from "./multiclassData.ts";
import { pairAreas } from "./pairAreas.ts";
import { averagePrecision, countsOf, type RocArea, rocArea, scoreWalk } from "./scoreWalk.ts";
import type { MulticlassMetric } from "./types.ts";

/** Per class: rows that are it, rows that were called it, and both. */
export interface Tally {
  readonly actual: ArrayLike<number>;
  readonly called: ArrayLike<number>;
  readonly hits: ArrayLike<number>;
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

const sumOf = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

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
  return ({ actual, called, hits }: Tally): number => {
    if (average === "micro") return share(sumOf(hits), sumOf(actual), sumOf(called));
    let [sum, total] = [0, 0];
    for (let k = 0; k < actual.length; k++) {
      const count = actual[k] as number;
      if (count + (called[k] as number) === 0) continue;
      const weight = average === "macro" ? 1 : count;
      sum += weight * share(hits[k] as number, count, called[k] as number);
      total += weight;
    }
    return total === 0 ? Number.NaN : sum / total;
  };
}

/** Metrics of decisions. */
export const DECISION_METRICS = {
  accuracy: ({ actual, hits }: Tally): number => sumOf(hits) / sumOf(actual),
  precisionMacro: averaged("macro", precision),
  precisionWeighted: averaged("weighted", precision),
  precisionMicro: averaged("micro", precision),
  recallMacro: averaged("macro", recall),
  recallWeighted: averaged("weighted", recall),
  recallMicro: averaged("micro", recall),
  f1Macro: averaged("macro", f1),
  f1Weighted: averaged("weighted", f1),
  f1Micro: averaged("micro", f1),
};

/** A metric of probabilities has no value where only decisions are known. */
function ofProbabilities(
  prepare: (data: MulticlassData, probabilities: readonly Float64Array[]) => WeightedStatistic,
) {
  return (data: MulticlassData): WeightedStatistic =>
    data.probabilities === null ? () => Number.NaN : prepare(data, data.probabilities);
}

/** Each class against the rest. Macro needs every class among the labels; weighted leaves out those without rows. */
export function meanOverRest(average: "macro" | "weighted", areas: Iterable<RocArea>): number {
  let [sum, weightSum] = [0, 0];
  for (const { area, positives, negatives } of areas) {
    const weight = average === "macro" ? 1 : positives;
    if (weight === 0) continue;
    if (positives === 0 || negatives === 0) return Number.NaN;
    sum += (weight * area) / (positives * negatives);
    weightSum += weight;
  }
  return sum / weightSum;
}

function oneVersusRest(average: "macro" | "weighted") {
  return ofProbabilities((data, probabilities) => {
    const walks = probabilities.map((scores, k) => scoreWalk(scores, (row) => data.labels[row] === k));
    return (weights) =>
      meanOverRest(
        average,
        walks.map((walk) => rocArea(walk, weights)),
      );
  });
}

/** Mean over pairs of classes of both directions' areas (Hand and Till 2001), among the classes that have rows. */
export function meanOverPairs(
  average: "macro" | "weighted",
  counts: ArrayLike<number>,
  areaOf: (a: number, b: number) => number,
): number {
  let [sum, weightSum] = [0, 0];
  for (let a = 0; a < counts.length; a++)
    for (let b = a + 1; b < counts.length; b++) {
      const pairs = (counts[a] as number) * (counts[b] as number);
      if (pairs === 0) continue;
      const weight = average === "macro" ? 1 : (counts[a] as number) + (counts[b] as number);
      sum += (weight * (areaOf(a, b) + areaOf(b, a))) / (2 * pairs);
      weightSum += weight;
    }
  return weightSum === 0 ? Number.NaN : sum / weightSum;
}

function oneVersusOne(average: "macro" | "weighted") {
  return ofProbabilities((data, probabilities) => {
    const areasOf = pairAreas(data.labels, probabilities);
    return (weights) => {
      const { areas, counts } = areasOf(weights);
      return meanOverPairs(average, counts, (a, b) => areas[a * counts.length + b] as number);
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

/** Metrics that are the mean of a loss per row: its class, and the probability of each. */
export const PROBABILITY_LOSSES = {
  logLoss: (label: number, probabilityOf: (k: number) => number): number =>
    -Math.log(Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, probabilityOf(label)))),
  /** Sum over the classes of the squared distance, 0 to 2: scikit-learn's, which halves it for two classes only. */
  brier: (label: number, probabilityOf: (k: number) => number, classes: number): number => {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += (probabilityOf(k) - (label === k ? 1 : 0)) ** 2;
    return sum;
  },
};

function meanOf(loss: (typeof PROBABILITY_LOSSES)["brier"]) {
  return ofProbabilities(({ labels }, probabilities) =>
    meanOfLosses(labels.length, (i) =>
      loss(labels[i] as number, (k) => (probabilities[k] as Float64Array)[i] as number, probabilities.length),
    ),
  );
}

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
  ...(Object.fromEntries(
    Object.entries(DECISION_METRICS).map(([name, metric]) => [
      name,
      (data: MulticlassData): WeightedStatistic =>
        (weights) =>
          metric(tally(data, weights)),
    ]),
  ) as Record<keyof typeof DECISION_METRICS, (data: MulticlassData) => WeightedStatistic>),
  rocAucOvr: oneVersusRest("macro"),
  rocAucOvrWeighted: oneVersusRest("weighted"),
  rocAucOvo: oneVersusOne("macro"),
  rocAucOvoWeighted: oneVersusOne("weighted"),
  prAucMacro,
  logLoss: meanOf(PROBABILITY_LOSSES.logLoss),
  brier: meanOf(PROBABILITY_LOSSES.brier),
  calibrationError,
};
