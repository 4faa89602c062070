import { logGamma } from "../special/gamma.ts";
import { sumBy } from "../sums.ts";
import { type NumericSample, StatisticsError, type TestResult } from "../types.ts";
import { greatestCommonDivisor } from "./ksTwoSample.ts";
import { pooledRanks } from "./ranks.ts";

/** exp(x) K_nu(x): trapezium rule on the integral form, which converges faster than any power of the step. */
function scaledBesselK(nu: number, x: number): number {
  const step = 1 / 16;
  let sum = 0.5;
  for (let i = 1; i < 2000; i++) {
    const t = i * step;
    const term = Math.exp(-x * (Math.cosh(t) - 1)) * Math.cosh(nu * t);
    sum += term;
    if (term < sum * 1e-18) break;
  }
  return sum * step;
}

/** Limiting law of the Cramer-von Mises statistic (Csorgo and Faraway 1996, formula 1.2). */
function limitCdf(x: number): number {
  let sum = 0;
  for (let k = 0; k < 200; k++) {
    const y = 4 * k + 1;
    const q = (y * y) / (16 * x);
    const weight = Math.exp(logGamma(k + 0.5) - logGamma(k + 1)) / (Math.PI ** 1.5 * Math.sqrt(x));
    const term = weight * Math.sqrt(y) * Math.exp(-2 * q) * scaledBesselK(0.25, q);
    sum += term;
    if (Math.abs(term) < 1e-17) break;
  }
  return sum;
}

/** Points of the midpoint rule on each interval; the integrand is smooth and even in the angle, so that it converges faster than any power. */
const ANGLES = 256;
/** From here on the tail is taken as such and keeps its digits where 1 - cdf would have lost them. */
const TAIL_FROM = 0.5;

/** Upper tail of the limiting law: Smirnov's alternating integrals, over (2k - 1) pi to 2k pi, u = centre - cos(angle) pi / 2. */
function limitTail(x: number): number {
  let sum = 0;
  for (let k = 1; k < 10; k++) {
    let term = 0;
    for (let i = 0; i < ANGLES; i++) {
      const angle = (Math.PI * (i + 0.5)) / ANGLES;
      // Distance from the lower end, without the difference of near numbers that -sin(u) would be there.
      const above = Math.PI * Math.sin(angle / 2) ** 2;
      const u = (2 * k - 1) * Math.PI + above;
      term += (Math.exp((-x * u * u) / 2) * Math.sin(angle)) / Math.sqrt(u * Math.sin(above));
    }
    sum += k % 2 === 1 ? term : -term;
    if (term < sum * 1e-17) break;
  }
  return (sum * Math.PI) / ANGLES;
}

/** Upper tail of the limiting law. */
export function limitUpperTail(x: number): number {
  if (x < 0.003) return 1;
  return x < TAIL_FROM ? Math.max(0, 1 - limitCdf(x)) : limitTail(x);
}

/** Exact upper tail by counting paths by the value of the statistic (Xiao, Gordon and Yakovlev 2007). */
function exactUpperTail(s: number, n: number, m: number): number {
  const lcm = (n / greatestCommonDivisor(n, m)) * m;
  const a = lcm / n;
  const b = lcm / m;
  const k = n * m;
  const zeta = Math.floor((lcm * lcm * (n + m) * (6 * s - k * (4 * k - 1))) / (6 * k * k));
  // Shares of paths, by value: each step divides by its number of ways, so they stay probabilities.
  let row: Map<number, number>[] = [];
  for (let u = 0; u <= n; u++) {
    const next: Map<number, number>[] = [];
    for (let v = 0; v <= m; v++) {
      const cell = new Map<number, number>();
      if (u === 0 && v === 0) cell.set(0, 1);
      const gap = (a * u - b * v) ** 2;
      addShifted(cell, row[v], gap, u / (u + v || 1));
      addShifted(cell, next[v - 1], gap, v / (u + v || 1));
      next.push(cell);
    }
    row = next;
  }
  let p = 0;
  for (const [value, share] of row[m] as Map<number, number>) if (value >= zeta) p += share;
  return p;
}

function addShifted(
  to: Map<number, number>,
  from: Map<number, number> | undefined,
  gap: number,
  weight: number,
): void {
  if (from === undefined || weight === 0) return;
  for (const [value, share] of from) to.set(value + gap, (to.get(value + gap) ?? 0) + share * weight);
}

/**
 * Two-sample Cramer-von Mises test; exact when both sides have at most 20 values ("auto"), else the limiting law. Of that SciPy's p-values are exact to
 * about 1e-8, because it ends a series there; below 1e-6 ours keep nine digits. Throws `StatisticsError` below two values a side, where SciPy has no result.
 */
export function cramerVonMises(
  x: NumericSample,
  y: NumericSample,
  options: { readonly method?: "auto" | "exact" | "asymptotic" } = {},
): TestResult {
  const n = x.length;
  const m = y.length;
  if (Math.min(n, m) < 2)
    throw new StatisticsError("cramerVonMises", "two samples of at least 2 values", [n, m]);
  const { ranks } = pooledRanks("cramerVonMises", x, y);
  const rx = ranks.subarray(0, n).slice().sort();
  const ry = ranks.subarray(n).slice().sort();
  const square = (r: Float64Array): number => sumBy(r, (v, i) => (v - i - 1) ** 2);
  const s = n * square(rx) + m * square(ry);
  const k = n * m;
  const N = n + m;
  const statistic = s / (k * N) - (4 * k - 1) / (6 * N);
  const { method = "auto" } = options;
  if (method === "exact" || (method === "auto" && Math.max(n, m) <= 20)) {
    return { statistic, pValue: Math.min(1, exactUpperTail(s, n, m)) };
  }
  const mean = (1 + 1 / N) / 6;
  const variance = ((N + 1) * (4 * k * N - 3 * (n * n + m * m) - 2 * k)) / (45 * N * N * 4 * k);
  const standard = 1 / 6 + (statistic - mean) / Math.sqrt(45 * variance);
  return { statistic, pValue: limitUpperTail(standard) };
}
