import assert from "node:assert/strict";
import { test } from "node:test";
import {
  buildProfile,
  compareToReference,
  type DataWindow,
  DriftInputError,
  type FeatureSchema,
  mergeProfiles,
  parseReferenceProfile,
} from "../../../core/drift/index.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

const SCHEMA: FeatureSchema = { age: "numeric", income: "numeric", job: "categorical", score: "numeric" };
const JOBS = ["admin", "technician", "services", "retired", "student"];

interface Change {
  readonly ageShift?: number;
  readonly newJobShare?: number;
  readonly missingShare?: number;
}

function windowOf(rows: number, seed: number, change: Change = {}): DataWindow {
  const random = new SeededRandom(seed);
  const make = <T>(cell: () => T): T[] => Array.from({ length: rows }, cell);
  return {
    rows,
    columns: {
      age: make(() => 40 + 10 * (random.normal() + (change.ageShift ?? 0))),
      income: make(() => (random.next() < (change.missingShare ?? 0) ? null : Math.exp(random.normal()))),
      job: make(() =>
        random.next() < (change.newJobShare ?? 0) ? "robot" : (JOBS[random.integer(5)] as string),
      ),
      score: make(() => random.next()),
    },
  };
}

const PROFILE = buildProfile(windowOf(2000, 1), SCHEMA);

test("a window like the reference is stable", () => {
  const verdict = compareToReference(PROFILE, windowOf(500, 2));

  assert.equal(verdict.verdict, "stable");
  assert.equal(verdict.reason, "NoFeatureDrifted");
});

test("a shifted mean is found and named with the question that found it", () => {
  const verdict = compareToReference(PROFILE, windowOf(500, 3, { ageShift: 0.4 }));

  assert.equal(verdict.verdict, "drift");
  assert.deepEqual(verdict.driftedFeatures, ["age"]);
  const age = verdict.features.find((f) => f.feature === "age");
  assert.equal(age?.leading?.component, "location");
  assert.ok(Math.abs((age?.leading?.effect ?? 0) - 0.4) < 0.12);
});

test("a new category at 3 % and values gone missing are found", () => {
  assert.deepEqual(compareToReference(PROFILE, windowOf(1000, 4, { newJobShare: 0.03 })).driftedFeatures, [
    "job",
  ]);
  assert.deepEqual(compareToReference(PROFILE, windowOf(1000, 5, { missingShare: 0.05 })).driftedFeatures, [
    "income",
  ]);
});

test("the order of rows changes nothing", () => {
  const window = windowOf(300, 6, { ageShift: 0.2 });
  const reversed = {
    rows: window.rows,
    columns: Object.fromEntries(Object.entries(window.columns).map(([k, v]) => [k, Array.from(v).reverse()])),
  };

  assert.deepEqual(compareToReference(PROFILE, reversed), compareToReference(PROFILE, window));
  assert.deepEqual(buildProfile(reversed, SCHEMA), buildProfile(window, SCHEMA));
});

test("profiles of two halves merge to the profile of the whole and survive JSON", () => {
  const [a, b] = [windowOf(700, 7), windowOf(900, 8, { missingShare: 0.1 })];
  const columns = Object.fromEntries(
    Object.keys(SCHEMA).map((k) => [k, [...(a.columns[k] ?? []), ...(b.columns[k] ?? [])]]),
  );
  const whole = buildProfile({ rows: 1600, columns }, SCHEMA);

  const merged = mergeProfiles(buildProfile(a, SCHEMA), buildProfile(b, SCHEMA));

  assert.deepEqual(merged, whole);
  assert.deepEqual(parseReferenceProfile(JSON.parse(JSON.stringify(whole))), whole);
  for (const [name, feature] of Object.entries(whole.features)) {
    assert.ok(JSON.stringify(feature).length <= 2048, `${name} takes more than 2 KB`);
  }
});

test("too few rows are insufficient, never stable and never an alarm", () => {
  const verdict = compareToReference(PROFILE, windowOf(20, 9, { ageShift: 3 }));

  assert.equal(verdict.verdict, "insufficient");
  assert.equal(verdict.reason, "TooFewRows");
  assert.equal(compareToReference(PROFILE, { rows: 0, columns: {} }).verdict, "insufficient");
});

test("an alarm on 2 of 3 windows waits for the second", () => {
  const policy = { alarm: { windows: 2, of: 3 } };
  const drifted = windowOf(500, 10, { ageShift: 0.5 });
  const first = compareToReference(PROFILE, drifted, policy, []);
  const second = compareToReference(PROFILE, drifted, policy, [first, { windowDrifted: false }]);
  const forgotten = compareToReference(PROFILE, drifted, policy, [
    first,
    { windowDrifted: false },
    { windowDrifted: false },
  ]);

  assert.deepEqual([first.verdict, first.reason], ["stable", "WaitingForMoreWindows"]);
  assert.equal(second.verdict, "drift");
  assert.equal(forgotten.verdict, "stable");
});

test("awkward columns give numbers, not crashes", () => {
  const rows = 200;
  const make = (cell: (i: number) => unknown) =>
    Array.from({ length: rows }, (_, i) => cell(i)) as (string | number | null)[];
  const columns = {
    constant: make(() => 7),
    empty: make(() => null),
    infinite: make((i) => (i % 5 === 0 ? Infinity : i)),
    few: make((i) => i % 3),
    heavy: make((i) => (i % 7 === 0 ? 1e300 : i / 1e9)),
    id: make((i) => `id-${i}`),
    one: make(() => "only"),
    text: make((i) => String(i)),
  };
  const schema: FeatureSchema = {
    constant: "numeric",
    empty: "numeric",
    infinite: "numeric",
    few: "numeric",
    heavy: "numeric",
    id: "categorical",
    one: "categorical",
    text: "numeric",
  };
  const profile = buildProfile({ rows, columns }, schema);
  const verdict = compareToReference(profile, { rows, columns });

  assert.equal(verdict.verdict, "stable");
  assert.deepEqual(verdict, JSON.parse(JSON.stringify(verdict)));
  const other = { rows, columns: { ...columns, constant: make(() => 8), one: make(() => "other") } };
  assert.deepEqual(compareToReference(profile, other).driftedFeatures, ["constant", "one"]);
});

test("fresh ids of a column of ids are no drift", () => {
  const ids = (from: number) => ({
    rows: 500,
    columns: { id: Array.from({ length: 500 }, (_, i) => `u${from + i}`) },
  });
  const profile = buildProfile(ids(0), { id: "categorical" });

  assert.equal(compareToReference(profile, ids(500)).verdict, "stable");
});

test("an absent column is drift, an extra one is reported", () => {
  const { columns } = windowOf(300, 11);
  const { job: _, ...rest } = columns;
  const verdict = compareToReference(PROFILE, { rows: 300, columns: { ...rest, extra: columns.age ?? [] } });

  assert.deepEqual(verdict.driftedFeatures, ["job"]);
  assert.equal(verdict.features.find((f) => f.feature === "job")?.status, "absent");
  assert.deepEqual(verdict.unknownColumns, ["extra"]);
});

test("a small but certain change is no drift", () => {
  const reference = buildProfile(windowOf(60000, 12), SCHEMA);
  const verdict = compareToReference(reference, windowOf(60000, 13, { ageShift: 0.04 }));
  const age = verdict.features.find((f) => f.feature === "age");

  assert.ok((age?.adjustedPValue ?? 1) < 0.001);
  assert.equal(verdict.verdict, "stable");
});

test("all problems of an input come at once, with place, expectation and value", () => {
  const window = { rows: 3, columns: { age: [1], income: [1, 2] } };

  assert.throws(
    () => compareToReference(PROFILE, window, { falseAlarmRate: 2 }),
    (error: unknown) => error instanceof DriftInputError && error.problems.length === 3,
  );
  assert.throws(
    () => parseReferenceProfile({ format: "x", version: 9 }),
    /profile\.format.*\n.*profile\.version/,
  );
});
