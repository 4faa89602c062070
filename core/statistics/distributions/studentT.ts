import { incompleteBeta } from "../special/beta.ts";
import { invertTails } from "../special/invert.ts";
import { normal } from "./normal.ts";

/** Upper tail for t >= 0. */
function upperTail(t: number, df: number): number {
  if (t === Infinity) return 0;
  const square = t * t;
  return 0.5 * incompleteBeta(df / 2, 0.5, df / (df + square), square / (df + square)).lower;
}

/** Student's t law with `df` > 0 degrees of freedom (not necessarily whole; `Infinity` is the normal law). */
export const studentT = {
  cdf: (t: number, df: number): number => studentT.sf(-t, df),
  sf(t: number, df: number): number {
    if (!(df > 0) || Number.isNaN(t)) return Number.NaN;
    if (df === Infinity) return normal.sf(t);
    return t >= 0 ? upperTail(t, df) : 1 - upperTail(-t, df);
  },
  quantile(p: number, df: number): number {
    if (!(p >= 0 && p <= 1) || !(df > 0)) return Number.NaN;
    if (p === 0) return -Infinity;
    if (p === 1) return Infinity;
    if (p === 0.5) return 0;
    if (df === Infinity) return normal.quantile(p);
    const tails = { cdf: (x: number) => studentT.cdf(x, df), sf: (x: number) => studentT.sf(x, df) };
    return invertTails(p, tails, -Infinity, Infinity, normal.quantile(p), false);
  },
} as const;
