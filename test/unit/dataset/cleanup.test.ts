import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DatasetRecord } from "../../../contracts/records.ts";
import { datasetsIn, datasetsToDelete, isLocked, used } from "../../../core/dataset/cleanup.ts";

const DAY = 24 * 3_600_000;
const NOW = new Date("2026-06-01T00:00:00Z");
const IDS = Array.from({ length: 12 }, (_, i) => `ds-${i}`);
const id = fc.constantFrom(...IDS);
const dataset = (datasetId: string, age: number, changes: Partial<DatasetRecord> = {}): DatasetRecord => ({
  version: 1,
  modelName: "tiny",
  datasetId,
  parents: [],
  lastUsedAt: new Date(NOW.getTime() - age * DAY).toISOString(),
  state: "kept",
  deletingSince: null,
  ...changes,
});
const datasets = fc
  .tuple(
    ...IDS.map((name) =>
      fc
        .record({ age: fc.integer({ min: 0, max: 90 }), parents: fc.array(id, { maxLength: 2 }) })
        .map(({ age, parents }) => dataset(name, age, { parents })),
    ),
  )
  .map((all): DatasetRecord[] => all);

test("never goes what is referred to, what that was made from at any remove, what is recent or among the newest", () => {
  let deletions = 0;
  fc.assert(
    fc.property(
      datasets,
      fc.array(id, { maxLength: 4 }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 6 }),
      (all, referred, keepDays, keepNewest) => {
        const facts = { datasets: all, referred: new Set(referred), now: NOW };
        const gone = new Set(datasetsToDelete(facts, { keepDays, keepNewest }));
        deletions += gone.size;
        const parentsOf = new Map(all.map((one) => [one.datasetId, one.parents]));
        const visit = (name: string, seen: Set<string>): void => {
          if (seen.has(name)) return;
          seen.add(name);
          assert.ok(!gone.has(name), `${name} is referred to`);
          for (const parent of parentsOf.get(name) ?? []) visit(parent, seen);
        };
        for (const name of referred) visit(name, new Set());
        const age = (one: DatasetRecord): number => (NOW.getTime() - Date.parse(one.lastUsedAt)) / DAY;
        for (const one of all) if (age(one) < keepDays) assert.ok(!gone.has(one.datasetId));
        const newer = (name: string): number =>
          all.filter((one) => age(one) < age(all.find((other) => other.datasetId === name) as DatasetRecord))
            .length;
        for (const name of gone)
          assert.ok(all.length - newer(name) > 0 && newer(name) + IDS.length > keepNewest);
        assert.ok(all.length - gone.size >= Math.min(keepNewest, all.length));
      },
    ),
  );
  assert.ok(deletions > 50, "the property must have seen deletions");
});

test("old unused datasets go, the longest unused first; deleted ones are no candidates and take no place among the newest", () => {
  const all = [
    dataset("ds-a", 40),
    dataset("ds-b", 50),
    dataset("ds-c", 1),
    dataset("ds-d", 0, { state: "deleted" }),
  ];

  assert.deepEqual(
    datasetsToDelete({ datasets: all, referred: new Set(), now: NOW }, { keepDays: 30, keepNewest: 1 }),
    ["ds-b", "ds-a"],
  );
});

test("a deletion that died is taken up again after the longest run of a Lambda, not before", () => {
  const since = (minutes: number): DatasetRecord =>
    dataset("ds-a", 40, {
      state: "deleting",
      deletingSince: new Date(NOW.getTime() - minutes * 60_000).toISOString(),
    });
  const chosen = (one: DatasetRecord): string[] =>
    datasetsToDelete({ datasets: [one], referred: new Set(), now: NOW }, { keepDays: 30, keepNewest: 0 });

  assert.deepEqual([chosen(since(5)), chosen(since(20))], [[], ["ds-a"]]);
  assert.deepEqual([isLocked(since(5), NOW), isLocked(since(20), NOW)], [true, false]);
});

test("using a dataset again unmarks it and keeps the parents it had", () => {
  const before = dataset("ds-a", 40, { state: "deleted", parents: ["ds-x"] });

  const record = used(before, { modelName: "tiny", datasetId: "ds-a", parents: ["ds-y"] }, NOW);

  assert.deepEqual(record, {
    ...before,
    state: "kept",
    parents: ["ds-x", "ds-y"],
    lastUsedAt: NOW.toISOString(),
  });
});

test("parents are read from where files lie", () => {
  const uris = [
    "s3://data/judge/tiny/ds-1/table.csv",
    "s3://data/datasets/other/ds-2/x.csv",
    "s3://data/raw/tiny/a.csv",
  ];

  assert.deepEqual(datasetsIn(uris, "tiny"), ["ds-1"]);
});
