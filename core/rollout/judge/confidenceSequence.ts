import { normal, studentT, sumBy, sumOf } from "../../statistics/index.ts";

/** Autocorrelation above this is taken as this: a longer memory cannot be told from a trend in a few hundred looks. */
const MOST_CORRELATION = 0.97;
/** Correlation assumed of a series of no looks, falling to none at so many looks: later where some is seen, however little. */
const UNSEEN_CORRELATION = 0.9;
const SETTLED_LOOKS = 36;
const SETTLED_LATE = 54;
/** Prior scale of the mixture: bounds are tightest near 1 / MIXTURE looks. */
const MIXTURE = 0.1;

/** Correlation of a series with itself one, two and three looks before; 0 where nothing varies. */
export function autocorrelations(series: readonly number[]): readonly [number, number, number] {
  const mean = sumOf(series) / series.length;
  const gaps = series.map((value) => value - mean);
  const squares = sumBy(gaps, (gap) => gap * gap);
  const at = (lag: number): number => {
    let products = 0;
    for (let i = lag; i < gaps.length; i++) products += (gaps[i] as number) * (gaps[i - lag] as number);
    return squares === 0 ? 0 : products / squares;
  };
  return [at(1), at(2), at(3)];
}

/**
 * How much more the mean of a series varies than that of independent points: 1 + 2 r / (1 - d) for the lag-one correlation r, corrected
 * for the downward bias that short series have (Kendall 1954), and its decay d from lag to lag, which is r itself or, where noise hides a longer
 * memory, what further lags show. At least 1. Correlations up to `noise` standard errors are taken for none: 1.6 holds most uncorrelated series.
 */
export function varianceInflation(series: readonly number[], noise = 1.6): number {
  const n = series.length;
  if (n < 3) return 1;
  const [first, second, third] = autocorrelations(series);
  const error = 1 / Math.sqrt(n);
  const isSeen = first > noise * error;
  // A correlation taken too small is a false alarm: the short series' bias and a good standard error are added. This, the
  // noise and the settled looks are chosen by simulation: docs/error-rates.md has what they reach.
  const corrected = isSeen ? first + (1 + 3 * first) / n + 1.3 * error : 0;
  const unseen = UNSEEN_CORRELATION * Math.max(0, 1 - n / (first > 0 ? SETTLED_LATE : SETTLED_LOOKS));
  const r = Math.min(MOST_CORRELATION, Math.max(corrected, unseen));
  const further = isSeen && second > 0 ? Math.min(MOST_CORRELATION, (second + third) / (first + second)) : 0;
  return 1 + (2 * r) / (1 - Math.max(r, further));
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
