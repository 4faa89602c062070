import { chiSquared } from "../distributions/chiSquared.ts";
import { sumBy, sumOf } from "../sums.ts";
import type { TestResult } from "../types.ts";
import { StatisticsError } from "../types.ts";

/** What fills an empty class: 1e-4 as a share, or a millionth of the smallest share when that is smaller still. */
const FLOOR = 1e-4;

/** Shares of counts with empty classes filled and no renormalisation, as credit scoring (and Evidently) does it. */
export function filledShares(counts: readonly number[]): number[] {
  const total = sumOf(counts);
  const shares = counts.map((c) => c / total);
  if (!shares.includes(0)) return shares;
  const least = Math.min(...shares.filter((s) => s > 0));
  const fill = least <= FLOOR ? least / 1e6 : FLOOR;
  return shares.map((s) => (s === 0 ? fill : s));
}

/**
 * Population stability index of two columns of counts over the same classes. The p-value comes from its null law,
 * (1/n + 1/m) chi-squared with classes - 1 degrees of freedom (Yurdakul and Naranjo 2020).
 */
export function populationStabilityIndex(
  reference: readonly number[],
  current: readonly number[],
): TestResult {
  const where = "populationStabilityIndex";
  if (reference.length !== current.length)
    throw new StatisticsError(where, `${reference.length} counts on both sides`, current.length);
  if ([...reference, ...current].some((count) => !(count >= 0)))
    throw new StatisticsError(where, "counts of 0 or more", [reference, current]);
  const n = sumOf(reference);
  const m = sumOf(current);
  if (!(n > 0) || !(m > 0))
    throw new StatisticsError(where, "counts with a positive sum on both sides", [n, m]);
  const used = reference
    .map((_, i) => i)
    .filter((i) => (reference[i] as number) > 0 || (current[i] as number) > 0);
  const p = filledShares(used.map((i) => reference[i] as number));
  const q = filledShares(used.map((i) => current[i] as number));
  const statistic = sumBy(p, (share, i) => (share - (q[i] as number)) * Math.log(share / (q[i] as number)));
  const df = used.length - 1;
  return { statistic, pValue: df === 0 ? 1 : chiSquared.sf(statistic / (1 / n + 1 / m), df) };
}
