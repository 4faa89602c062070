import { deviance, stirlingError } from "./gamma.ts";

/** Probability of k successes in n trials with success probability p (and q = 1 - p, given apart so that it may be tiny). */
export function binomialDensity(k: number, n: number, p: number, q: number): number {
  if (p === 0) return k === 0 ? 1 : 0;
  if (q === 0) return k === n ? 1 : 0;
  if (k < 0 || k > n) return 0;
  if (k === 0) return n === 0 ? 1 : Math.exp(p < 0.1 ? n * Math.log1p(-p) : n * Math.log(q));
  if (k === n) return Math.exp(q < 0.1 ? n * Math.log1p(-q) : n * Math.log(p));
  const rest = n - k;
  const exponent =
    stirlingError(n) - stirlingError(k) - stirlingError(rest) - deviance(k, n * p) - deviance(rest, n * q);
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * rest));
}

/** Probability of k marked among `draws` taken without replacement from `marked` marked and `plain` plain ones. */
export function hypergeometricDensity(k: number, marked: number, plain: number, draws: number): number {
  if (k < 0 || k > marked || draws - k > plain || draws - k < 0) return 0;
  const total = marked + plain;
  if (draws === 0 || total === 0) return k === 0 ? 1 : 0;
  const p = draws / total;
  const q = (total - draws) / total;
  const numerator = binomialDensity(k, marked, p, q) * binomialDensity(draws - k, plain, p, q);
  return numerator / binomialDensity(draws, total, p, q);
}

/**
 * Chance of a count farther from its mean than `k` on the same side, half the chance of `k` itself included (mid-p): `draws` from `marked`
 * and `plain` ones without replacement.
 */
export function hypergeometricTail(k: number, marked: number, plain: number, draws: number): number {
  const step = k * (marked + plain) < draws * marked ? -1 : 1;
  // Downwards in k is upwards in the unmarked ones.
  const [from, same, other] = step === 1 ? [k, marked, plain] : [draws - k, plain, marked];
  let term = hypergeometricDensity(k, marked, plain, draws);
  let tail = term / 2;
  for (let i = from; term > tail * Number.EPSILON; i++) {
    term *= ((same - i) * (draws - i)) / ((i + 1) * (other - draws + i + 1));
    tail += term;
  }
  return tail;
}
