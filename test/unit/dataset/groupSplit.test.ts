import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Parts, placeOf, splitByGroup, splitByTimeAndGroup } from "../../../core/dataset/groupSplit.ts";

const SHARES = { train: 0.6, validation: 0.2 };
const NAMES = ["train", "validation", "holdout"] as const;
const rows = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 60 })), { maxLength: 300 })
  .map((pairs) => pairs.sort(([a], [b]) => a - b))
  .map((pairs) => ({
    times: pairs.map(([day]) => String(day).padStart(3, "0")),
    groups: pairs.map(([, group]) => `g${group}`),
  }));

/** Every row is in one part or left out, once. */
function assertWhole(parts: Parts, count: number): void {
  const all = [...NAMES.flatMap((name) => parts[name]), ...parts.purged].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    Array.from({ length: count }, (_, i) => i),
  );
}

function assertNoGroupTwice(parts: Parts, groups: readonly string[]): void {
  const sets = NAMES.map((name) => new Set(parts[name].map((i) => groups[i])));
  assert.equal(
    new Set(sets.flatMap((set) => [...set])).size,
    sets.reduce((sum, set) => sum + set.size, 0),
  );
}

test("by group no group lies in two parts, no row is lost, and the part of a group hangs on its text alone", () => {
  fc.assert(
    fc.property(rows, ({ groups }) => {
      const parts = splitByGroup(groups, SHARES);
      if (parts === null) return;
      assertWhole(parts, groups.length);
      assertNoGroupTwice(parts, groups);
      for (const index of parts.train) assert.ok(placeOf(groups[index] as string) < 0.6);
      for (const index of parts.holdout) assert.ok(placeOf(groups[index] as string) >= 0.8);
    }),
  );
});

test("by time and group the holdout is newer than all that trains, its groups are new, and what is left out is counted", () => {
  let purges = 0;
  fc.assert(
    fc.property(rows, ({ times, groups }) => {
      const parts = splitByTimeAndGroup(times, groups, SHARES);
      if (parts === null) return;
      assertWhole(parts, groups.length);
      assertNoGroupTwice(parts, groups);
      const [train, validation, holdout] = NAMES.map((name) => parts[name].map((i) => times[i] as string));
      assert.ok((train?.at(-1) as string) < (validation?.[0] as string));
      assert.ok((validation?.at(-1) as string) < (holdout?.[0] as string));
      const later = new Set([...parts.validation, ...parts.holdout].map((i) => groups[i]));
      for (const index of parts.purged) assert.ok(later.has(groups[index]));
      if (parts.purged.length > 0) purges++;
    }),
    // A tenth of the cases has such groups.
    { numRuns: 500 },
  );
  assert.ok(purges > 10, "the property must have seen groups that come back");
});

test("places are spread evenly, so that shares of groups are about the shares asked for", () => {
  const groups = Array.from({ length: 20_000 }, (_, i) => `customer-${i}`);
  const parts = splitByGroup(groups, SHARES);

  assert.ok(Math.abs((parts?.train.length ?? 0) / groups.length - 0.6) < 0.015);
  assert.ok(Math.abs((parts?.holdout.length ?? 0) / groups.length - 0.2) < 0.015);
});

test("places are those of md5, as anybody can recompute them", () => {
  // md5("foo") = acbd18db4cc2f85cedef654fccc4a4d8
  assert.equal(placeOf("foo"), 0xacbd18db / 2 ** 32);
});

test("a part that would be empty is not made", () => {
  assert.equal(splitByGroup(["a", "a", "a"], SHARES), null);
  assert.equal(splitByTimeAndGroup(["1", "2", "3", "4", "5"], ["a", "a", "a", "a", "a"], SHARES), null);
});
