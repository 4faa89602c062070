import { DoubleCounts, hashBucket } from "../statistics/index.ts";
import type { KeyTally } from "./keyTally.ts";
import type { NameTally } from "./nameTally.ts";
import type { NumericCells } from "./numericCells.ts";
import type { SeasonalReference } from "./season.ts";
import type { CategoryCounts, NumericCounts } from "./windowTally.ts";

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
  /** What is known of each category by its name; undefined where names are not kept, and for numbers. */
  readonly byName: NameCounts | undefined;
}

/** Categories by name, of the whole reference also when the rest of the table is about a season. */
export interface NameCounts {
  readonly referenceTotal: number;
  /** How many categories have so many rows in reference and window together; rows kept without a name count as one each. */
  readonly lots: ReadonlyMap<number, number>;
  /** Rows of the window in categories that the reference never saw. */
  readonly unseen: number;
}

/** The cells of a season's part of the reference. */
function seasonCells({ cells, counts }: SeasonalReference): NumericCells {
  return { ...counts, keyOf: (x) => cells.keyOf(x), centreOf: (key) => cells.centreOf(key) };
}

/** Sets the counted window beside the reference's cells (or its season's): cells of either side, in rising order. */
export function numericTable(window: NumericCounts, season: SeasonalReference | undefined): CountTable {
  const cells = season === undefined ? window.cells : seasonCells(season);
  const tally = season === undefined ? window.whole : (window.season as KeyTally);
  // A season knows the cells of all hours: those that its own hours and the window leave empty say nothing.
  const reference = new DoubleCounts();
  for (const [key, count] of cells.counts) reference.add(key, count);
  const keys = tally.keys().filter((key) => reference.get(key) > 0 || tally.countOf(key) > 0);
  return {
    reference: keys.map((key) => reference.get(key)),
    window: keys.map((key) => tally.countOf(key)),
    referenceTotal: cells.total,
    windowTotal: window.rows - window.missing - window.infinite,
    at: keys.map(cells.centreOf),
    names: [],
    missing: window.missing,
    infinite: window.infinite,
    byName: undefined,
  };
}

type Cells = Pick<CountTable, "reference" | "window" | "names">;

/** Reference and window over cells of hashed names, `keyOf` giving the cell of a hash bucket; a cell is called by its names. */
function hashedCells(
  reference: ReadonlyMap<number, number>,
  buckets: ReadonlyMap<number, number>,
  known: readonly string[],
  keyOf: (bucket: number) => number,
): Cells {
  const window = new Map<number, number>();
  for (const [bucket, count] of buckets) window.set(keyOf(bucket), (window.get(keyOf(bucket)) ?? 0) + count);
  const keys = Float64Array.from(new Set([...reference.keys(), ...window.keys()])).sort();
  const members = Map.groupBy(known, (name) => keyOf(hashBucket(name)));
  return {
    reference: keys.map((k) => reference.get(k) ?? 0),
    window: keys.map((k) => window.get(k) ?? 0),
    names: Array.from(keys, (k) => members.get(k)?.join(", ") ?? `#${k}`),
  };
}

/** Reference and window by name, what the window has too many new names for by hash bucket. */
function namedCells(
  reference: ReadonlyMap<string, number>,
  names: readonly string[],
  tally: NameTally,
): Cells {
  const hashed = [...tally.hashed()].sort((a, b) => a[0] - b[0]);
  return {
    reference: Float64Array.from([...names.map((n) => reference.get(n) ?? 0), ...hashed.map(() => 0)]),
    window: Float64Array.from([
      ...names.map((n) => tally.names().get(n) ?? 0),
      ...hashed.map(([, count]) => count),
    ]),
    names: [...names, ...hashed.map(([bucket]) => `#${bucket}`)],
  };
}

function nameCounts(
  reference: ReadonlyMap<string, number>,
  names: readonly string[],
  tally: NameTally,
): NameCounts {
  const lots = new Map<number, number>();
  const addLots = (size: number, count: number): unknown => lots.set(size, (lots.get(size) ?? 0) + count);
  const loose = tally
    .hashed()
    .values()
    .reduce((sum, count) => sum + count, 0);
  let [referenceTotal, unseen] = [0, loose];
  for (const name of names) {
    const [before, now] = [reference.get(name) ?? 0, tally.names().get(name) ?? 0];
    referenceTotal += before;
    if (before === 0) unseen += now;
    addLots(before + now, 1);
  }
  if (loose > 0) addLots(1, loose);
  return { referenceTotal, lots, unseen };
}

/**
 * Sets a categorical window beside the reference's names (or hash buckets, when it had too many). By season categories are
 * compared by hash bucket; which ones were never seen is known of the whole reference only.
 */
export function categoricalTable(
  { categories, tally }: CategoryCounts,
  season: SeasonalReference | undefined,
): CountTable {
  const named = categories.byName();
  const names = named === undefined ? [] : [...new Set([...named.keys(), ...tally.names().keys()])].sort();
  const { missing } = tally;
  const base = {
    missing,
    infinite: 0,
    at: new Float64Array(),
    windowTotal: tally.rows - missing,
    byName: named === undefined ? undefined : nameCounts(named, names, tally),
  };
  if (season !== undefined) {
    const { cells, counts } = season;
    const hashed = hashedCells(counts.counts, tally.byHash(), names, (bucket) => cells.keyOf(bucket));
    return { ...base, ...hashed, referenceTotal: counts.total };
  }
  const whole = { ...base, referenceTotal: categories.count };
  if (named !== undefined) return { ...whole, ...namedCells(named, names, tally) };
  const reference = new Map(categories.byHash().entries());
  return { ...whole, ...hashedCells(reference, tally.byHash(), names, (bucket) => bucket) };
}
