import { kolmogorov } from "../distributions/kolmogorov.ts";
import { logGamma } from "../special/gamma.ts";
import type { Alternative, NumericSample, TestResult } from "../types.ts";
import { sortedCopy } from "../types.ts";
import { outsideBandProbability, outsideSquareProbability } from "./latticePaths.ts";

export interface KsOptions {
  /**
   * "auto" is exact up to 10,000 values on the longer side. Like SciPy's, "exact" is asymptotic where lattice paths are too many to count: one-sided with
   * unequal sizes from about 1,030 values in all, else where n m / gcd(n, m)^2 passes 2^31.
   */
  readonly method?: "auto" | "exact" | "asymptotic";
  /** "less": the distribution function of x lies below that of y somewhere (x tends to be larger). */
  readonly alternative?: Alternative;
}

const EXACT_UP_TO = 10_000;
const LATTICE_LIMIT = 2 ** 31 - 1;
/** One-sided, of unequal sizes, SciPy counts paths in doubles, and takes the asymptotic law where there are too many: so do we. */
const LARGEST_LOG = Math.log(Number.MAX_VALUE);

function logBinomial(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Largest gaps between the two empirical distribution functions, in units of 1 / (n m), which are whole numbers. */
export function ecdfGaps(x: Float64Array, y: Float64Array): { above: number; below: number } {
  const n = x.length;
  const m = y.length;
  let i = 0;
  let j = 0;
  let above = 0;
  let below = 0;
  while (i < n && j < m) {
    const value = Math.min(x[i] as number, y[j] as number);
    while (i < n && x[i] === value) i++;
    while (j < m && y[j] === value) j++;
    const gap = i * m - j * n;
    if (gap > above) above = gap;
    if (-gap > below) below = -gap;
  }
  return { above, below };
}

/** p-value of a two-sample D given as a whole gap (in units of 1 / (n m)). */
export function ksPValue(gap: number, n: number, m: number, options: KsOptions = {}): number {
  const { method = "auto", alternative = "two-sided" } = options;
  const divisor = greatestCommonDivisor(n, m);
  const wantExact = method === "exact" || (method === "auto" && Math.max(n, m) <= EXACT_UP_TO);
  const isCountable = alternative === "two-sided" || n === m || logBinomial(n + m, n) < LARGEST_LOG;
  const isExact = wantExact && isCountable && (n / divisor) * (m / divisor) < LATTICE_LIMIT;
  if (gap <= 0) return 1;
  if (isExact) {
    const h = gap / divisor;
    if (n === m) return outsideSquareProbability(n, h, alternative === "two-sided");
    return outsideBandProbability(n, m, divisor, h, alternative === "two-sided");
  }
  return asymptoticPValue(gap / (n * m), n, m, alternative);
}

/** Half to even, like NumPy: the effective sample size must be the one SciPy uses. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

function asymptoticPValue(d: number, n: number, m: number, alternative: Alternative): number {
  const big = Math.max(n, m);
  const small = Math.min(n, m);
  const effective = (big * small) / (big + small);
  if (alternative === "two-sided") return kolmogorov.sf(d, Math.max(1, roundHalfEven(effective)));
  const z = Math.sqrt(effective) * d;
  const correction = (2 * z * (big + 2 * small)) / Math.sqrt(big * small * (big + small)) / 3;
  return Math.min(1, Math.exp(-2 * z * z - correction));
}

/** Two-sample Kolmogorov-Smirnov test; statistic and p-value agree with SciPy's `ks_2samp` to 1e-9. */
export function ksTwoSample(x: NumericSample, y: NumericSample, options: KsOptions = {}): TestResult {
  return ksTwoSampleSorted(sortedCopy("ksTwoSample.x", x), sortedCopy("ksTwoSample.y", y), options);
}

/** The same for samples that are sorted already (rising, no NaN), which saves the copy and the sort. */
export function ksTwoSampleSorted(x: Float64Array, y: Float64Array, options: KsOptions = {}): TestResult {
  const { above, below } = ecdfGaps(x, y);
  const { alternative = "two-sided" } = options;
  const gap =
    alternative === "two-sided" ? Math.max(above, below) : alternative === "greater" ? above : below;
  return {
    statistic: gap / (x.length * y.length),
    pValue: Math.min(1, Math.max(0, ksPValue(gap, x.length, y.length, options))),
  };
}
