import { CategoricalCounts, hashBucket, QuantileSketch } from "../statistics/index.ts";
import { categoryOf, numberOf } from "./cells.ts";
import type { CategoricalProfile, Column, NumericProfile } from "./types.ts";

/** Counts of reference and window over the same cells, in rising order for numbers. */
export interface CountTable {
  readonly reference: Float64Array;
  readonly window: Float64Array;
  readonly referenceTotal: number;
  readonly windowTotal: number;
  /** Representative value of each cell (numbers only). */
  readonly at: Float64Array;
  /** Names of the cells (categories that are kept by name only). */
  readonly names: readonly string[];
  readonly missing: number;
  readonly infinite: number;
  /** Rows of the window in categories that the reference never saw; undefined where that is not known. */
  readonly unseen: number | undefined;
  /** Reference rows in categories that it saw once: what share of unseen ones to expect anyway (Good and Turing). */
  readonly singletons: number;
}

/** Small whole keys are counted in an array, the others in a map: most windows touch only the first. */
const ARRAY_KEYS = 8192;

class KeyTally {
  #dense = new Float64Array(2 * ARRAY_KEYS);
  #sparse = new Map<number, number>();

  add(key: number): void {
    const at = key + ARRAY_KEYS;
    if (at >= 0 && at < 2 * ARRAY_KEYS && Number.isInteger(at))
      this.#dense[at] = (this.#dense[at] as number) + 1;
    else this.#sparse.set(key, (this.#sparse.get(key) ?? 0) + 1);
  }

  counts(): Map<number, number> {
    const counts = new Map(this.#sparse);
    this.#dense.forEach((count, at) => {
      if (count > 0) counts.set(at - ARRAY_KEYS, count);
    });
    return counts;
  }
}

/** Sorts a numeric window into the cells of the reference's sketch, and new cells where it has none. */
export function numericTable(profile: NumericProfile, column: Column): CountTable {
  const sketch = QuantileSketch.fromState(profile.sketch);
  const grid = sketch.grid();
  const keyOf =
    grid === undefined ? (x: number): number => (x === 0 ? 0 : x) : (x: number): number => grid.keyOf(x);
  const tally = new KeyTally();
  let missing = 0;
  let infinite = 0;
  for (let i = 0; i < column.length; i++) {
    const cell = column[i];
    const value = typeof cell === "number" ? cell : numberOf(cell);
    if (value - value === 0) tally.add(keyOf(value));
    else if (Number.isNaN(value)) missing++;
    else infinite++;
  }
  const counts = tally.counts();
  const reference = new Map<number, number>(
    grid === undefined ? sketch.cells().map((c) => [c.low, c.count]) : grid.entries(),
  );
  const keys = Float64Array.from(new Set([...reference.keys(), ...counts.keys()])).sort();
  const centre = (key: number): number => {
    if (grid === undefined) return key;
    const [low, high] = grid.edgesOf(key);
    return (low + high) / 2;
  };
  return {
    reference: keys.map((k) => reference.get(k) ?? 0),
    window: keys.map((k) => counts.get(k) ?? 0),
    referenceTotal: sketch.count,
    windowTotal: column.length - missing - infinite,
    at: keys.map(centre),
    names: [],
    missing,
    infinite,
    unseen: undefined,
    singletons: 0,
  };
}

/** Counts a categorical window by the reference's names (or hash buckets, when it had too many). */
export function categoricalTable(profile: CategoricalProfile, column: Column): CountTable {
  const categories = CategoricalCounts.fromState(profile.categories);
  const named = categories.byName();
  const counts = new Map<string, number>();
  let missing = 0;
  for (let i = 0; i < column.length; i++) {
    const name = categoryOf(column[i]);
    if (name === undefined) missing++;
    else counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const common = { missing, infinite: 0, at: new Float64Array(), windowTotal: column.length - missing };
  if (named === undefined) {
    const window = new Float64Array(categories.byHash().length);
    for (const [name, count] of counts) {
      const bucket = hashBucket(name);
      window[bucket] = (window[bucket] as number) + count;
    }
    const reference = categories.byHash();
    return {
      ...common,
      reference,
      window,
      referenceTotal: categories.count,
      names: [],
      unseen: undefined,
      singletons: 0,
    };
  }
  const names = [...new Set([...named.keys(), ...counts.keys()])].sort();
  return {
    ...common,
    reference: Float64Array.from(names, (n) => named.get(n) ?? 0),
    window: Float64Array.from(names, (n) => counts.get(n) ?? 0),
    referenceTotal: categories.count,
    names,
    unseen: [...counts].reduce((sum, [n, c]) => sum + (named.has(n) ? 0 : c), 0),
    singletons: [...named.values()].filter((c) => c === 1).length,
  };
}
