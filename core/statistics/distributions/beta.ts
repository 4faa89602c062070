import { incompleteBeta } from "../special/beta.ts";
import { invertTails } from "../special/invert.ts";

function quantileFrom(p: number, a: number, b: number, upperTail: boolean): number {
  if (!(p >= 0 && p <= 1) || !(a > 0) || !(b > 0)) return Number.NaN;
  if (p === (upperTail ? 1 : 0)) return 0;
  if (p === (upperTail ? 0 : 1)) return 1;
  const tails = { cdf: (x: number) => beta.cdf(x, a, b), sf: (x: number) => beta.sf(x, a, b) };
  return invertTails(p, tails, 0, 1, a / (a + b), upperTail);
}

/** Beta law on [0, 1] with shapes a, b > 0. */
export const beta = {
  cdf: (x: number, a: number, b: number): number => incompleteBeta(a, b, x).lower,
  sf: (x: number, a: number, b: number): number => incompleteBeta(a, b, x).upper,
  quantile: (p: number, a: number, b: number): number => quantileFrom(p, a, b, false),
  isf: (p: number, a: number, b: number): number => quantileFrom(p, a, b, true),
} as const;
