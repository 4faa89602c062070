import { sumOf } from "../../statistics/index.ts";
import type { MulticlassMetric } from "./names.ts";
import {
  byLabel,
  calibrationPlan,
  LEAST,
  type MetricPlan,
  meanPlan,
  only,
  type PlanOptions,
  type Plans,
  ratio,
  rocArea,
  type WalkPlan,
} from "./plan.ts";

type Average = "Macro" | "Weighted" | "Micro";

const listOf = (length: number, of: (k: number) => number): number[] =>
  Array.from({ length }, (_, k) => of(k));

/** Per class: rows that are it, rows that were called it, and both. */
interface Tally {
  readonly actual: readonly number[];
  readonly called: readonly number[];
  readonly hits: readonly number[];
}

/** The first of the most probable classes, as NumPy's argmax answers; a decided class is what it is. */
export function decisionOf(prediction: ArrayLike<number>): number {
  if (prediction.length === 1) return only(prediction);
  let best = 0;
  for (let k = 1; k < prediction.length; k++)
    if ((prediction[k] as number) > (prediction[best] as number)) best = k;
  return best;
}

function decided(metric: (tally: Tally) => number): () => MetricPlan {
  return () => ({
    add(label, prediction, put) {
      const called = decisionOf(prediction);
      put(2 * called, 1);
      if (called === label) put(2 * called + 1, 1);
    },
    share: byLabel,
    walks: [],
    value: ({ own, shared }, classes) =>
      metric({
        actual: listOf(classes, shared),
        called: listOf(classes, (k) => own(2 * k)),
        hits: listOf(classes, (k) => own(2 * k + 1)),
      }),
  });
}

/** A share of one class, or of all rows pooled ("Micro"). */
type ClassShare = (hits: number, actual: number, called: number) => number;
const SHARES = {
  precision: (hits, _, called) => ratio(hits, called),
  recall: (hits, actual) => ratio(hits, actual),
  f1: (hits, actual, called) => ratio(2 * hits, actual + called),
} satisfies Record<string, ClassShare>;

/** A mean of values by weight, NaN of none. */
class WeightedMean {
  #sum = 0;
  #weight = 0;

  add(value: number, weight: number): void {
    this.#sum += weight * value;
    this.#weight += weight;
  }

  get value(): number {
    return this.#sum / this.#weight;
  }
}

/**
 * Averages over the classes that occur among labels or decisions, as scikit-learn does when it is given no list of
 * labels; a share without a denominator counts 0.
 */
function averaged(average: Average, share: ClassShare): () => MetricPlan {
  return decided(({ actual, called, hits }) => {
    if (average === "Micro") return share(sumOf(hits), sumOf(actual), sumOf(called));
    const mean = new WeightedMean();
    actual.forEach((count, k) => {
      const calls = called[k] as number;
      if (count + calls > 0)
        mean.add(share(hits[k] as number, count, calls), average === "Macro" ? 1 : count);
    });
    return mean.value;
  });
}

type Averaged = `${keyof typeof SHARES}${Average}`;

/** Each share by each average, as "precisionMacro". */
const AVERAGED = Object.fromEntries(
  Object.entries(SHARES).flatMap(([name, share]) =>
    (["Macro", "Weighted", "Micro"] as const).map((average) => [name + average, averaged(average, share)]),
  ),
) as Record<Averaged, () => MetricPlan>;

/** A metric of probabilities has no value where only decisions are known. */
function ofProbabilities(planOf: (options: PlanOptions) => MetricPlan) {
  return (options: PlanOptions): MetricPlan =>
    options.columns === 1 ? { walks: [], value: () => Number.NaN } : planOf(options);
}

/** A metric of walks down the probabilities of each class. */
function ranked(
  kind: WalkPlan["kind"],
  value: (counts: readonly number[], walk: (a: number, b: number) => number) => number,
) {
  return ofProbabilities(({ columns }) => ({
    share: byLabel,
    walks: Array.from({ length: columns }, (_, k) => ({ column: k, kind, positive: k })),
    value: ({ shared, walk }) => value(listOf(columns, shared), walk),
  }));
}

/** Each class against the rest. Macro needs every class among the labels; weighted leaves out those without rows. */
function overRest(average: Average) {
  return ranked("areaOverRest", (counts, walk) => {
    const rows = sumOf(counts);
    const mean = new WeightedMean();
    counts.forEach((count, k) => {
      const weight = average === "Macro" ? 1 : count;
      if (weight > 0)
        mean.add(
          rocArea(walk, k, () => count * (rows - count)),
          weight,
        );
    });
    return mean.value;
  });
}

/** Mean over pairs of classes of both directions' areas (Hand and Till 2001), among the classes that have rows. */
function overPairs(average: Average) {
  return ranked("areaOverEach", (counts, walk) => {
    const mean = new WeightedMean();
    counts.forEach((first, a) => {
      for (let b = a + 1; b < counts.length; b++) {
        const second = counts[b] as number;
        if (first * second > 0)
          mean.add(
            (walk(a, b) + walk(b, a)) / (2 * first * second),
            average === "Macro" ? 1 : first + second,
          );
      }
    });
    return mean.value;
  });
}

/** Metrics of several classes; values agree with scikit-learn to 1e-9. NaN where one is not defined. */
export const CLASSES_METRICS: Plans<MulticlassMetric> = {
  accuracy: decided(({ actual, hits }) => sumOf(hits) / sumOf(actual)),
  ...AVERAGED,
  rocAucOvr: overRest("Macro"),
  rocAucOvrWeighted: overRest("Weighted"),
  rocAucOvo: overPairs("Macro"),
  rocAucOvoWeighted: overPairs("Weighted"),
  /** Average precision of each class against the rest; undefined while a class has no rows. */
  prAucMacro: ranked("precision", ({ length }, walk) => sumOf(listOf(length, (k) => walk(k, 0))) / length),
  logLoss: ofProbabilities(
    meanPlan((label, p) => -Math.log(Math.min(1 - LEAST, Math.max(LEAST, p[label] as number)))),
  ),
  /** Sum over the classes of the squared distance, 0 to 2: scikit-learn's, which halves it for two classes only. */
  brier: ofProbabilities(
    meanPlan((label, p) => {
      let sum = 0;
      for (let k = 0; k < p.length; k++) sum += ((p[k] as number) - (label === k ? 1 : 0)) ** 2;
      return sum;
    }),
  ),
  /** Top-label calibration error (Guo et al. 2017): confidence in the decision against how often it is right. */
  calibrationError: ofProbabilities(() =>
    calibrationPlan(
      (p) => p[decisionOf(p)] as number,
      (label, p) => decisionOf(p) === label,
    ),
  ),
};
