import {
  chiSquareContingency,
  chiSquared,
  fisherExact,
  hypergeometricTail,
  normal,
  sumBy,
} from "../statistics/index.ts";
import type { ComponentResult } from "./componentResult.ts";
import type { CountTable } from "./countTable.ts";

/** Least expected count of a cell, in the smaller sample, for the chi-squared law to hold. */
const LEAST_EXPECTED = 5;

/** Joins the rarest cells (by pooled count, so blind to which side is which) into cells that are expected often enough. */
function joinRareCells(table: CountTable): [number[], number[]] {
  const { reference, window, referenceTotal, windowTotal } = table;
  const least = (LEAST_EXPECTED * (referenceTotal + windowTotal)) / Math.min(referenceTotal, windowTotal);
  const pooled = (k: number): number => (reference[k] as number) + (window[k] as number);
  const cells: [number, number][] = [];
  for (const k of Array.from(reference.keys()).sort((i, j) => pooled(i) - pooled(j) || i - j)) {
    const open = cells.at(-1);
    if (open === undefined || open[0] + open[1] >= least) cells.push([0, 0]);
    const cell = cells.at(-1) as [number, number];
    cell[0] += reference[k] as number;
    cell[1] += window[k] as number;
  }
  const last = cells.at(-1);
  if (cells.length > 1 && last !== undefined && last[0] + last[1] < least) {
    cells.pop();
    const cell = cells.at(-1) as [number, number];
    cells[cells.length - 1] = [cell[0] + last[0], cell[1] + last[1]];
  }
  return [cells.map(([r]) => r), cells.map(([, w]) => w)];
}

/** Homogeneity of categories; the effect is the total variation distance between the shares. */
export function categoriesTest(table: CountTable): ComponentResult {
  const rows = joinRareCells(table);
  const effect = totalVariationOf(table);
  const base = { component: "categories" as const, effect };
  if (rows[0].length < 2) return { ...base, test: "chi-squared", statistic: 0, pValue: 1 };
  if (rows[0].length === 2) {
    const [r, c] = rows as [[number, number], [number, number]];
    return { ...base, ...twoByTwo([r[0], r[1]], [c[0], c[1]]) };
  }
  const statistic = exactChiSquare(rows[0], rows[1]);
  return { ...base, test: "chi-squared", statistic, pValue: chiSquared.sf(statistic, rows[0].length - 1) };
}

/**
 * Pearson's statistic, each cell's distance being the normal deviate of its exact (hypergeometric) tail: with few expected the raw
 * distance is too large as often as not, by a factor of two at the chances that matter here.
 */
function exactChiSquare(reference: readonly number[], window: readonly number[]): number {
  const [n, m] = [reference, window].map((row) => row.reduce((a, b) => a + b)) as [number, number];
  return window.reduce((sum, count, k) => {
    const pooled = count + (reference[k] as number);
    const z = normal.quantile(
      Math.max(Number.MIN_VALUE, hypergeometricTail(count, pooled, n + m - pooled, m)),
    );
    return sum + (1 - pooled / (n + m)) * z * z;
  }, 0);
}

export function totalVariationOf(table: CountTable): number {
  const { referenceTotal: n, windowTotal: m } = table;
  return sumBy(table.reference, (r, k) => Math.abs(r / n - (table.window[k] as number) / m)) / 2;
}

/** Expected count from which the corrected chi-squared law is as good as Fisher's exact test. */
const MANY_EXPECTED = 100;

/** Fisher's exact test where an expected count is not large, else chi-squared with Yates's correction. */
function twoByTwo(
  r: readonly [number, number],
  c: readonly [number, number],
): Omit<ComponentResult, "component" | "effect"> {
  const total = r[0] + r[1] + c[0] + c[1];
  const least = (Math.min(r[0] + c[0], r[1] + c[1]) * Math.min(r[0] + r[1], c[0] + c[1])) / total;
  if (least === 0) return { test: "chi-squared", statistic: 0, pValue: 1 };
  if (least < MANY_EXPECTED) return { test: "Fisher exact", ...finite(fisherExact([r, c])) };
  const { statistic, pValue } = chiSquareContingency([r, c]);
  return { test: "chi-squared", statistic, pValue };
}

/** JSON has no infinity; an odds ratio without bound is written as the largest double. */
function finite<T extends { statistic: number; pValue: number }>(
  result: T,
): { statistic: number; pValue: number } {
  return { statistic: Math.min(result.statistic, Number.MAX_VALUE) || 0, pValue: result.pValue };
}

/** Smallest chance over all tilts that Chernoff's bound allows for `rows` or more out of independent lots (how many of each size). */
function chernoffBound(sizes: ReadonlyMap<number, number>, logShare: number, rows: number): number {
  // Chances as logits, so that the smallest of them neither vanish nor overflow when tilted.
  const lots = Array.from(sizes, ([size, count]) => {
    const logRest = Math.log1p(-Math.exp(size * logShare));
    return { size, count, logit: size * logShare - logRest, logRest };
  });
  const meanAt = (tilt: number): number =>
    lots.reduce(
      (sum, { size, count, logit }) => sum + (count * size) / (1 + Math.exp(-tilt * size - logit)),
      0,
    );
  const softplus = (x: number): number => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));
  let [low, high] = [0, 1];
  while (meanAt(high) < rows && high < 64) high *= 2;
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (meanAt(middle) < rows) low = middle;
    else high = middle;
  }
  const exponent = lots.reduce(
    (sum, { size, count, logit, logRest }) => sum + count * (logRest + softplus(low * size + logit)),
    0,
  );
  return Math.min(1, Math.exp(exponent - low * rows));
}

/**
 * Rows in categories that the reference never saw. Were both sides drawn alike, a category with t rows in both together
 * would lie in the window alone with a chance of at most (m / (n + m)) ** t, and one that does makes others less likely to
 * (they are negatively associated), so that Chernoff's bound holds; it is the p-value. Asked, and paid for, also when
 * there are no such rows: a question that counts only once it has an answer brings false alarms of its own.
 */
export function unseenTest({ byName, windowTotal: m }: CountTable): ComponentResult | undefined {
  if (byName === undefined || byName.referenceTotal === 0) return undefined;
  const { lots, unseen } = byName;
  const logShare = Math.log(m / (byName.referenceTotal + m));
  const expected = lots
    .entries()
    .reduce((sum, [size, count]) => sum + count * size * Math.exp(size * logShare), 0);
  const pValue = unseen > expected ? chernoffBound(lots, logShare, unseen) : 1;
  const effect = Math.max(0, (unseen - expected) / m);
  return { component: "unseen", test: "Chernoff bound", statistic: unseen, pValue, effect };
}

/** Change of the share of rows without a value; nothing when neither side misses any. */
export function missingTest(
  reference: { readonly rows: number; readonly missing: number },
  window: { readonly rows: number; readonly missing: number },
): ComponentResult | undefined {
  if (reference.missing === 0 && window.missing === 0) return undefined;
  const result = twoByTwo(
    [reference.missing, reference.rows - reference.missing],
    [window.missing, window.rows - window.missing],
  );
  const effect = window.missing / window.rows - reference.missing / reference.rows;
  return { component: "missing", ...result, effect };
}
