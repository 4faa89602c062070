import { chiSquared } from "../distributions/chiSquared.ts";
import { sumBy, sumOf } from "../sums.ts";
import type { TestResult } from "../types.ts";
import { StatisticsError } from "../types.ts";

export interface ContingencyResult extends TestResult {
  readonly degreesOfFreedom: number;
  readonly expected: readonly (readonly number[])[];
}

function requireCounts(where: string, rows: readonly (readonly number[])[]): void {
  if (rows.some((row) => row.some((count) => !(count >= 0) || count === Infinity)))
    throw new StatisticsError(where, "counts of 0 or more", rows);
}

/** Expected counts under independence of rows and columns. */
export function expectedCounts(table: readonly (readonly number[])[]): number[][] {
  const rowSums = table.map((row) => sumOf(row));
  const columnSums = (table[0] ?? []).map((_, j) => sumBy(table, (row) => row[j] as number));
  const total = sumOf(rowSums);
  return rowSums.map((r) => columnSums.map((c) => (r * c) / total));
}

/**
 * Pearson's chi-squared test of independence. `correction` (default true) is Yates's, used only with one degree
 * of freedom. Refuses tables with a zero row or column: leave such rows and columns out.
 */
export function chiSquareContingency(
  table: readonly (readonly number[])[],
  options: { readonly correction?: boolean } = {},
): ContingencyResult {
  const where = "chiSquareContingency";
  const width = table[0]?.length ?? 0;
  if (width === 0 || table.some((row) => row.length !== width)) {
    throw new StatisticsError(
      where,
      "a table with rows of one length",
      table.map((row) => row.length),
    );
  }
  requireCounts(where, table);
  const expected = expectedCounts(table);
  if (expected.some((row) => row.some((v) => !(v > 0)))) {
    throw new StatisticsError(where, "no empty row or column", table);
  }
  const degreesOfFreedom = (table.length - 1) * (width - 1);
  if (degreesOfFreedom === 0) return { statistic: 0, pValue: 1, degreesOfFreedom, expected };
  const isCorrected = degreesOfFreedom === 1 && options.correction !== false;
  let statistic = 0;
  table.forEach((row, i) => {
    row.forEach((observed, j) => {
      const wanted = expected[i]?.[j] as number;
      const distance = Math.abs(observed - wanted);
      const gap = isCorrected ? distance - Math.min(0.5, distance) : distance;
      statistic += (gap * gap) / wanted;
    });
  });
  return { statistic, pValue: chiSquared.sf(statistic, degreesOfFreedom), degreesOfFreedom, expected };
}

/** Relative disagreement of the two sums that is still taken for rounding, as in SciPy. */
const SUM_TOLERANCE = 1.4901161193847656e-8;

/**
 * Chi-squared goodness of fit of observed to expected counts (default: all equal); `ddof` parameters were estimated. One class fits always; without a
 * degree of freedom p is NaN otherwise.
 */
export function chiSquareGoodnessOfFit(
  observed: readonly number[],
  expected?: readonly number[],
  ddof = 0,
): TestResult {
  const where = "chiSquareGoodnessOfFit";
  if (observed.length === 0) throw new StatisticsError(where, "at least one class", observed);
  const total = sumOf(observed);
  const wanted = expected ?? observed.map(() => total / observed.length);
  if (wanted.length !== observed.length)
    throw new StatisticsError(where, `${observed.length} expected counts`, wanted.length);
  const wantedTotal = sumOf(wanted);
  requireCounts(where, [observed, wanted]);
  if (Math.abs(total - wantedTotal) / Math.min(total, wantedTotal) > SUM_TOLERANCE) {
    throw new StatisticsError(where, "observed and expected counts with one sum", [total, wantedTotal]);
  }
  let statistic = 0;
  observed.forEach((o, i) => {
    const e = wanted[i] as number;
    if (o !== e) statistic += (o - e) ** 2 / e;
  });
  const df = observed.length - 1 - ddof;
  if (observed.length === 1) return { statistic, pValue: 1 };
  return { statistic, pValue: df > 0 ? chiSquared.sf(statistic, df) : Number.NaN };
}
