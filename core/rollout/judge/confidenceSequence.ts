import { normal, studentT } from "../../statistics/index.ts";

/** Autocorrelation above this is taken as this: a longer memory cannot be told from a trend in a few hundred looks. */
const MOST_CORRELATION = 0.97;
/** Prior scale of the mixture: bounds are tightest near 1 / MIXTURE looks. */
const MIXTURE = 0.1;

/**
 * How much more the mean of a series varies than that of independent points: (1 + r) / (1 - r) for the lag-one
 * correlation r, corrected for the downward bias that short series have (Kendall 1954). At least 1.
 */
export function varianceInflation(series: readonly number[]): number {
  const n = series.length;
  if (n < 3) return 1;
  const mean = series.reduce((a, b) => a + b, 0) / n;
  let squares = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    const gap = (series[i] as number) - mean;
    squares += gap * gap;
    if (i > 0) products += gap * ((series[i - 1] as number) - mean);
  }
  if (squares === 0) return 1;
  const raw = products / squares;
  // Noise of an uncorrelated series stays inside 1 / sqrt(n); below it nothing is corrected.
  const corrected = raw > 1 / Math.sqrt(n) ? raw + (1 + 3 * raw) / n : Math.max(0, raw);
  const r = Math.min(MOST_CORRELATION, corrected);
  return Math.max(1, (1 + r) / (1 - r));
}

/**
 * Half-width, in standard errors, of a confidence sequence with one-sided error `alpha` after `n` effective looks:
 * normal mixture (Robbins 1970; Johari, Pekelis and Walsh 2017), widened to Student's law for the estimated variance.
 */
export function boundary(n: number, alpha: number): number {
  const v = n * MIXTURE;
  const z = Math.sqrt(2 * (1 + 1 / v) * Math.log(Math.sqrt(v + 1) / alpha));
  const df = Math.max(2, n - 1);
  const tail = normal.sf(z);
  return Math.max(z, -studentT.quantile(tail, df));
}
