import { sumBy, sumOf } from "../sums.ts";
import type { NumericSample, TestResult } from "../types.ts";
import { StatisticsError, sortedCopy } from "../types.ts";

/** Scholz and Stephens (1987), table 2: critical values are b0 + b1 / sqrt(k - 1) + b2 / (k - 1). */
const B0 = [0.675, 1.281, 1.645, 1.96, 2.326, 2.573, 3.085];
const B1 = [-0.245, 0.25, 0.678, 1.149, 1.822, 2.364, 3.615];
const B2 = [-0.105, -0.305, -0.362, -0.391, -0.396, -0.345, -0.154];
const LEVELS = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001];

/** First index whose value exceeds (or reaches) the target, in a sorted array. */
function rank(sorted: Float64Array, target: number, inclusive: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] as number;
    if (value < target || (inclusive && value === target)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rawStatistic(samples: readonly Float64Array[], pooled: Float64Array, midrank: boolean): number {
  const total = pooled.length;
  const distinct = pooled.filter((v, i) => i === 0 || v !== pooled[i - 1]);
  let statistic = 0;
  for (const sample of samples) {
    let inner = 0;
    const size = sample.length;
    const last = midrank ? distinct.length : distinct.length - 1;
    for (let j = 0; j < last; j++) {
      const value = distinct[j] as number;
      const before = rank(pooled, value, false);
      const tied = rank(pooled, value, true) - before;
      const within = rank(sample, value, true);
      const withinTied = within - rank(sample, value, false);
      const b = midrank ? before + tied / 2 : before + tied;
      const m = midrank ? within - withinTied / 2 : within;
      const spread = b * (total - b) - (midrank ? (total * tied) / 4 : 0);
      inner += ((tied / total) * (total * m - b * size) ** 2) / spread;
    }
    statistic += inner / size;
  }
  return midrank ? (statistic * (total - 1)) / total : statistic;
}

/** Null variance of the raw statistic. */
function nullVariance(samples: readonly Float64Array[], total: number): number {
  const k = samples.length;
  const H = sumBy(samples, (s) => 1 / s.length);
  let partial = 0;
  let g = 0;
  for (let i = 2; i < total; i++) {
    partial += 1 / (total - i + 1);
    g += partial / i;
  }
  const h = partial + 1;
  const a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * H;
  const b = (2 * g - 4) * k * k + 8 * h * k + (2 * g - 14 * h - 4) * H - 8 * h + 4 * g - 6;
  const c = (6 * h + 2 * g - 2) * k * k + (4 * h - 4 * g + 6) * k + (2 * h - 6) * H + 4 * h;
  const d = (2 * h + 6) * k * k - 4 * h * k;
  const N = total;
  return (a * N ** 3 + b * N ** 2 + c * N + d) / ((N - 1) * (N - 2) * (N - 3));
}

/** Least-squares parabola through (critical, log level), evaluated at x. */
function interpolatedLogLevel(critical: readonly number[], x: number): number {
  const centre = sumOf(critical) / critical.length;
  const s = [0, 0, 0, 0, 0];
  const t = [0, 0, 0];
  critical.forEach((value, i) => {
    const u = value - centre;
    for (let p = 0; p <= 4; p++) s[p] = (s[p] as number) + u ** p;
    for (let p = 0; p <= 2; p++) t[p] = (t[p] as number) + Math.log(LEVELS[i] as number) * u ** p;
  });
  const matrix = [0, 1, 2].map((i) => [s[i], s[i + 1], s[i + 2], t[i]] as number[]);
  for (let i = 0; i < 3; i++) {
    const pivot = matrix[i] as number[];
    for (let r = 0; r < 3; r++) {
      if (r === i) continue;
      const row = matrix[r] as number[];
      const factor = (row[i] as number) / (pivot[i] as number);
      for (let j = i; j < 4; j++) row[j] = (row[j] as number) - factor * (pivot[j] as number);
    }
  }
  const [c0, c1, c2] = matrix.map((row, i) => (row[3] as number) / (row[i] as number)) as [
    number,
    number,
    number,
  ];
  const u = x - centre;
  return c0 + c1 * u + c2 * u * u;
}

/**
 * k-sample Anderson-Darling test (ties by midranks unless `midrank` is false). The p-value is interpolated between
 * published critical values and therefore confined to [0.001, 0.25], as in SciPy.
 */
export function andersonDarlingKSample(
  samples: readonly NumericSample[],
  options: { readonly midrank?: boolean } = {},
): TestResult {
  const where = "andersonDarlingKSample";
  if (samples.length < 2) throw new StatisticsError(where, "at least two samples", samples.length);
  const sorted = samples.map((s, i) => sortedCopy(`${where}.samples[${i}]`, s));
  const total = sumBy(sorted, (s) => s.length);
  const pooled = new Float64Array(total);
  let offset = 0;
  for (const s of sorted) {
    pooled.set(s, offset);
    offset += s.length;
  }
  pooled.sort();
  if (pooled[0] === pooled[total - 1])
    throw new StatisticsError(where, "at least two distinct values", pooled[0]);
  if (total < 4) throw new StatisticsError(where, "at least four values in all", total);
  const m = sorted.length - 1;
  const raw = rawStatistic(sorted, pooled, options.midrank !== false);
  const statistic = (raw - m) / Math.sqrt(nullVariance(sorted, total));
  const critical = B0.map((b0, i) => b0 + (B1[i] as number) / Math.sqrt(m) + (B2[i] as number) / m);
  if (statistic < Math.min(...critical)) return { statistic, pValue: 0.25 };
  if (statistic > Math.max(...critical)) return { statistic, pValue: 0.001 };
  return { statistic, pValue: Math.exp(interpolatedLogLevel(critical, statistic)) };
}
