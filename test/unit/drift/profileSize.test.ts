/** A feature's profile with its season takes 2 KB at most as JSON, whatever the column; parts still merge to the whole. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  buildProfile,
  type DataWindow,
  DriftInputError,
  mergeProfiles,
  parseReferenceProfile,
  type ReferenceProfile,
} from "../../../core/drift/index.ts";
import { CategoricalCounts, QuantileSketch, SeasonalCounts } from "../../../core/statistics/index.ts";
import { ODD_SCHEMA, oddColumns } from "../../support/oddColumns.ts";

const LIMIT = 2048;

function largest(profile: ReferenceProfile): [bytes: number, name: string] {
  const sizes = Object.entries(profile.features).map(
    ([name, feature]) => [Buffer.byteLength(JSON.stringify(feature)), name] as [number, string],
  );
  return sizes.reduce((a, b) => (a[0] > b[0] ? a : b));
}

/** As many times the rows as doublings say. */
function doubled(profile: ReferenceProfile, doublings: number): ReferenceProfile {
  let sum = profile;
  for (let i = 0; i < doublings; i++) sum = mergeProfiles(sum, sum);
  return sum;
}

function withoutTimes({ rows, columns }: DataWindow): DataWindow {
  return { rows, columns };
}

for (const rows of [40, 130, 700, 20_000])
  test(`odd columns of ${rows} rows take 2 KB a feature, with seasons and without`, () => {
    const data = oddColumns(rows, rows);
    for (const window of [data, withoutTimes(data)]) {
      const [bytes, name] = largest(buildProfile(window, ODD_SCHEMA));
      assert.ok(bytes <= LIMIT, `${name} takes ${bytes} bytes`);
    }
  });

for (const doublings of [3, 9])
  test(`odd columns of ${20_000 * 2 ** doublings} rows take 2 KB a feature, with seasons and without`, () => {
    const data = oddColumns(20_000, 2);
    for (const window of [data, withoutTimes(data)]) {
      const [bytes, name] = largest(doubled(buildProfile(window, ODD_SCHEMA), doublings));
      assert.ok(bytes <= LIMIT, `${name} takes ${bytes} bytes`);
    }
  });

/** The rows from `from` up to `to`. */
function rowsOf(data: DataWindow & { times: readonly number[] }, from: number, to: number): DataWindow {
  const columns = Object.entries(data.columns).map(([name, column]) => [name, column.slice(from, to)]);
  return { rows: to - from, times: data.times.slice(from, to), columns: Object.fromEntries(columns) };
}

for (const [rows, cut] of [
  [130, 60],
  [700, 120],
  [3000, 2900],
  [9000, 4000],
] as const)
  test(`profiles of the first ${cut} and the other rows of ${rows} odd ones merge to that of all`, () => {
    const data = oddColumns(rows, rows);
    const [first, second] = [rowsOf(data, 0, cut), rowsOf(data, cut, rows)];
    const stored = [first, second].map((part) =>
      parseReferenceProfile(JSON.parse(JSON.stringify(buildProfile(part, ODD_SCHEMA)))),
    ) as [ReferenceProfile, ReferenceProfile];

    assert.deepEqual(mergeProfiles(...stored), buildProfile(data, ODD_SCHEMA));
    const { times: _, ...blind } = first;
    assert.equal(
      largest(mergeProfiles(buildProfile(blind, ODD_SCHEMA), stored[1]))[0] <= LIMIT,
      true,
      "a part without times takes the season's room",
    );
  });

test("a profile of version 2 is read: the same cells, and the same counts in each hour", () => {
  const file = new URL("../../vectors/profileVersion2.json", import.meta.url);
  const stored = parseReferenceProfile(JSON.parse(readFileSync(file, "utf8")));
  const data = oddColumns(400, 5);
  const names = Object.keys(stored.features);
  const now = buildProfile(data, Object.fromEntries(names.map((n) => [n, ODD_SCHEMA[n] as "numeric"])));

  assert.ok(names.length >= 4);
  for (const name of names) {
    const [before, after] = [stored.features[name], now.features[name]];
    if (before?.kind === "numeric" && after?.kind === "numeric") {
      const finest = buildProfile(withoutTimes(data), ODD_SCHEMA).features[name];
      assert.ok(finest?.kind === "numeric");
      assert.deepEqual(
        QuantileSketch.fromState(before.sketch).cells(),
        QuantileSketch.fromState(finest.sketch).cells(),
      );
    } else if (before?.kind === "categorical" && after?.kind === "categorical") {
      const of = (state: typeof before.categories) => CategoricalCounts.fromState(state);
      assert.deepEqual(of(before.categories).byHash(), of(after.categories).byHash());
      assert.equal(of(before.categories).distinct(), of(after.categories).distinct());
    } else assert.fail(name);
    const [old, young] = [before, after].map(
      (feature) => feature.season && SeasonalCounts.fromState(feature.season, 168),
    );
    for (let hour = 0; hour < 168; hour++) {
      const [a, b] = [old?.pooled([hour]), young?.pooled([hour])];
      assert.deepEqual([a?.total, a?.missing], [b?.total, b?.missing], `${name}, hour ${hour}`);
    }
  }
});

test("packed text that was cut off is refused by feature", () => {
  const profile = JSON.parse(JSON.stringify(buildProfile(oddColumns(700, 3), ODD_SCHEMA)));
  const { normal, cycle } = profile.features;
  normal.sketch.even.buckets = normal.sketch.even.buckets.slice(0, 40);
  cycle.season.cells = cycle.season.cells.slice(0, 40);

  assert.throws(
    () => parseReferenceProfile(profile),
    (error: DriftInputError) =>
      error instanceof DriftInputError &&
      error.problems.length === 2 &&
      /features\["normal"\].*expected \d+ packed numbers, got \d+/.test(error.problems[0] as string) &&
      /features\["cycle"\]/.test(error.problems[1] as string),
  );
});
