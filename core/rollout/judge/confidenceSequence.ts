import { normal, studentT, sumOf } from "../../statistics/index.ts";

/** Autocorrelation above this is taken as this: a longer memory cannot be told from a trend in a few hundred looks. */
const MOST_CORRELATION = 0.97;
/** Correlation assumed of a series of no looks, falling to none at SETTLED_LOOKS. */
const UNSEEN_CORRELATION = 0.9;
const SETTLED_LOOKS = 36;
/** Prior scale of the mixture: bounds are tightest near 1 / MIXTURE looks. */
const MIXTURE = 0.1;

/**
 * How much more the mean of a series varies than that of independent points: (1 + r) / (1 - r) for the lag-one
 * correlation r, corrected for the downward bias that short series have (Kendall 1954). At least 1. `seenOnly` leaves out what a short series may hide.
 */
export function varianceInflation(series: readonly number[], seenOnly = false): number {
  const n = series.length;
  if (n < 3) return 1;
  const mean = sumOf(series) / n;
  let squares = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    const gap = (series[i] as number) - mean;
    squares += gap * gap;
    if (i > 0) products += gap * ((series[i - 1] as number) - mean);
  }
  if (squares === 0) return 1;
  const raw = products / squares;
  // Noise of an uncorrelated series mostly stays inside 1.3 / sqrt(n): there it is taken for none. Past it, the short
  // series' bias and a good standard error are added, because a correlation taken too small is a false alarm. This and
  // SETTLED_LOOKS are chosen by simulation: docs/error-rates.md has what they reach.
  const noise = 1 / Math.sqrt(n);
  const threshold = seenOnly ? 2 * noise : 1.3 * noise;
  const corrected = raw > threshold ? raw + (1 + 3 * raw) / n + 1.3 * noise : 0;
  // Before SETTLED looks a correlation cannot be ruled out by not seeing it.
  const unseen = seenOnly ? 0 : UNSEEN_CORRELATION * Math.max(0, 1 - n / SETTLED_LOOKS);
  const r = Math.min(MOST_CORRELATION, Math.max(corrected, unseen));
  return Math.max(1, (1 + r) / (1 - r));
}

/**
 * Half-width, in standard errors, of a confidence sequence with one-sided error `alpha` after `n` effective looks:
 * normal mixture (Robbins 1970; Johari, Pekelis and Walsh 2017), widened to Student's law when the variance was
 * estimated from `df` + 1 looks.
 */
export function boundary(n: number, alpha: number, df = Infinity): number {
  const v = n * MIXTURE;
  const z = Math.sqrt(2 * (1 + 1 / v) * Math.log(Math.sqrt(v + 1) / alpha));
  return df === Infinity ? z : -studentT.quantile(normal.sf(z), Math.max(2, df));
}
