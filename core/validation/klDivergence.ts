import { aggregate, areOfOneType, asNumber, Distinct, Numbers, nearest, total } from "./collectors.ts";
import { type BinShares, type DivergenceKwargs, readDivergenceKwargs } from "./partition.ts";
import { pythonText, valueKey } from "./pythonValues.ts";
import { type EvaluatorFactory, type EvaluatorResult, ExpectationError } from "./types.ts";

/** Sum of p ln(p/q) of two lists of weights, each scaled to 1; infinite where p has weight and q none (scipy.stats.entropy). */
function relativeEntropy(p: readonly number[], q: readonly number[]): number {
  const [sumP, sumQ] = [total(p), total(q)];
  return total(
    p.map((raw, i) => {
      const [x, y] = [raw / sumP, (q[i] as number) / sumQ];
      if (x > 0 && y > 0) return x * Math.log(x / y);
      return x === 0 && y >= 0 ? 0 : x >= 0 && y >= 0 ? Infinity : Number.NaN;
    }),
  );
}

function judged(
  observed: readonly number[],
  expected: readonly number[],
  threshold: number | undefined,
  details: Readonly<Record<string, unknown>>,
): EvaluatorResult {
  const divergence = relativeEntropy(observed, expected);
  const success = threshold === undefined || divergence <= threshold;
  return { success, result: { observed_value: Number.isFinite(divergence) ? divergence : null, details } };
}

/** By value. A value that was not expected gets its part of the holdout, without one the divergence is infinite. */
function byValue(asked: DivergenceKwargs): Collected {
  const given = asked.byValue;
  const distinct = new Distinct();
  const finish = (): EvaluatorResult => {
    const counts = sortedCounts(distinct);
    if (given === undefined && counts.length === 0) throw withoutValues();
    const share = (count: number): number => count / distinct.total;
    const partition = given ?? {
      values: counts.map((c) => c.value),
      weights: counts.map((c) => share(c.count)),
    };
    const known = new Set(partition.values.map(valueKey));
    const others = counts.filter((c) => !known.has(valueKey(c.value)));
    const values = [...partition.values, ...others.map((c) => c.value)];
    const countOf = new Map(counts.map((c) => [valueKey(c.value), c.count]));
    const observed = values.map((value) => share(countOf.get(valueKey(value)) ?? 0) || 0);
    const kept = others.length > 0 ? 1 - asked.tailHoldout : 1;
    const expected = [
      ...partition.weights.map((w) => w * kept),
      ...others.map(() => asked.tailHoldout / others.length),
    ];
    return judged(observed, expected, asked.threshold, {
      observed_partition: { values, weights: observed },
      expected_partition: { values, weights: expected },
    });
  };
  return { add: (value, count) => distinct.add(value, count), finish };
}

/** A distribution to compare with cannot be made of nothing, and bins not of one value. */
const withoutValues = (): ExpectationError =>
  new ExpectationError(
    "expected values in the column, for bins different ones, got none; give a partition_object",
  );

interface Collected {
  /** Adds a value that came so many times. */
  add(value: unknown, count: number): void;
  finish(): EvaluatorResult;
}

/** Values of mixed types are compared as text, as pandas must to put them in order. */
function sortedCounts(distinct: Distinct): { value: unknown; count: number }[] {
  const counts = distinct.counts();
  const isUniform = areOfOneType(counts.map((c) => c.value));
  return isUniform ? counts : counts.map((c) => ({ ...c, value: pythonText(c.value) }));
}

/** Counts in bins; the last one has both its edges (numpy.histogram). */
class Histogram {
  below = 0;
  above = 0;
  total = 0;
  readonly counts: number[];
  readonly bins: readonly number[];

  constructor(bins: readonly number[]) {
    this.bins = bins;
    this.counts = new Array<number>(bins.length - 1).fill(0);
  }

  add(x: number, count: number): void {
    this.total += count;
    if (x < (this.bins[0] as number)) this.below += count;
    else if (x > (this.bins.at(-1) as number)) this.above += count;
    else {
      const next = this.bins.findIndex((edge) => x < edge);
      const at = next < 0 ? this.counts.length - 1 : next - 1;
      this.counts[at] = (this.counts[at] as number) + count;
    }
  }
}

function inGivenBins(asked: DivergenceKwargs, partition: BinShares): Collected {
  const histogram = new Histogram(partition.bins);
  return {
    add: (value, count) => histogram.add(asNumber(value), count),
    finish: () => judgedInBins(asked, partition, histogram),
  };
}

/** One value far off makes the bins that the others ask for very many. */
const MOST_BINS = 1_000_000;

/** Edges by the data: at least Sturges' number of bins, more where Freedman and Diaconis ask for narrower ones. */
function inOwnBins(asked: DivergenceKwargs): Collected {
  const numbers = new Numbers();
  return {
    add: (value) => numbers.add(asNumber(value)),
    finish() {
      const sorted = numbers.sorted();
      const [low, q1, q3, high] = [0, 0.25, 0.75, 1].map((q) => nearest(sorted, q)) as [
        number,
        number,
        number,
        number,
      ];
      if (sorted[0] === sorted.at(-1)) throw withoutValues();
      const sturges = Math.ceil(Math.log2(sorted.length + 1));
      const width = (2 * (q3 - q1)) / Math.cbrt(sorted.length);
      const count = q3 - q1 < 1e-10 ? sturges : Math.max(sturges, Math.ceil((high - low) / width));
      if (!(count <= MOST_BINS))
        throw new ExpectationError(
          `expected at most ${MOST_BINS} bins, got ${count}; give a partition_object`,
        );
      const bins = Array.from({ length: count + 1 }, (_, i) =>
        i === count ? high : low + i * ((high - low) / count),
      );
      const histogram = new Histogram(bins);
      for (const x of sorted) histogram.add(x, 1);
      const weights = histogram.counts.map((c) => c / sorted.length);
      const tail = (1 - total(weights)) / 2;
      return judgedInBins(asked, { bins, weights, tailWeights: [tail, tail] }, histogram);
    },
  };
}

/** Where an end is infinite, its bin is the tail; else the tails are what lies outside the edges. */
function judgedInBins(
  asked: DivergenceKwargs,
  { bins, weights, tailWeights }: BinShares,
  histogram: Histogram,
): EvaluatorResult {
  const share = (count: number): number => count / histogram.total;
  const { tailHoldout, internalHoldout } = asked;
  const isOpenLow = bins[0] === -Infinity;
  const isOpenHigh = bins.at(-1) === Infinity;
  const scaled = weights.map((w) => w * (1 - tailHoldout - internalHoldout));
  const zeros = scaled.filter((w) => w === 0).length;
  const expected = scaled.map((w) => (w === 0 && internalHoldout > 0 ? internalHoldout / zeros : w));
  const observed = histogram.counts.map(share);
  const held = isOpenLow || isOpenHigh ? tailHoldout : tailHoldout / 2;
  const ends = (list: readonly number[], low: number, high: number): [number, number] => [
    isOpenLow ? (list[0] as number) : low,
    isOpenHigh ? (list.at(-1) as number) : high,
  ];
  const inner = <T>(list: readonly T[]): readonly T[] =>
    list.slice(isOpenLow ? 1 : 0, isOpenHigh ? -1 : undefined);
  const expectedTails = ends(expected, tailWeights?.[0] ?? held, tailWeights?.[1] ?? held);
  const observedTails = ends(observed, share(histogram.below), share(histogram.above));
  const whole = (list: readonly number[], [low, high]: readonly [number, number]): number[] => [
    low,
    ...inner(list),
    high,
  ];
  return judged(whole(observed, observedTails), whole(expected, expectedTails), asked.threshold, {
    observed_partition: { bins: inner(bins), weights: inner(observed), tail_weights: observedTails },
    expected_partition: { bins: inner(bins), weights: inner(expected), tail_weights: expectedTails },
  });
}

/**
 * Kullback-Leibler divergence, in nats, of the column from an expected distribution. Without an expected one the
 * column is compared with itself, as in Great Expectations, which makes the distribution to expect next time.
 */
export function divergence(asked: DivergenceKwargs): Collected {
  if (asked.byBin !== undefined) return inGivenBins(asked, asked.byBin);
  return asked.inBins ? inOwnBins(asked) : byValue(asked);
}

export const klDivergence: EvaluatorFactory = aggregate((kwargs) => {
  const collected = divergence(readDivergenceKwargs(kwargs));
  return { add: (value) => collected.add(value, 1), finish: () => collected.finish() };
});
