import { incompleteGamma } from "./gamma.ts";

/** Complementary error function, relative accuracy about 1e-14 down to the smallest positive number. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  const { lower, upper } = incompleteGamma(0.5, x * x);
  return x >= 0 ? upper : 1 + lower;
}

/** Error function. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const { lower } = incompleteGamma(0.5, x * x);
  return x >= 0 ? lower : -lower;
}
