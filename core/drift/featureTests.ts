import { chiSquareContingency, fisherExact, ksPValue, normal } from "../statistics/index.ts";
import type { CountTable } from "./countTable.ts";

export type ComponentName = "location" | "spread" | "shape" | "categories" | "unseen" | "missing";

/** One question asked about a feature, with its answer. */
export interface ComponentResult {
  readonly component: ComponentName;
  readonly test: string;
  readonly statistic: number;
  readonly pValue: number;
  /** Size of the change in the component's own unit, signed where it has a direction. */
  readonly effect: number;
}

/**
 * Linear rank test on grouped data. Cells get a score of their pooled midrank; given the pooled counts, the null mean
 * and variance of the window's score sum are those of drawing without replacement: exact, whatever the distribution.
 */
function scoreTest(table: CountTable, scores: Float64Array): { z: number; difference: number } {
  const n = table.referenceTotal;
  const m = table.windowTotal;
  const total = n + m;
  let pooledSum = 0;
  let pooledSquares = 0;
  let windowSum = 0;
  let referenceSum = 0;
  scores.forEach((score, k) => {
    const r = table.reference[k] as number;
    const c = table.window[k] as number;
    pooledSum += (r + c) * score;
    pooledSquares += (r + c) * score * score;
    windowSum += c * score;
    referenceSum += r * score;
  });
  const mean = pooledSum / total;
  const variance = ((n * m) / (total * (total - 1))) * (pooledSquares - total * mean * mean);
  const difference = windowSum / m - referenceSum / n;
  return { z: variance > 1e-12 * total ? (windowSum - m * mean) / Math.sqrt(variance) : 0, difference };
}

/** Normal quantile of the pooled midrank of each cell (van der Waerden). */
function normalScores(table: CountTable): Float64Array {
  const total = table.referenceTotal + table.windowTotal;
  let below = 0;
  return table.reference.map((r, k) => {
    const count = r + (table.window[k] as number);
    const score = normal.quantile((below + count / 2) / total);
    below += count;
    return score;
  });
}

function twoSided(z: number): number {
  return Math.min(1, 2 * normal.sf(Math.abs(z)));
}

/** Location: as powerful as the t test for normal data and never worse for other shapes. Effect in standard deviations. */
export function locationTest(table: CountTable): ComponentResult {
  const { z, difference } = scoreTest(table, normalScores(table));
  return {
    component: "location",
    test: "van der Waerden",
    statistic: z,
    pValue: twoSided(z),
    effect: difference,
  };
}

/** Spread: mean distance from the pooled median in normal scores. Effect is the logarithm of the ratio of the distances. */
export function spreadTest(table: CountTable): ComponentResult {
  const scores = normalScores(table).map(Math.abs);
  const { z } = scoreTest(table, scores);
  const meanOf = (counts: Float64Array, total: number): number =>
    counts.reduce((sum, c, k) => sum + c * (scores[k] as number), 0) / total;
  const reference = meanOf(table.reference, table.referenceTotal);
  const window = meanOf(table.window, table.windowTotal);
  const effect = reference > 0 && window > 0 ? Math.log(window / reference) : 0;
  return { component: "spread", test: "absolute normal scores", statistic: z, pValue: twoSided(z), effect };
}

/** Any other change of shape: Kolmogorov-Smirnov at the edges of the cells (never larger than on raw values). */
export function shapeTest(table: CountTable): ComponentResult {
  const n = table.referenceTotal;
  const m = table.windowTotal;
  let gap = 0;
  let r = 0;
  let c = 0;
  table.reference.forEach((count, k) => {
    r += count;
    c += table.window[k] as number;
    gap = Math.max(gap, Math.abs(r * m - c * n));
  });
  const statistic = gap / (n * m);
  const pValue = ksPValue(gap, n, m, { method: "asymptotic" });
  return { component: "shape", test: "Kolmogorov-Smirnov", statistic, pValue, effect: statistic };
}

/** Least expected count of a cell, in the smaller sample, for the chi-squared law to hold. */
const LEAST_EXPECTED = 5;

/** Joins the rarest cells (by pooled count, so blind to which side is which) until each is expected often enough. */
function joinRareCells(table: CountTable): [number[], number[]] {
  const total = table.referenceTotal + table.windowTotal;
  const least = (LEAST_EXPECTED * total) / Math.min(table.referenceTotal, table.windowTotal);
  const pooled = (k: number): number => (table.reference[k] as number) + (table.window[k] as number);
  const order = Array.from(table.reference.keys()).sort((i, j) => pooled(i) - pooled(j) || i - j);
  const rows: [number[], number[]] = [[], []];
  let rare: [number, number] = [0, 0];
  for (const k of order) {
    const cell: [number, number] = [table.reference[k] as number, table.window[k] as number];
    if (pooled(k) < least || (rare[0] + rare[1] > 0 && rare[0] + rare[1] < least)) {
      rare = [rare[0] + cell[0], rare[1] + cell[1]];
      continue;
    }
    rows[0].push(cell[0]);
    rows[1].push(cell[1]);
  }
  if (rare[0] + rare[1] > 0) {
    rows[0].push(rare[0]);
    rows[1].push(rare[1]);
  }
  return rows;
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
  const { statistic, pValue } = chiSquareContingency(rows);
  return { ...base, test: "chi-squared", statistic, pValue };
}

export function totalVariationOf(table: CountTable): number {
  const { referenceTotal: n, windowTotal: m } = table;
  return (
    table.reference.reduce((sum, r, k) => sum + Math.abs(r / n - (table.window[k] as number) / m), 0) / 2
  );
}

/** Fisher's exact test where an expected count is small, else chi-squared without correction. */
function twoByTwo(
  r: readonly [number, number],
  c: readonly [number, number],
): Omit<ComponentResult, "component" | "effect"> {
  const total = r[0] + r[1] + c[0] + c[1];
  const least = (Math.min(r[0] + c[0], r[1] + c[1]) * Math.min(r[0] + r[1], c[0] + c[1])) / total;
  if (least === 0) return { test: "chi-squared", statistic: 0, pValue: 1 };
  if (least < 2 * LEAST_EXPECTED) return { test: "Fisher exact", ...finite(fisherExact([r, c])) };
  const { statistic, pValue } = chiSquareContingency([r, c], { correction: false });
  return { test: "chi-squared", statistic, pValue };
}

/** JSON has no infinity; an odds ratio without bound is written as the largest double. */
function finite<T extends { statistic: number; pValue: number }>(
  result: T,
): { statistic: number; pValue: number } {
  return { statistic: Math.min(result.statistic, Number.MAX_VALUE) || 0, pValue: result.pValue };
}

/** Rows in categories that the reference never saw, against how many to expect (Good and Turing: its singletons). */
export function unseenTest(table: CountTable): ComponentResult | undefined {
  const { unseen, singletons, namedTotal: n, windowTotal: m } = table;
  if (unseen === undefined || unseen === 0 || n === 0) return undefined;
  // One more than seen on the reference's side: its own share is an estimate, and may be zero by luck.
  const once = Math.min(n, singletons);
  const { pValue } = fisherExact(
    [
      [unseen, m - unseen],
      [once, n - once],
    ],
    { alternative: "greater" },
  );
  const effect = Math.max(0, unseen / m - once / n);
  return { component: "unseen", test: "Fisher exact against Good-Turing", statistic: unseen, pValue, effect };
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
