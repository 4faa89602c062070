import { StatisticsError } from "../types.ts";

type Weights = readonly number[] | Float64Array;

/** Shares that sum to one; refuses negative weights and an empty total. */
function normalised(where: string, weights: Weights): Float64Array {
  let total = 0;
  for (const w of weights) {
    if (!(w >= 0) || w === Infinity) throw new StatisticsError(where, "weights of 0 or more", w);
    total += w;
  }
  if (!(total > 0)) throw new StatisticsError(where, "weights with a positive sum", total);
  return Float64Array.from(weights, (w) => w / total);
}

/** Both sides as shares of as many classes. */
export function sharesOf(where: string, p: Weights, q: Weights): [Float64Array, Float64Array] {
  if (p.length !== q.length) throw new StatisticsError(where, `${p.length} weights on both sides`, q.length);
  return [normalised(`${where}.p`, p), normalised(`${where}.q`, q)];
}

function sumOver(p: Float64Array, q: Float64Array, term: (p: number, q: number) => number): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += term(p[i] as number, q[i] as number);
  return sum;
}

function relativeEntropy(p: number, q: number): number {
  if (p === 0) return 0;
  return q === 0 ? Infinity : p * Math.log(p / q);
}

/** Kullback-Leibler divergence of q from p, natural logarithm; infinite where q misses what p has. Inputs are normalised. */
export function klDivergence(p: Weights, q: Weights): number {
  return sumOver(...sharesOf("klDivergence", p, q), relativeEntropy);
}

/** What shares of one category on both sides add to the Jensen-Shannon divergence, natural logarithm. */
export function jensenShannonTerm(p: number, q: number): number {
  const middle = (p + q) / 2;
  return (relativeEntropy(p, middle) + relativeEntropy(q, middle)) / 2;
}

/** Jensen-Shannon distance (the square root of the divergence), logarithm to `base` (default e, as in SciPy). */
export function jensenShannonDistance(p: Weights, q: Weights, base: number = Math.E): number {
  const [a, b] = sharesOf("jensenShannonDistance", p, q);
  const divergence = sumOver(a, b, jensenShannonTerm);
  return Math.sqrt(Math.max(0, divergence) / (base === Math.E ? 1 : Math.log(base)));
}

/** Hellinger distance, 0 to 1. */
export function hellingerDistance(p: Weights, q: Weights): number {
  const affinity = sumOver(...sharesOf("hellingerDistance", p, q), (x, y) => Math.sqrt(x * y));
  return Math.sqrt(Math.max(0, 1 - Math.min(1, affinity)));
}

/** Total variation distance: half the sum of absolute differences, 0 to 1. */
export function totalVariation(p: Weights, q: Weights): number {
  return sumOver(...sharesOf("totalVariation", p, q), (x, y) => Math.abs(x - y)) / 2;
}

/** Largest absolute difference of shares. */
export function linfDistance(p: Weights, q: Weights): number {
  const [a, b] = sharesOf("linfDistance", p, q);
  let largest = 0;
  for (let i = 0; i < a.length; i++)
    largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
  return largest;
}

/**
 * Sample-size-aware form of a maximum distance: what is left of it after c sqrt((n + m) / (n m)), never below 0.
 * c is 1.8 unless a false-alarm level is given: then sqrt(-log(level / 2) / 2).
 */
export function robustLinfDistance(distance: number, n: number, m: number, level?: number): number {
  const c = level === undefined ? 1.8 : Math.sqrt(-Math.log(level / 2) / 2);
  return Math.max(0, distance - c * Math.sqrt((n + m) / (n * m)));
}
