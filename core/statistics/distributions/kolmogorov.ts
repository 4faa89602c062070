import { binomialDensity } from "../special/binomial.ts";
import { invertTails } from "../special/invert.ts";
import { durbinMatrix } from "./durbinMatrix.ts";
import { pelzGood } from "./pelzGood.ts";

/**
 * Upper tail of Smirnov's one-sided statistic: P(D+ >= d) for n points. Each term of the sum is a binomial
 * probability, so nothing overflows and small tails keep their digits.
 */
export function smirnovUpperTail(n: number, d: number): number {
  if (d <= 0) return 1;
  if (d >= 1) return 0;
  const last = Math.floor(n * (1 - d));
  let sum = 0;
  for (let j = last; j >= 1; j--) {
    const p = d + j / n;
    const q = 1 - p;
    if (q < 0) continue;
    sum += (binomialDensity(j, n, p, q) * d) / p;
  }
  return Math.min(1, sum + Math.exp(n * Math.log1p(-d)));
}

function logFactorialOverPower(n: number): number {
  // log(n! / n^n) by Stirling; only used for n > 140.
  return Math.log(2 * Math.PI * n) / 2 - n + (1 / 12 - 1 / (360 * n * n)) / n;
}

/** Ruben and Gambino's closed form for n d <= 1. */
function smallEnd(n: number, t: number): number {
  if (t <= 0.5) return 0;
  if (n > 140) return Math.exp(logFactorialOverPower(n) + n * Math.log(2 * t - 1));
  let product = 1;
  for (let i = 1; i <= n; i++) product *= (i / n) * (2 * t - 1);
  return product;
}

/** Both tails; the branch points are those of Simard and L'Ecuyer (2011). */
function tails(d: number, n: number): { cdf: number; sf: number } {
  if (Number.isNaN(d) || !Number.isInteger(n) || n <= 0) return { cdf: Number.NaN, sf: Number.NaN };
  if (d >= 1) return { cdf: 1, sf: 0 };
  if (d <= 0) return { cdf: 0, sf: 1 };
  const t = n * d;
  if (t <= 1) return fromCdf(smallEnd(n, t));
  if (t >= n - 1) return fromSf(2 * (1 - d) ** n);
  if (d >= 0.5) return fromSf(2 * smirnovUpperTail(n, d));
  const square = t * d;
  if (n <= 140) return square <= 4 ? fromCdf(durbinMatrix(n, d)) : fromSf(2 * smirnovUpperTail(n, d));
  if (square >= 370) return { cdf: 1, sf: 0 };
  // Each tail comes from where it is best (and where SciPy takes it): the upper one from Smirnov's sum.
  const central = square >= 18 ? { cdf: 1, sf: 0 } : fromCdf(centralCdf(n, d));
  return square >= 2.2 ? { cdf: central.cdf, sf: clip(2 * smirnovUpperTail(n, d)) } : central;
}

function centralCdf(n: number, d: number): number {
  return n <= 100_000 && n * d ** 1.5 <= 1.4 ? durbinMatrix(n, d) : pelzGood(n, d);
}

function clip(p: number): number {
  return Math.min(1, Math.max(0, p));
}
function fromCdf(cdf: number): { cdf: number; sf: number } {
  return { cdf: clip(cdf), sf: clip(1 - cdf) };
}
function fromSf(sf: number): { cdf: number; sf: number } {
  return { cdf: clip(1 - sf), sf: clip(sf) };
}

/** Law of the two-sided one-sample Kolmogorov statistic D for n points (SciPy's "kstwo"), finite n, not the limit. */
export const kolmogorov = {
  cdf: (d: number, n: number): number => tails(d, n).cdf,
  sf: (d: number, n: number): number => tails(d, n).sf,
  quantile(p: number, n: number): number {
    if (!(p >= 0 && p <= 1)) return Number.NaN;
    if (p === 0) return 0.5 / n;
    if (p === 1) return 1;
    const law = { cdf: (d: number) => tails(d, n).cdf, sf: (d: number) => tails(d, n).sf };
    return invertTails(p, law, 0.5 / n, 1, Math.min(0.9, 0.85 / Math.sqrt(n)));
  },
} as const;
