import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SeededRandom } from "../../../core/statistics/index.ts";
import {
  compareDatasets,
  type DatasetRows,
  type DatasetSummary,
  SummaryBuilder,
  summarizeDataset,
} from "../../../core/validation/consistency/index.ts";

interface Edit {
  readonly rows?: number;
  readonly task?: DatasetRows["task"];
  /** Changes one row: age, job, note and label. */
  readonly row?: (row: { age: string; job: string; note: string; label: number }, i: number) => object;
  readonly time?: (i: number, rows: number) => string;
  readonly features?: DatasetRows["features"];
}

const FEATURES: DatasetRows["features"] = [
  { name: "age", type: "numeric" },
  { name: "job", type: "categorical" },
  { name: "note", type: "categorical" },
];

const dayOf = (i: number, rows: number): string =>
  new Date(Date.UTC(2026, 0, 1 + Math.floor((i * 100) / rows))).toISOString().slice(0, 10);

/** A thousand rows of a hundred days in which the older say yes more often. */
function dataset(seed: number, edit: Edit = {}): DatasetRows {
  const random = new SeededRandom(seed);
  const rows = edit.rows ?? 1000;
  const made = Array.from({ length: rows }, (_, i) => {
    const age = 20 + random.integer(6000) / 100;
    const row = {
      age: String(age),
      job: ["admin", "nurse", "smith", "none"][random.integer(4)] as string,
      note: `n${random.integer(100_000)}`,
      label: edit.task === "regression" ? age + 10 * random.normal() : Number(random.next() * 120 < age),
    };
    return { ...row, ...edit.row?.(row, i) };
  });
  return {
    task: edit.task ?? "binary-classification",
    features: edit.features ?? FEATURES,
    times: made.map((_, i) => (edit.time ?? dayOf)(i, rows)),
    cells: made.map(({ age, job, note }) => [age, job, note]),
    labels: made.map(({ label }) => label),
    splits: {
      train: [0, Math.floor(rows * 0.6)],
      validation: [Math.floor(rows * 0.6), Math.floor(rows * 0.8)],
      holdout: [Math.floor(rows * 0.8), rows],
    },
  };
}

const summary = (seed: number, edit: Edit = {}): DatasetSummary => summarizeDataset(dataset(seed, edit));
const codes = (
  previous: DatasetSummary | null,
  current: DatasetSummary,
  context: Parameters<typeof compareDatasets>[2] = {},
): string[] =>
  compareDatasets(previous, current, context).findings.map(
    (f) => `${f.severity} ${f.code}${f.column === null ? "" : `:${f.column}`}`,
  );

const CASES: readonly (readonly [what: string, edit: Edit, found: readonly string[]])[] = [
  ["the same source again", {}, []],
  ["half as many rows", { rows: 600 }, []],
  ["a third of the rows", { rows: 300 }, ["warning FewerRows"]],
  ["a twentieth of the rows", { rows: 50 }, ["critical FewerRows", "warning OlderThanBefore"]],
  [
    "a column of numbers with text in it",
    { row: (r, i) => (i % 9 ? r : { age: "n/a" }) },
    ["critical TypeChanged:age"],
  ],
  ["texts that became numbers", { row: (_, i) => ({ job: String(i % 4) }) }, ["warning TypeChanged:job"]],
  ["a tenth of a column gone", { row: (r, i) => (i % 10 ? r : { age: "" }) }, ["warning MoreMissing:age"]],
  ["a column no longer filled", { row: () => ({ job: "" }) }, ["critical MoreMissing:job"]],
  ["only one class", { row: () => ({ label: 0 }) }, ["critical LabelConstant"]],
  ["classes the other way round", { row: (r) => ({ label: 1 - r.label }) }, ["warning LabelShifted"]],
  ["far more positives", { row: (r, i) => (i % 2 ? r : { label: 1 }) }, ["warning LabelShifted"]],
  ["the label in a feature", { row: (r) => ({ age: String(r.label + 0.5) }) }, ["critical LabelLeak:age"]],
  [
    "the label as a category",
    { row: (r, i) => ({ job: r.label === 1 ? `won${i % 3}` : `lost${i % 3}` }) },
    ["critical LabelLeak:job"],
  ],
  [
    "times in two notations",
    { time: (i, n) => (i % 7 ? dayOf(i, n) : "02/03/2026") },
    ["critical TimeDisorder", "critical TimeFormat"],
  ],
  ["an older delivery", { time: (i, n) => dayOf(i, n).replace("2026", "2024") }, ["warning OlderThanBefore"]],
  [
    "a new column",
    { features: [...FEATURES.slice(0, 2), { name: "extra", type: "categorical" }] },
    ["critical ColumnRemoved:note", "warning ColumnAdded:extra"],
  ],
];

test("each break with the dataset before has its code and severity", () => {
  const previous = summary(1);
  for (const [what, edit, found] of CASES)
    assert.deepEqual(codes(previous, summary(2, edit)).sort(), [...found].sort(), what);
});

test("a finding says where, what was expected, what came, with its numbers", () => {
  const { verdict, findings } = compareDatasets(summary(1), summary(2, { row: () => ({ job: "" }) }));

  assert.equal(verdict, "fail");
  assert.match(
    findings[0]?.message ?? "",
    /column "job": expected about 0 % missing, got 100 %; see whether/,
  );
  assert.deepEqual(Object.keys(findings[0]?.numbers ?? {}), ["before", "now", "standardError"]);
});

test("without a dataset before, leaks, one class and disorder still stop", () => {
  assert.deepEqual(codes(null, summary(1)), []);
  assert.deepEqual(codes(null, summary(1, { row: (r) => ({ age: String(r.label) }) })), [
    "critical LabelLeak:age",
  ]);
  assert.deepEqual(codes(null, summary(1, { row: () => ({ label: 1 }) })), ["critical LabelConstant"]);
});

test("a leak that was accepted once is reported, not stopped again", () => {
  const leaky = (seed: number) => summary(seed, { row: (r) => ({ age: String(r.label) }) });

  assert.deepEqual(codes(leaky(1), leaky(2)), ["warning LabelLeak:age"]);
});

test("what a person accepts by code, or by code and column, is a warning", () => {
  const gone = summary(2, { row: () => ({ job: "" }) });

  assert.deepEqual(codes(summary(1), gone, { accepted: ["MoreMissing:job"] }), ["warning MoreMissing:job"]);
  assert.deepEqual(codes(summary(1), gone, { accepted: ["MoreMissing"] }), ["warning MoreMissing:job"]);
  assert.deepEqual(codes(summary(1), gone, { accepted: ["MoreMissing:age"] }), ["critical MoreMissing:job"]);
});

test("a column that the model no longer wants may go", () => {
  const without = summary(2, { features: FEATURES.slice(0, 2) });

  assert.deepEqual(codes(summary(1), without, { wantedColumns: ["age", "job"] }), [
    "warning ColumnRemoved:note",
  ]);
});

test("ids tell nothing of the label, though each has its own", () => {
  const score = summary(3, { row: (_, i) => ({ note: `id${i}` }) }).columns[2]?.labelScore ?? 1;

  assert.ok(score < 0.6, String(score));
});

test("for numbers as labels a copy in a feature is a leak, an honest feature is none", () => {
  assert.deepEqual(codes(null, summary(4, { task: "regression" })), []);
  assert.deepEqual(
    codes(null, summary(4, { task: "regression", row: (r) => ({ age: String(2 * r.label) }) })),
    ["critical LabelLeak:age"],
  );
});

test("old rows delivered again under new times are found in the holdout", () => {
  const data = dataset(5);
  const [from, to] = data.splits.holdout;
  const again: DatasetRows = {
    ...data,
    cells: data.cells.map((row, i) => (i < from ? row : (data.cells[i - from] as string[]))),
    labels: data.labels.map((label, i) => (i < from ? label : (data.labels[i - from] as number))),
  };

  assert.ok(to - from < from);
  assert.deepEqual(codes(summary(1), summarizeDataset(again)), ["critical HoldoutSeen"]);
});

test("a file taken in twice is found in the duplicates", () => {
  const twice = dataset(6, { rows: 1000 });
  const double = <T>(list: readonly T[]): T[] => list.flatMap((x) => [x, x]);
  const doubled: DatasetRows = {
    ...twice,
    times: double(twice.times),
    cells: double(twice.cells),
    labels: double(twice.labels),
    splits: { train: [0, 1200], validation: [1200, 1600], holdout: [1600, 2000] },
  };

  assert.deepEqual(codes(summary(1), summarizeDataset(doubled)), ["warning Duplicates"]);
});

test("a dataset that grows by captures of the same world passes, and one in a window of the newest rows", () => {
  for (let seed = 10; seed < 60; seed++) {
    assert.deepEqual(codes(summary(seed, { rows: 700 }), summary(seed + 100, { rows: 1400 })), []);
    assert.deepEqual(
      codes(summary(seed, { rows: 1400 }), summary(seed + 100, { rows: 300 }), { expectedRows: 300 }),
      [],
    );
  }
});

test("rows of one time may come in any order", () => {
  const data = dataset(7, { rows: 400, time: (i, n) => dayOf(Math.floor(i / 80), Math.ceil(n / 80)) });
  const base = summarizeDataset(data);
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = new SeededRandom(seed);
      const order = data.times.map((time, i) => ({ time, i, key: random.next() }));
      order.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.key - b.key));
      const shuffled: DatasetRows = {
        ...data,
        times: order.map(({ time }) => time),
        cells: order.map(({ i }) => data.cells[i] as string[]),
        labels: order.map(({ i }) => data.labels[i] as number),
      };
      assert.deepEqual(summarizeDataset(shuffled), base);
    }),
    { numRuns: 30 },
  );
});

test("parts may come mixed, as the rows of groups do, and nothing changes", () => {
  const data = dataset(7, { rows: 400, time: (i, n) => dayOf(Math.floor(i / 80), Math.ceil(n / 80)) });
  const builder = new SummaryBuilder(data, data.times.length);
  const partAt = (i: number) =>
    i < data.splits.train[1] ? "train" : i < data.splits.validation[1] ? "validation" : "holdout";
  const order = data.times.map((_, i) => ({ i, place: (i * 7) % 13 }));
  // Within a part rows keep their order.
  const mixed = { train: [] as number[], validation: [] as number[], holdout: [] as number[] };
  for (const { i } of order) mixed[partAt(i)].push(i);
  for (let turn = 0; mixed.train.length + mixed.validation.length + mixed.holdout.length > 0; turn++) {
    const part = (["holdout", "train", "validation"] as const)[turn % 3] as keyof typeof mixed;
    const i = mixed[part].shift();
    if (i === undefined) continue;
    builder.add({
      part,
      time: data.times[i] as string,
      cells: data.cells[i] as string[],
      label: data.labels[i] as number,
    });
  }

  assert.deepEqual(builder.build(), summarizeDataset(data));
});

test("of very many rows a share is compared, chosen by content: repeats are found among it as among all", () => {
  const rows = 3_000_000;
  const builder = new SummaryBuilder(
    { task: "regression", features: [{ name: "x", type: "numeric" }] },
    rows,
  );
  // A tenth of the rows of training come again, and half of the holdout has been seen there.
  const add = (part: "train" | "validation" | "holdout", x: number): void =>
    builder.add({
      part,
      time: `${part === "train" ? 1 : part === "validation" ? 2 : 3}`,
      cells: [String(x)],
      label: x % 5,
    });
  for (let n = 0; n < 200_000; n++) add("train", n < 180_000 ? n : n - 100_000);
  for (let n = 0; n < 20_000; n++) add("validation", 500_000 + n);
  for (let n = 0; n < 20_000; n++) add("holdout", n % 2 === 0 ? n : 700_000 + n);
  const { duplicateShare, seenInTraining, columns } = builder.build();

  assert.ok(Math.abs(duplicateShare - 20_000 / 240_000) < 0.005, String(duplicateShare));
  assert.equal(seenInTraining.validation, 0);
  assert.ok(Math.abs(seenInTraining.holdout - 0.5) < 0.02, String(seenInTraining.holdout));
  assert.ok(columns[0]?.labelScore !== null);
});
