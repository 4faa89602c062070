import { ksPValue, normal, sampleSumTail, sumBy } from "../statistics/index.ts";
import type { ComponentResult } from "./componentResult.ts";
import type { CountTable } from "./countTable.ts";

/** Standard errors up to which the normal law serves: farther out it is off for skewed scores and ties. */
const NORMAL_UP_TO = 2;

interface ScoreTest {
  readonly z: number;
  readonly pValue: number;
  /** Means of the scores on both sides. */
  readonly reference: number;
  readonly window: number;
}

/**
 * Half the usual step of the score sum, to take off as on a lattice: the way from the commonest cell to another, times the
 * share of the commonest. Nothing for values that hardly repeat, half the step of the lattice for a rare event.
 */
function continuityOf(pooled: Float64Array, scores: Float64Array, total: number): number {
  const commonest = pooled.reduce((best, count, k) => (count > (pooled[best] as number) ? k : best), 0);
  const count = pooled[commonest] as number;
  if (count === total) return 0;
  const way = pooled.reduce(
    (sum, c, k) => sum + c * Math.abs((scores[k] as number) - (scores[commonest] as number)),
    0,
  );
  return ((way / (total - count)) * (count / total)) / 2;
}

/**
 * Linear rank test on grouped data: how far the window's score sum lies from that of drawing as many without replacement from
 * reference and window together. Given the pooled counts this is exact, whatever the distribution; both tails count
 * from the same distance on.
 */
function scoreTest(table: CountTable, scores: Float64Array): ScoreTest {
  const { referenceTotal: n, windowTotal: m } = table;
  const total = n + m;
  const pooled = table.reference.map((r, k) => r + (table.window[k] as number));
  const scoreSum = (counts: Float64Array): number => sumBy(counts, (c, k) => c * (scores[k] as number));
  const [windowSum, mean] = [scoreSum(table.window), scoreSum(pooled) / total];
  const squares = sumBy(pooled, (c, k) => c * ((scores[k] as number) - mean) ** 2);
  const variance = ((n * m) / (total * (total - 1))) * squares;
  const sides = { reference: scoreSum(table.reference) / n, window: windowSum / m };
  const away = windowSum - m * mean;
  const distance = Math.abs(away) - continuityOf(pooled, scores, total);
  if (variance <= 1e-12 * total || distance <= 0) return { z: 0, pValue: 1, ...sides };
  const z = distance / Math.sqrt(variance);
  const tail = (sign: 1 | -1): number => {
    if (z < NORMAL_UP_TO) return normal.sf(z);
    const centred = scores.map((score) => sign * (score - mean));
    const exact = sampleSumTail(centred, pooled, m, distance);
    return Number.isNaN(exact) ? normal.sf(z) : exact;
  };
  return { z: Math.sign(away) * z, pValue: Math.min(1, tail(1) + tail(-1)), ...sides };
}

/** Normal quantile of the pooled midrank of each cell (van der Waerden). */
function normalScores(table: CountTable): Float64Array {
  const total = table.referenceTotal + table.windowTotal;
  let below = 0;
  return table.reference.map((r, k) => {
    const count = r + (table.window[k] as number);
    const score = normal.score((below + count / 2) / total);
    below += count;
    return score;
  });
}

/**
 * Location and spread. Location is as powerful as the t test for normal data and never worse for other shapes; its effect is in
 * standard deviations. Spread is the mean distance from the pooled median in normal scores; its effect is the logarithm of the ratio of
 * the distances.
 */
export function rankTests(table: CountTable): ComponentResult[] {
  const scores = normalScores(table);
  const location = scoreTest(table, scores);
  const spread = scoreTest(table, scores.map(Math.abs));
  const isSpread = spread.reference > 0 && spread.window > 0;
  return [
    {
      component: "location",
      test: "van der Waerden",
      statistic: location.z,
      pValue: location.pValue,
      effect: location.window - location.reference,
    },
    {
      component: "spread",
      test: "absolute normal scores",
      statistic: spread.z,
      pValue: spread.pValue,
      effect: isSpread ? Math.log(spread.window / spread.reference) : 0,
    },
  ];
}

/** Any other change of shape: Kolmogorov-Smirnov at the edges of the cells (never larger than on raw values). */
export function shapeTest(table: CountTable): ComponentResult {
  const n = table.referenceTotal;
  const m = table.windowTotal;
  let gap = 0;
  let r = 0;
  let c = 0;
  table.reference.forEach((count, k) => {
    r += count;
    c += table.window[k] as number;
    gap = Math.max(gap, Math.abs(r * m - c * n));
  });
  const statistic = gap / (n * m);
  const pValue = ksPValue(gap, n, m, { method: "asymptotic" });
  return { component: "shape", test: "Kolmogorov-Smirnov", statistic, pValue, effect: statistic };
}
