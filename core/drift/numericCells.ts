import { QuantileSketch } from "../statistics/index.ts";
import type { NumericProfile } from "./types.ts";

/** How the reference's cells are found: their keys, counts and middles. */
export interface NumericCells {
  readonly counts: ReadonlyMap<number, number>;
  readonly total: number;
  keyOf(value: number): number;
  centreOf(key: number): number;
}

/** The cells of all of a feature's reference. */
export function wholeCells(profile: NumericProfile): NumericCells {
  const sketch = QuantileSketch.fromState(profile.sketch);
  const grid = sketch.grid();
  if (grid === undefined) {
    const counts = new Map(sketch.cells().map((c) => [c.low, c.count]));
    return { counts, total: sketch.count, keyOf: (x) => (x === 0 ? 0 : x), centreOf: (key) => key };
  }
  const centreOf = (key: number): number => {
    const [low, high] = grid.edgesOf(key);
    return (low + high) / 2;
  };
  return { counts: new Map(grid.entries()), total: sketch.count, keyOf: (x) => grid.keyOf(x), centreOf };
}
