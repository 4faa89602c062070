import {
  buildProfile,
  compareToReference,
  type DataWindow,
  type FeatureSchema,
} from "../../core/drift/index.ts";
import { SeededRandom } from "../../core/statistics/index.ts";

const CATEGORIES = ["a", "b", "c", "d", "e", "f"];

/** Twenty mixed features: normal, lognormal, whole numbers, with gaps, heavy tails, categories. */
export const SCHEMA: FeatureSchema = Object.fromEntries(
  Array.from({ length: 20 }, (_, k) => [`f${k}`, k < 15 ? "numeric" : "categorical"]),
);

export interface Change {
  readonly shift?: number;
  readonly scale?: number;
  readonly newCategory?: number;
}

function cell(k: number, random: SeededRandom, change: Change): number | string | null {
  if (k >= 15) {
    if (k === 15 && random.next() < (change.newCategory ?? 0)) return "new";
    return CATEGORIES[Math.floor(random.next() ** 2 * CATEGORIES.length)] as string;
  }
  const z = random.normal();
  if (k === 0) return z * (change.scale ?? 1) + (change.shift ?? 0);
  if (k < 8) return z;
  if (k < 11) return Math.exp(z);
  if (k < 13) return Math.round(2 * z);
  return k === 13 ? (random.next() < 0.1 ? null : z) : z / Math.abs(random.normal());
}

export function windowOf(rows: number, random: SeededRandom, change: Change = {}): DataWindow {
  const columns: Record<string, (number | string | null)[]> = {};
  for (let k = 0; k < 20; k++) columns[`f${k}`] = Array.from({ length: rows }, () => cell(k, random, change));
  return { rows, columns };
}

/** Share of windows called drift; reference and window drawn anew each time. */
export function driftRate(
  n: number,
  m: number,
  repetitions: number,
  seed: number,
  change: Change = {},
): number {
  const random = new SeededRandom(seed);
  let alarms = 0;
  for (let i = 0; i < repetitions; i++) {
    const profile = buildProfile(windowOf(n, random), SCHEMA);
    if (compareToReference(profile, windowOf(m, random, change)).verdict === "drift") alarms++;
  }
  return alarms / repetitions;
}
