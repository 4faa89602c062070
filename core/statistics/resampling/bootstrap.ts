import { normal } from "../distributions/normal.ts";
import { quantileSorted } from "../quantile.ts";
import { sumBy, sumOf } from "../sums.ts";
import type { NumericSample } from "../types.ts";
import { StatisticsError } from "../types.ts";
import { drawCounts, type RowCounts } from "./drawCounts.ts";
import { SeededRandom } from "./random.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly confidence?: number;
  readonly repetitions?: number;
  readonly seed?: number;
}

export interface BootstrapResult extends Interval {
  readonly estimate: number;
  readonly standardError: number;
  readonly repetitions: number;
}

/** A statistic of a weighted sample: `null` weights mean each row once. NaN where it is not defined. */
export type WeightedStatistic = (weights: RowCounts | null) => number;

/** Bootstrap of any statistic of n rows by resampling rows; percentile interval. Repetitions without a value are left out. */
export function bootstrapRows(
  n: number,
  statistic: WeightedStatistic,
  options: BootstrapOptions = {},
): BootstrapResult {
  return bootstrapRowsOfAll(n, [statistic], options)[0] as BootstrapResult;
}

/** The same for several statistics of the same rows, by the same resamples: each result is what it would be by itself. */
export function bootstrapRowsOfAll(
  n: number,
  statistics: readonly WeightedStatistic[],
  options: BootstrapOptions = {},
): BootstrapResult[] {
  const { confidence = 0.95, repetitions = 1000, seed = 1 } = options;
  if (!(confidence > 0 && confidence < 1))
    throw new StatisticsError("bootstrap.confidence", "between 0 and 1", confidence);
  const random = new SeededRandom(seed);
  const counts = new Uint8Array(n);
  const found = statistics.map((statistic) => ({
    statistic,
    estimate: statistic(null),
    values: [] as number[],
  }));
  for (let r = 0; r < repetitions; r++) {
    drawCounts(counts, random);
    for (const { statistic, values } of found) {
      const value = statistic(counts);
      if (!Number.isNaN(value)) values.push(value);
    }
  }
  return found.map(({ estimate, values }) => ({ estimate, ...summariseResamples(values, confidence) }));
}

/** Percentile interval and standard error of a statistic over resamples; those without a value are left out. */
export function summariseResamples(
  values: readonly number[],
  confidence: number,
): Omit<BootstrapResult, "estimate"> {
  const known = Float64Array.from(values.filter((value) => !Number.isNaN(value)));
  return { ...summary(known, confidence), repetitions: known.length };
}

function summary(values: Float64Array, confidence: number): Interval & { standardError: number } {
  if (values.length < 2) return { low: Number.NaN, high: Number.NaN, standardError: Number.NaN };
  values.sort();
  const mean = sumOf(values) / values.length;
  const variance = sumBy(values, (b) => (b - mean) ** 2) / (values.length - 1);
  return {
    low: quantileSorted(values, (1 - confidence) / 2),
    high: quantileSorted(values, (1 + confidence) / 2),
    standardError: Math.sqrt(variance),
  };
}

export interface BootstrapIntervalOptions extends BootstrapOptions {
  readonly method?: "percentile" | "basic" | "bca";
}

/**
 * Bootstrap confidence interval of `statistic` over one sample. "bca" (default) corrects bias and skew with the
 * jackknife, "percentile" and "basic" are the plain forms. Seeded: same input, same interval.
 */
export function bootstrapInterval(
  sample: NumericSample,
  statistic: (sample: Float64Array) => number,
  options: BootstrapIntervalOptions = {},
): BootstrapResult {
  const { confidence = 0.95, repetitions = 1000, seed = 1, method = "bca" } = options;
  const n = sample.length;
  if (n === 0) throw new StatisticsError("bootstrapInterval.sample", "at least one value", n);
  const data = Float64Array.from(sample);
  if (data.some(Number.isNaN))
    throw new StatisticsError("bootstrapInterval.sample", "numbers without NaN", "NaN");
  const estimate = statistic(data);
  const random = new SeededRandom(seed);
  const values = new Float64Array(repetitions);
  const draw = new Float64Array(n);
  for (let r = 0; r < repetitions; r++) {
    for (let i = 0; i < n; i++) draw[i] = data[random.integer(n)] as number;
    values[r] = statistic(draw);
  }
  const { low, high, standardError } = summary(values, confidence);
  const base = { estimate, standardError, repetitions };
  if (method === "percentile") return { ...base, low, high };
  if (method === "basic") return { ...base, low: 2 * estimate - high, high: 2 * estimate - low };
  const [lowShare, highShare] = bcaShares(data, statistic, values, estimate, confidence);
  return { ...base, low: quantileSorted(values, lowShare), high: quantileSorted(values, highShare) };
}

function bcaShares(
  data: Float64Array,
  statistic: (sample: Float64Array) => number,
  sorted: Float64Array,
  estimate: number,
  confidence: number,
): [number, number] {
  const below = sumBy(sorted, (v) => (v < estimate ? 1 : v === estimate ? 0.5 : 0)) / sorted.length;
  const bias = normal.quantile(Math.min(1 - 0.5 / sorted.length, Math.max(0.5 / sorted.length, below)));
  const n = data.length;
  const left = new Float64Array(Math.max(0, n - 1));
  const jackknife = Float64Array.from({ length: n > 1 ? n : 0 }, (_, skip) => {
    for (let i = 0, at = 0; i < n; i++) if (i !== skip) left[at++] = data[i] as number;
    return statistic(left);
  });
  const mean = sumOf(jackknife) / (n || 1);
  const cube = sumBy(jackknife, (v) => (mean - v) ** 3);
  const square = sumBy(jackknife, (v) => (mean - v) ** 2);
  const acceleration = square > 0 ? cube / (6 * square ** 1.5) : 0;
  const share = (p: number): number => {
    const z = bias + normal.quantile(p);
    return normal.cdf(bias + z / (1 - acceleration * z));
  };
  return [share((1 - confidence) / 2), share((1 + confidence) / 2)];
}

export interface PairedDifference extends BootstrapResult {
  /** Share of resamples in which the challenger is not ahead (ties half). */
  readonly shareNotAhead: number;
}

/**
 * Bootstrap of `challenger - champion` on the same n rows: each resample draws rows once and scores both with it,
 * so what the two have in common cancels out.
 */
export function pairedBootstrapDifference(
  n: number,
  champion: WeightedStatistic,
  challenger: WeightedStatistic,
  options: BootstrapOptions = {},
): PairedDifference {
  const behind: number[] = [];
  const difference: WeightedStatistic = (weights) => {
    const value = challenger(weights) - champion(weights);
    if (weights !== null && !Number.isNaN(value)) behind.push(value < 0 ? 1 : value === 0 ? 0.5 : 0);
    return value;
  };
  const result = bootstrapRows(n, difference, options);
  return { ...result, shareNotAhead: sumOf(behind) / behind.length };
}
