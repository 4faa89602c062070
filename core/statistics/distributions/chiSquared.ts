import { incompleteGamma } from "../special/gamma.ts";
import { invertTails } from "../special/invert.ts";
import { normal } from "./normal.ts";

function quantileFrom(p: number, df: number, upperTail: boolean): number {
  if (!(p >= 0 && p <= 1) || !(df > 0)) return Number.NaN;
  if (p === (upperTail ? 1 : 0)) return 0;
  if (p === (upperTail ? 0 : 1)) return Infinity;
  const z = upperTail ? normal.isf(p) : normal.quantile(p);
  // Wilson and Hilferty's cube-root start.
  const c = 2 / (9 * df);
  const start = Math.max(df * (1 - c + z * Math.sqrt(c)) ** 3, df * 1e-3);
  const tails = { cdf: (x: number) => chiSquared.cdf(x, df), sf: (x: number) => chiSquared.sf(x, df) };
  return invertTails(p, tails, 0, Infinity, start, upperTail);
}

/** Chi-squared law with `df` > 0 degrees of freedom (not necessarily whole). */
export const chiSquared = {
  cdf: (x: number, df: number): number => incompleteGamma(df / 2, x / 2).lower,
  sf: (x: number, df: number): number => incompleteGamma(df / 2, x / 2).upper,
  quantile: (p: number, df: number): number => quantileFrom(p, df, false),
  isf: (p: number, df: number): number => quantileFrom(p, df, true),
} as const;
