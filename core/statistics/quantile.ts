import type { NumericSample } from "./types.ts";
import { StatisticsError, sortedCopy } from "./types.ts";

/** Hyndman and Fan's sample quantiles 1 to 9; 7 is the default of NumPy, R and spreadsheets. */
export type QuantileType = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** (alpha, beta) of the continuous types: the position is n q + alpha + q (1 - alpha - beta), counted from 1. */
const PLOTTING: Partial<Record<QuantileType, readonly [number, number]>> = {
  4: [0, 1],
  5: [0.5, 0.5],
  6: [0, 0],
  7: [1, 1],
  8: [1 / 3, 1 / 3],
  9: [3 / 8, 3 / 8],
};

/** Quantile 0 <= q <= 1 of a non-empty sample without NaN. */
export function quantile(x: NumericSample, q: number, type: QuantileType = 7): number {
  return quantileSorted(sortedCopy("quantile.x", x), q, type);
}

/** The same for a sample in rising order. */
export function quantileSorted(sorted: NumericSample, q: number, type: QuantileType = 7): number {
  const n = sorted.length;
  if (!(q >= 0 && q <= 1)) throw new StatisticsError("quantile.q", "a number from 0 to 1", q);
  const at = (k: number): number => sorted[Math.min(n, Math.max(1, k)) - 1] as number;
  if (type <= 3) return discontinuous(at, n, q, type);
  const parameters = PLOTTING[type];
  if (parameters === undefined)
    throw new StatisticsError("quantile.type", "a whole number from 1 to 9", type);
  const [alpha, beta] = parameters;
  const position = n * q + alpha + q * (1 - alpha - beta);
  const k = Math.floor(position + 4 * Number.EPSILON);
  const raw = position - k;
  const share = Math.abs(raw) < 4 * Number.EPSILON ? 0 : raw;
  const low = at(k);
  const high = at(k + 1);
  return share === 0 || low === high ? low : low + share * (high - low);
}

function discontinuous(at: (k: number) => number, n: number, q: number, type: QuantileType): number {
  const position = n * q - (type === 3 ? 0.5 : 0);
  const k = Math.floor(position + 4 * Number.EPSILON * Math.max(1, position));
  const isWhole = Math.abs(position - k) <= 4 * Number.EPSILON * Math.max(1, position);
  if (type === 1) return isWhole ? at(k) : at(k + 1);
  if (type === 2) return isWhole && k >= 1 && k < n ? (at(k) + at(k + 1)) / 2 : isWhole ? at(k) : at(k + 1);
  return isWhole && k % 2 === 0 ? at(k) : at(k + 1);
}
