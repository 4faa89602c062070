/** A window gathered in batches: the verdict of all rows at once, in memory that does not grow with them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  buildProfile,
  type Column,
  compareTally,
  compareToReference,
  type DataWindow,
  DriftInputError,
  type FeatureSchema,
  WindowTally,
} from "../../../core/drift/index.ts";
import { KeyTally, MOST_KEYS } from "../../../core/drift/keyTally.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

const SCHEMA: FeatureSchema = { few: "numeric", many: "numeric", kind: "categorical", id: "categorical" };

function windowOf(rows: number, seed: number, shift = 0): DataWindow {
  const random = new SeededRandom(seed);
  const make = <T>(cell: (i: number) => T): T[] => Array.from({ length: rows }, (_, i) => cell(i));
  return {
    rows,
    columns: {
      few: make(() => random.integer(5)),
      many: make(() => (random.next() < 0.02 ? null : random.normal() + shift)),
      kind: make(() => "abcde"[random.integer(5)] as string),
      id: make((i) => `${seed}-${i}`),
    },
    times: make((i) => (1_000 + (i % 3)) * 3_600_000),
  };
}

function sliced({ columns, times }: DataWindow, from: number, to: number): DataWindow {
  const parts = Object.entries(columns).map(([name, column]) => [name, column.slice(from, to)] as const);
  const rows = parts[0]?.[1].length ?? 0;
  const window = { rows, columns: Object.fromEntries(parts) };
  return times === undefined ? window : { ...window, times: Array.from(times).slice(from, to) };
}

const PROFILE = buildProfile(windowOf(600, 1), SCHEMA);

test("any batches of a window give the verdict of the whole, number for number", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 2, max: 50 }), (size, seed) => {
      const window = windowOf(400, seed, 0.1);
      const tally = new WindowTally(PROFILE);
      for (let from = 0; from < window.rows; from += size) tally.add(sliced(window, from, from + size));

      assert.deepEqual(compareTally(tally), compareToReference(PROFILE, window));
    }),
    { numRuns: 30 },
  );
});

/** 100,000 rows of new values against a reference that has few values and names. */
function newValues(order: (rows: number) => Iterable<number>): WindowTally {
  const reference = {
    rows: 90,
    columns: {
      x: Array.from({ length: 90 }, (_, i) => i - 45),
      id: Array.from({ length: 90 }, (_, i) => `r${i}`),
    },
  };
  const tally = new WindowTally(buildProfile(reference, { x: "numeric", id: "categorical" }));
  const at = [...order(100_000)];
  const random = new SeededRandom(4);
  const x = Float64Array.from(at, () => 40 * random.normal());
  const columns: Record<string, Column> = { x: at.map((i) => x[i] as number), id: at.map((i) => `w${i}`) };
  for (let from = 0; from < at.length; from += 10_000)
    tally.add(sliced({ rows: at.length, columns }, from, from + 10_000));
  return tally;
}

test("values and names without end are joined, in a way that does not depend on their order", () => {
  const forwards = newValues((rows) => Array(rows).keys());
  const backwards = newValues((rows) => [...Array(rows).keys()].reverse());
  const counts = forwards.features.get("x");

  assert.ok(counts?.kind === "numeric" && counts.whole.keys().length <= MOST_KEYS + 90);
  assert.deepEqual(compareTally(backwards), compareTally(forwards));
  assert.equal(compareTally(forwards).features[1]?.unseenShare, 1);
});

test("joined values keep the order of values and never reach a cell of the reference", () => {
  const tally = new KeyTally(Float64Array.of(-1, 0, 2));
  const random = new SeededRandom(5);
  for (let i = 0; i < 60_000; i++) tally.add(3 * random.normal());
  for (let i = 0; i < 10; i++) tally.add(2);
  const keys = tally.keys();
  const countBelow = (edge: number): number =>
    keys.reduce((sum, key) => sum + (key < edge ? tally.countOf(key) : 0), 0);

  assert.equal(countBelow(Infinity), 60_010);
  assert.equal(tally.countOf(2), 10);
  assert.ok(keys.length <= MOST_KEYS + 3);
  // The normal law's share up to -1, 0 and 2 is kept: no value has crossed them.
  const random2 = new SeededRandom(5);
  const raw = Float64Array.from({ length: 60_000 }, () => 3 * random2.normal());
  for (const edge of [-1, 0, 2]) assert.equal(countBelow(edge), raw.filter((value) => value < edge).length);
});

test("a column of any doubles whatever fits, down to the smallest", () => {
  const tally = new KeyTally(Float64Array.of(0, 1));
  const random = new SeededRandom(6);
  for (let i = 0; i < 200_000; i++)
    tally.add(
      (random.next() - 0.5) * 2 ** (2000 * (random.next() - 0.5)) * 2 ** (100 * (random.next() - 0.5)),
    );

  assert.ok(tally.keys().length <= MOST_KEYS + 2);
});

test("a batch with other columns or without times is refused", () => {
  const tally = new WindowTally(PROFILE);
  tally.add(windowOf(50, 2));
  const { times: _, columns, rows } = windowOf(50, 3);
  const { id: __, ...fewer } = columns;

  assert.throws(
    () => tally.add({ rows, columns: fewer }),
    (error: unknown) => error instanceof DriftInputError && error.problems.length === 2,
  );
});
