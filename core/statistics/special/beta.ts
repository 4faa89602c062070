import { binomialDensity } from "./binomial.ts";

const TINY = 1e-300;

function continuedFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  if (Math.abs(d) < TINY) d = TINY;
  d = 1 / d;
  let h = d;
  for (let m = 1; m < 1_000_000; m++) {
    const m2 = 2 * m;
    const even = (m * (b - m) * x) / ((a + m2 - 1) * (a + m2));
    d = 1 + even * d;
    if (Math.abs(d) < TINY) d = TINY;
    c = 1 + even / c;
    if (Math.abs(c) < TINY) c = TINY;
    d = 1 / d;
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + m2) * (a + m2 + 1));
    d = 1 + odd * d;
    if (Math.abs(d) < TINY) d = TINY;
    c = 1 + odd / c;
    if (Math.abs(c) < TINY) c = TINY;
    d = 1 / d;
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return h;
}

/** x^a y^b / (a B(a, b)), from a binomial density, so that large shapes lose no digits. */
function leadingFactor(a: number, b: number, x: number, y: number): number {
  return (binomialDensity(a, a + b, x, y) * b) / (a + b);
}

/**
 * Regularised incomplete beta function I_x(a, b) and its complement. `y` is 1 - x, given apart so that callers who
 * know it exactly lose nothing when x is close to one.
 */
export function incompleteBeta(
  a: number,
  b: number,
  x: number,
  y: number = 1 - x,
): { lower: number; upper: number } {
  if (!(a > 0) || !(b > 0) || Number.isNaN(x)) return { lower: Number.NaN, upper: Number.NaN };
  if (x <= 0) return { lower: 0, upper: 1 };
  if (y <= 0) return { lower: 1, upper: 0 };
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.min(1, leadingFactor(a, b, x, y) * continuedFraction(a, b, x));
    return { lower, upper: 1 - lower };
  }
  const upper = Math.min(1, leadingFactor(b, a, y, x) * continuedFraction(b, a, y));
  return { lower: 1 - upper, upper };
}
