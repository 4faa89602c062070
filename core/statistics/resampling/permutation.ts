import { type Alternative, type NumericSample, StatisticsError, type TestResult } from "../types.ts";
import { SeededRandom, shuffle } from "./random.ts";

/**
 * Two-sample permutation test of any statistic: p = (1 + as extreme) / (1 + repetitions), never 0. "two-sided" doubles
 * the smaller side. Seeded: same input, same p. Throws `StatisticsError` where the statistic gives no number.
 */
export function permutationTest(
  x: NumericSample,
  y: NumericSample,
  statistic: (x: Float64Array, y: Float64Array) => number,
  options: { readonly repetitions?: number; readonly seed?: number; readonly alternative?: Alternative } = {},
): TestResult {
  const { repetitions = 9999, seed = 1, alternative = "two-sided" } = options;
  const pooled = new Float64Array(x.length + y.length);
  pooled.set(x);
  pooled.set(y, x.length);
  const measure = (): number => {
    const value = statistic(pooled.slice(0, x.length), pooled.slice(x.length));
    if (Number.isNaN(value))
      throw new StatisticsError("permutationTest.statistic", "a number", String(value));
    return value;
  };
  const observed = measure();
  const random = new SeededRandom(seed);
  // Sums in another order differ in the last digits; those are ties, not evidence.
  const slack = Math.abs(observed) * 1e-12;
  let above = 0;
  let below = 0;
  for (let r = 0; r < repetitions; r++) {
    shuffle(pooled, random);
    const value = measure();
    if (value >= observed - slack) above++;
    if (value <= observed + slack) below++;
  }
  const greater = (above + 1) / (repetitions + 1);
  const less = (below + 1) / (repetitions + 1);
  const pValue =
    alternative === "greater" ? greater : alternative === "less" ? less : 2 * Math.min(greater, less);
  return { statistic: observed, pValue: Math.min(1, pValue) };
}
