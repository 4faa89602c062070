import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import {
  buildProfile,
  calibrationOf,
  compareToReference,
  type DataWindow,
  type FeatureSchema,
  mergeProfiles,
  parseReferenceProfile,
  seasonalTime,
} from "../../../core/drift/index.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

const HOUR = 3_600_000;
const SCHEMA: FeatureSchema = { load: "numeric", channel: "categorical", age: "numeric" };

/** Rows of `hours` hours from `from` on: load and channel follow the hour of the day, age does not. */
function hoursOfData(from: number, hours: number, perHour: number, seed: number, shift = 0): DataWindow {
  const random = new SeededRandom(seed);
  const times: number[] = [];
  const load: number[] = [];
  const channel: string[] = [];
  const age: (number | null)[] = [];
  for (let hour = 0; hour < hours; hour++) {
    const cycle = Math.sin((2 * Math.PI * (from + hour)) / 24);
    for (let i = 0; i < perHour; i++) {
      times.push((from + hour + random.next()) * HOUR);
      load.push(100 + 20 * cycle + 5 * (random.normal() + shift));
      channel.push(random.next() < 0.5 + 0.4 * cycle ? "web" : "phone");
      age.push(random.next() < 0.05 ? null : 40 + 10 * random.normal());
    }
  }
  return { rows: times.length, columns: { load, channel, age }, times };
}

const WEEKS = 4;
const LATER = 24 * 7 * 100;
const REFERENCE = hoursOfData(0, 24 * 7 * WEEKS, 60, 1);
const PROFILE = buildProfile(REFERENCE, SCHEMA);

/** Shares of one-hour windows over a week that are called drift: with their times, and without. */
function alarmShares(shift: number, seed: number): { withTimes: number; without: number } {
  let [withTimes, without] = [0, 0];
  for (let hour = 0; hour < 168; hour++) {
    const window = hoursOfData(LATER + hour, 1, 120, seed + hour, shift);
    const { times: _, ...blind } = window;
    if (compareToReference(PROFILE, window).verdict === "drift") withTimes++;
    if (compareToReference(PROFILE, blind).verdict === "drift") without++;
  }
  return { withTimes: withTimes / 168, without: without / 168 };
}

test("a daily cycle alarms nearly always against the whole reference, at most 5 % against the same hours", () => {
  const { withTimes, without } = alarmShares(0, 1000);

  assert.ok(without > 0.95, `without times ${without}`);
  assert.ok(withTimes <= 0.05, `with times ${withTimes}`);
});

test("a shift of one standard deviation inside the hour is found against the same hours", () => {
  const { withTimes } = alarmShares(1, 5000);

  assert.ok(withTimes > 0.95, `found in ${withTimes}`);
});

test("the verdict says what was compared: hour of week, hour of day while that is thin, else the whole", () => {
  const window = hoursOfData(LATER + 30, 1, 120, 7);
  const part = (reference: DataWindow) =>
    compareToReference(buildProfile(reference, SCHEMA), window).features[0]?.comparedWith;

  assert.equal(part(REFERENCE), "hourOfWeek");
  assert.equal(part(hoursOfData(0, 24 * 7, 60, 2)), "hourOfDay");
  assert.equal(part(hoursOfData(0, 20, 120, 3)), "hourOfDay");
  assert.equal(part(hoursOfData(0, 24 * 7, 10, 4)), "whole");
  const { times: _, ...blind } = REFERENCE;
  assert.equal(part(blind), "whole");
});

test("seasons of two halves merge to that of the whole, whatever the order, in 2 KB a feature", () => {
  const { rows, columns, times = [] } = REFERENCE;
  const pick = (keep: (i: number) => boolean): DataWindow => {
    const at = Array.from({ length: rows }, (_, i) => i).filter(keep);
    return {
      rows: at.length,
      columns: Object.fromEntries(Object.entries(columns).map(([n, c]) => [n, at.map((i) => c[i] ?? null)])),
      times: at.map((i) => times[i] as number),
    };
  };
  const odd = buildProfile(
    pick((i) => i % 3 === 0),
    SCHEMA,
  );
  const even = buildProfile(
    pick((i) => i % 3 !== 0),
    SCHEMA,
  );
  const read = (profile: unknown) => parseReferenceProfile(JSON.parse(JSON.stringify(profile)));

  assert.deepEqual(mergeProfiles(read(even), read(odd)), PROFILE);
  assert.deepEqual(read(PROFILE), PROFILE);
  for (const [name, { season }] of Object.entries(PROFILE.features))
    assert.ok(JSON.stringify(season).length <= 2048, name);
});

test("a profile of version 1 is read as one without seasons", () => {
  const { times: _, ...blind } = hoursOfData(0, 24, 60, 5);
  const old = { ...buildProfile(blind, SCHEMA), version: 1 };

  assert.equal(compareToReference(parseReferenceProfile(old), hoursOfData(0, 24, 60, 6)).verdict, "stable");
});

test("missing values are compared with the same hours too", () => {
  const nightly = (from: number, seed: number): DataWindow => {
    const window = hoursOfData(from, 24 * 7, 120, seed);
    const isNight = (time: number): boolean => Math.floor(time / HOUR) % 24 < 6;
    const age = Array.from(window.columns.age ?? [], (v, i) =>
      isNight(window.times?.[i] as number) ? null : v,
    );
    return { ...window, columns: { age } };
  };
  const profile = buildProfile(nightly(0, 8), { age: "numeric" });
  const night = hoursOfData(LATER + 2, 1, 120, 9);
  const empty = { ...night, columns: { age: new Array<null>(night.rows).fill(null) } };

  assert.deepEqual(compareToReference(profile, { ...empty, rows: night.rows }).driftedFeatures, []);
  const noon = hoursOfData(LATER + 12, 1, 120, 10);
  const gone = { ...noon, columns: { age: new Array<null>(noon.rows).fill(null) } };
  assert.deepEqual(compareToReference(profile, gone).driftedFeatures, ["age"]);
});

test("the profile holds how well a score's probabilities hold, and merges it", () => {
  const make = (rows: number, seed: number, bend: number): DataWindow => {
    const random = new SeededRandom(seed);
    const truth = Array.from({ length: rows }, () => random.next());
    const label = truth.map((p) => (random.next() < p ? 1 : 0));
    return { rows, columns: { score: truth.map((p) => p ** bend / (p ** bend + (1 - p) ** bend)), label } };
  };
  const columns = { score: "score", label: "label" };
  const profileOf = (window: DataWindow) => buildProfile(window, { score: "numeric" }, columns);
  const good = profileOf(make(4000, 1, 1));
  const overconfident = mergeProfiles(profileOf(make(3000, 2, 3)), profileOf(make(1000, 3, 3)));

  assert.equal(good.calibration && calibrationOf(good.calibration)?.fit, null);
  const found = overconfident.calibration && calibrationOf(overconfident.calibration);
  assert.ok(found?.fit && found.errorAfter < found.errorBefore / 3);
});

describe("seasonalTime", () => {
  const cases: readonly (readonly [text: string, time: number | undefined])[] = [
    ["2026-01-05T09:30:00Z", Date.UTC(2026, 0, 5, 9, 30)],
    ["2026-01-05T09:30:00+02:00", Date.UTC(2026, 0, 5, 7, 30)],
    ["2026-01-05T09:30", Date.UTC(2026, 0, 5, 9, 30)],
    ["2026-01-05 09:30:15.5", Date.UTC(2026, 0, 5, 9, 30, 15, 500)],
    ["2026-01-05", Number.NaN],
    ["2026-13-05", undefined],
    ["yesterday", undefined],
    ["", undefined],
  ];
  for (const [text, time] of cases)
    it(`reads ${JSON.stringify(text)} as ${time}, wherever it runs`, () => {
      assert.ok(Object.is(seasonalTime(text), time), String(seasonalTime(text)));
    });
});
