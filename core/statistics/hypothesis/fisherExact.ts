import { hypergeometricDensity } from "../special/binomial.ts";
import type { Alternative, TestResult } from "../types.ts";
import { StatisticsError } from "../types.ts";

/** Tables whose probability is within this of the observed one count as equally likely (true ties differ by rounding only). */
const TIE = 1 + 1e-10;

/** Fisher's exact test on a 2 x 2 table of counts; the statistic is the sample odds ratio. */
export function fisherExact(
  table: readonly [readonly [number, number], readonly [number, number]],
  options: { readonly alternative?: Alternative } = {},
): TestResult {
  const [[a, b], [c, d]] = table;
  if ([a, b, c, d].some((v) => !Number.isInteger(v) || v < 0)) {
    throw new StatisticsError("fisherExact", "four whole counts of 0 or more", table);
  }
  if (a + b === 0 || c + d === 0 || a + c === 0 || b + d === 0) return { statistic: Number.NaN, pValue: 1 };
  const statistic = c > 0 && b > 0 ? (a * d) / (b * c) : Infinity;
  const marked = a + b;
  const plain = c + d;
  const draws = a + c;
  const density = (k: number): number => hypergeometricDensity(k, marked, plain, draws);
  const low = Math.max(0, draws - plain);
  const high = Math.min(draws, marked);
  const { alternative = "two-sided" } = options;
  const bound = density(a) * TIE;
  let pValue = 0;
  for (let k = low; k <= high; k++) {
    if (alternative === "less" ? k > a : alternative === "greater" && k < a) continue;
    const p = density(k);
    if (alternative !== "two-sided" || p <= bound) pValue += p;
  }
  return { statistic, pValue: Math.min(1, pValue) };
}
