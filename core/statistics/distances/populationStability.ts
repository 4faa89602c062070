import { chiSquared } from "../distributions/chiSquared.ts";
import { sumBy, sumOf } from "../sums.ts";
import type { TestResult } from "../types.ts";
import { sharesOf } from "./probabilityDistances.ts";

/** What fills an empty class: 1e-4 as a share, or a millionth of the smallest share when that is smaller still. */
const FLOOR = 1e-4;

/** Fills empty classes without renormalisation, as credit scoring (and Evidently) does it. */
function filled(shares: readonly number[]): readonly number[] {
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
  const pairs = sharesOf("populationStabilityIndex", reference, current);
  const used = Array.from(reference.keys()).filter((i) => pairs.some((shares) => (shares[i] as number) > 0));
  const [p, q] = pairs.map((shares) => filled(used.map((i) => shares[i] as number))) as [number[], number[]];
  const statistic = sumBy(p, (share, i) => (share - (q[i] as number)) * Math.log(share / (q[i] as number)));
  const df = used.length - 1;
  const spread = 1 / sumOf(reference) + 1 / sumOf(current);
  return { statistic, pValue: df === 0 ? 1 : chiSquared.sf(statistic / spread, df) };
}
