import { CategoricalCounts, hashBucket, QuantileSketch } from "../statistics/index.ts";
import { categoryOf, numberOf } from "./cells.ts";
import type { SeasonalReference } from "./season.ts";
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
  /** Reference rows that `unseen` and `singletons` speak of: all of them, also when the rest is about a season. */
  readonly namedTotal: number;
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

/** How the reference's cells are found: their keys, counts and middles. */
interface NumericCells {
  readonly counts: ReadonlyMap<number, number>;
  readonly total: number;
  keyOf(value: number): number;
  centreOf(key: number): number;
}

function numericCells(profile: NumericProfile, season: SeasonalReference | undefined): NumericCells {
  if (season !== undefined) {
    const { cells, counts } = season;
    return { ...counts, keyOf: (x) => cells.keyOf(x), centreOf: (key) => cells.centreOf(key) };
  }
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

/** Sorts a numeric window into the cells of the reference (or of its season), and new cells where it has none. */
export function numericTable(
  profile: NumericProfile,
  column: Column,
  season?: SeasonalReference,
): CountTable {
  const cells = numericCells(profile, season);
  const tally = new KeyTally();
  let missing = 0;
  let infinite = 0;
  for (let i = 0; i < column.length; i++) {
    const cell = column[i];
    const value = typeof cell === "number" ? cell : numberOf(cell);
    if (value - value === 0) tally.add(cells.keyOf(value));
    else if (Number.isNaN(value)) missing++;
    else infinite++;
  }
  const counts = tally.counts();
  const keys = Float64Array.from(new Set([...cells.counts.keys(), ...counts.keys()])).sort();
  return {
    reference: keys.map((k) => cells.counts.get(k) ?? 0),
    window: keys.map((k) => counts.get(k) ?? 0),
    referenceTotal: cells.total,
    windowTotal: column.length - missing - infinite,
    at: keys.map(cells.centreOf),
    names: [],
    missing,
    infinite,
    unseen: undefined,
    singletons: 0,
    namedTotal: 0,
  };
}

interface CategoryTally {
  readonly counts: ReadonlyMap<string, number>;
  readonly missing: number;
}

function tallyCategories(column: Column): CategoryTally {
  const counts = new Map<string, number>();
  let missing = 0;
  for (let i = 0; i < column.length; i++) {
    const name = categoryOf(column[i]);
    if (name === undefined) missing++;
    else counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return { counts, missing };
}

/** Reference and window over cells of hashed names, `keyOf` giving the cell of a hash bucket; a cell is called by its names. */
function hashedTable(
  reference: ReadonlyMap<number, number>,
  counts: ReadonlyMap<string, number>,
  known: readonly string[],
  keyOf: (bucket: number) => number,
): Pick<CountTable, "reference" | "window" | "names"> {
  const window = new Map<number, number>();
  for (const [name, count] of counts) {
    const key = keyOf(hashBucket(name));
    window.set(key, (window.get(key) ?? 0) + count);
  }
  const keys = Float64Array.from(new Set([...reference.keys(), ...window.keys()])).sort();
  const members = Map.groupBy(known, (name) => keyOf(hashBucket(name)));
  return {
    reference: keys.map((k) => reference.get(k) ?? 0),
    window: keys.map((k) => window.get(k) ?? 0),
    names: Array.from(keys, (k) => members.get(k)?.join(", ") ?? `#${k}`),
  };
}

/**
 * Counts a categorical window by the reference's names (or hash buckets, when it had too many). By season categories are
 * compared by hash bucket; which ones were never seen is known of the whole reference only.
 */
export function categoricalTable(
  profile: CategoricalProfile,
  column: Column,
  season?: SeasonalReference,
): CountTable {
  const categories = CategoricalCounts.fromState(profile.categories);
  const named = categories.byName();
  const { counts, missing } = tallyCategories(column);
  const common = { missing, infinite: 0, at: new Float64Array(), windowTotal: column.length - missing };
  const names = [
    ...new Set([...(named?.keys() ?? []), ...(named === undefined ? [] : counts.keys())]),
  ].sort();
  const unseen =
    named === undefined
      ? { unseen: undefined, singletons: 0, namedTotal: 0 }
      : {
          namedTotal: categories.count,
          unseen: [...counts].reduce((sum, [n, c]) => sum + (named.has(n) ? 0 : c), 0),
          singletons: [...named.values()].filter((c) => c === 1).length,
        };
  if (season !== undefined) {
    const { cells } = season;
    const table = hashedTable(season.counts.counts, counts, names, (bucket) => cells.keyOf(bucket));
    return { ...common, ...table, ...unseen, referenceTotal: season.counts.total };
  }
  const base = { ...common, ...unseen, referenceTotal: categories.count };
  if (named === undefined) {
    const reference = new Map(categories.byHash().entries());
    return { ...base, ...hashedTable(reference, counts, names, (bucket) => bucket) };
  }
  return {
    ...base,
    reference: Float64Array.from(names, (n) => named.get(n) ?? 0),
    window: Float64Array.from(names, (n) => counts.get(n) ?? 0),
    names,
  };
}
