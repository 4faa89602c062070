import { normal } from "../distributions/normal.ts";
import type { Alternative, NumericSample, TestResult } from "../types.ts";
import { StatisticsError } from "../types.ts";
import { pooledRanks } from "./ranks.ts";

export interface MannWhitneyOptions {
  readonly alternative?: Alternative;
  /** "auto": exact when a side has at most 8 values and nothing is tied. */
  readonly method?: "auto" | "exact" | "asymptotic";
  /** Half a unit toward the mean in the normal approximation. Default true. */
  readonly continuity?: boolean;
}

/** Null probabilities of U = 0 .. n m without ties, by multiplying out the Gaussian binomial coefficient. */
function exactLaw(n: number, m: number): Float64Array {
  const small = Math.min(n, m);
  const big = Math.max(n, m);
  const size = n * m + 1;
  const law = new Float64Array(size);
  law[0] = 1;
  for (let k = 1; k <= small; k++) {
    // times (1 - q^(big + k)) / (1 - q^k), then divided by the number of arrangements it adds
    for (let u = size - 1; u >= big + k; u--) law[u] = (law[u] as number) - (law[u - big - k] as number);
    for (let u = k; u < size; u++) law[u] = (law[u] as number) + (law[u - k] as number);
    const scale = k / (big + k);
    const top = k * big;
    for (let u = 0; u <= top; u++) law[u] = (law[u] as number) * scale;
    for (let u = top + 1; u < size; u++) law[u] = 0;
  }
  return law;
}

function exactUpperTail(u: number, n: number, m: number): number {
  const law = exactLaw(n, m);
  // With ties U may be a half; SciPy takes the whole number below it, on the safe side.
  const whole = Math.floor(u);
  // The law is symmetric: summing the shorter, small end keeps digits.
  const mirrored = n * m - whole;
  if (mirrored < 0) return 0;
  if (mirrored <= (n * m) / 2) return sum(law, mirrored);
  return 1 - sum(law, whole - 1);
}

function sum(law: Float64Array, upTo: number): number {
  let total = 0;
  for (let i = 0; i <= upTo; i++) total += law[i] as number;
  return total;
}

/** Mann-Whitney U test; statistic is U of x; agrees with SciPy's `mannwhitneyu` to 1e-9. */
export function mannWhitneyU(
  x: NumericSample,
  y: NumericSample,
  options: MannWhitneyOptions = {},
): TestResult {
  const { alternative = "two-sided", method = "auto", continuity = true } = options;
  if (x.length === 0 || y.length === 0)
    throw new StatisticsError("mannWhitneyU", "two non-empty samples", [x.length, y.length]);
  const n = x.length;
  const m = y.length;
  const { ranks, ties } = pooledRanks("mannWhitneyU", x, y);
  let rankSum = 0;
  for (let i = 0; i < n; i++) rankSum += ranks[i] as number;
  const ofX = rankSum - (n * (n + 1)) / 2;
  const ofY = n * m - ofX;
  const u = alternative === "two-sided" ? Math.max(ofX, ofY) : alternative === "greater" ? ofX : ofY;
  const hasTies = ties.length < n + m;
  const isExact = method === "exact" || (method === "auto" && Math.min(n, m) <= 8 && !hasTies);
  const tail = isExact ? exactUpperTail(u, n, m) : normalUpperTail(u, n, m, ties, continuity);
  const pValue = alternative === "two-sided" ? 2 * tail : tail;
  return { statistic: ofX, pValue: Math.min(1, Math.max(0, pValue)) };
}

function normalUpperTail(
  u: number,
  n: number,
  m: number,
  ties: readonly number[],
  continuity: boolean,
): number {
  const total = n + m;
  let tieSum = 0;
  for (const t of ties) tieSum += t ** 3 - t;
  const deviation = Math.sqrt(((n * m) / 12) * (total + 1 - tieSum / (total * (total - 1))));
  const numerator = u - (n * m) / 2 - (continuity ? 0.5 : 0);
  // All values equal: nothing can be said. (SciPy divides by zero here and answers NaN or 1 by version.)
  if (!(deviation > 0)) return 1;
  return normal.sf(numerator / deviation);
}
