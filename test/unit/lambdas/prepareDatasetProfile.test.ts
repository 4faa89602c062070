import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReferenceProfile } from "../../../core/drift/index.ts";
import { buildProfile } from "../../../lambdas/prepareDataset/profile.ts";
import { tinySpec } from "../../support/sample.ts";

const profileOf = (times: readonly string[]) =>
  parseReferenceProfile(
    JSON.parse(
      buildProfile(
        tinySpec(),
        times.map((_, row) => [String(20 + (row % 50)), "student"]),
        times,
      ),
    ),
  );
const seasons = (times: readonly string[]): boolean[] =>
  Object.values(profileOf(times).features).map((feature) => feature.season !== undefined);
const hours = Array.from({ length: 200 }, (_, hour) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString());

describe("the reference profile of a dataset", () => {
  it("knows hours of the week where rows know their hour", () => {
    assert.deepEqual(seasons(hours), [true, true]);
  });
  it("knows them too where only the newer rows do, as after a retraining", () => {
    assert.deepEqual(seasons([...hours.map((time) => time.slice(0, 10)), ...hours]), [true, true]);
  });
  it("has none where all rows know is their day", () => {
    assert.deepEqual(seasons(hours.map((time) => time.slice(0, 10))), [false, false]);
  });
});
