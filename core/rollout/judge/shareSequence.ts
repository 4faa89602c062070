import { logGamma } from "../../statistics/special/gamma.ts";

/** Jeffreys' prior: bounds are narrow near 0, where disagreement of good models lies. */
const PRIOR = 0.5;
const BISECTIONS = 60;

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

/**
 * Log evidence against a mean of `mean`, after `n` values in [0, 1] that add up to `sum`: the beta-binomial mixture (Robbins 1970),
 * a test martingale for shares and, because its factors are convex in the value, a supermartingale for any values in [0, 1].
 */
function logEvidence(sum: number, n: number, mean: number): number {
  const against = (count: number, chance: number): number => (count === 0 ? 0 : count * Math.log(chance));
  return (
    logBeta(PRIOR + sum, PRIOR + n - sum) -
    logBeta(PRIOR, PRIOR) -
    against(sum, mean) -
    against(n - sum, 1 - mean)
  );
}

/** The mean between `inside` (not refuted) and `outside` at which the evidence reaches 1 / `error`. */
function bound(sum: number, n: number, error: number, inside: number, outside: number): number {
  const limit = -Math.log(error);
  if (logEvidence(sum, n, outside) < limit) return outside;
  let [kept, refuted] = [inside, outside];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (kept + refuted) / 2;
    if (logEvidence(sum, n, middle) < limit) kept = middle;
    else refuted = middle;
  }
  return refuted;
}

/**
 * Always-valid bounds of the mean of independent values in [0, 1], shares among them: by Ville's inequality the chance that `low` is
 * ever above the mean, at any of all looks, is at most `lowError`, and that `high` is ever below it at most `highError`.
 */
export function shareBounds(
  sum: number,
  n: number,
  lowError: number,
  highError: number,
): { readonly low: number; readonly high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const mean = sum / n;
  return { low: bound(sum, n, lowError, mean, 0), high: bound(sum, n, highError, mean, 1) };
}
