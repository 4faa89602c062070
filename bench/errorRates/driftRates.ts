/** How often windows of the worlds are called drift by the default policy. */
import { buildProfile, compareToReference } from "../../core/drift/index.ts";
import { SeededRandom } from "../../core/statistics/index.ts";
import { seedOf } from "./seeds.ts";
import { type Change, drawWindow, firstRows, schemaOf, WORLDS } from "./worlds.ts";

/** Rows of a reference and of a window. */
export type Sizes = readonly [reference: number, window: number];

/**
 * Of the repetitions `from` to `to`, how many windows were called drift, for each pair of sizes. A repetition draws one
 * reference and one window and takes their first rows: repetitions are independent, the pairs of one are not.
 */
export function driftCounts(
  world: keyof typeof WORLDS,
  pairs: readonly Sizes[],
  change: Change,
  seed: number,
  [from, to]: readonly [number, number],
): number[] {
  const drawn = WORLDS[world] as (typeof WORLDS)[string];
  const schema = schemaOf(drawn);
  const [most, longest] = [0, 1].map((side) => Math.max(...pairs.map((pair) => pair[side] as number))) as [
    number,
    number,
  ];
  const counts = pairs.map(() => 0);
  for (let repetition = from; repetition < to; repetition++) {
    const random = new SeededRandom(seedOf(seed, repetition));
    const reference = drawWindow(drawn, most, random);
    const window = drawWindow(drawn, longest, random, change);
    for (const n of new Set(pairs.map(([rows]) => rows))) {
      const profile = buildProfile(firstRows(reference, n), schema);
      pairs.forEach(([rows, m], at) => {
        if (rows !== n) return;
        if (compareToReference(profile, firstRows(window, m)).verdict === "drift")
          counts[at] = (counts[at] as number) + 1;
      });
    }
  }
  return counts;
}
