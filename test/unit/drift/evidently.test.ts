import assert from "node:assert/strict";
import { test } from "node:test";
import { evidentlyVerdict, toEvidentlySnapshot } from "../../../core/drift/index.ts";

const window = (columns: Record<string, (string | number | null)[]>) => ({
  rows: Object.values(columns)[0]?.length ?? 0,
  columns,
});
const repeat = <T>(value: T, times: number): T[] => new Array<T>(times).fill(value);
const near = (got: number | undefined, want: number): void =>
  assert.ok(Math.abs((got ?? Number.NaN) - want) < 1e-12, `expected ${want}, got ${got}`);

test("small references are tested: KS for numbers, chi-squared and z for categories, as published", () => {
  const c6 = (counts: number[]) => counts.flatMap((c, i) => repeat(`v${i}`, c));
  const reference = window({
    number: [38.7, 41.5, 43.8, 44.5, 45.5, 46, 47.7, 58],
    flag: ["a", "a", "a", "a", "b", "b", "b", "b"],
  });
  const current = window({
    number: [39.2, 39.3, 39.7, 41.4, 41.8, 42.9, 43.3, 45.8],
    flag: ["a", "a", "a", "a", "b", "b", "b", "b"],
  });
  const [number, flag] = evidentlyVerdict(reference, current).columns;
  near(number?.score, 0.08702408702408701);
  assert.deepEqual([number?.method, flag?.method, flag?.drifted], ["ks", "z", false]);

  const [chi] = evidentlyVerdict(
    window({ c: c6([16, 18, 16, 14, 12, 12]) }),
    window({ c: c6([16, 16, 16, 16, 16, 8]) }),
  ).columns;
  assert.equal(chi?.method, "chisquare");
  near(chi?.score, 0.6730876006966301);

  const [z] = evidentlyVerdict(
    window({ c: [...repeat("a", 60), ...repeat("b", 40)] }),
    window({ c: [...repeat("a", 45), ...repeat("b", 55)] }),
  ).columns;
  near(z?.score, 0.03367206885634566);
});

test("large references are measured: normed Wasserstein and Jensen-Shannon against 0.1", () => {
  const x = Array.from({ length: 1100 }, (_, i) => i / 10 + 0.05);
  const verdict = evidentlyVerdict(
    window({ x, k: x.map((_, i) => `k${i % 3}`) }),
    window({ x: x.map((v) => v * 1.3), k: x.map((_, i) => `k${i % 3}`) }),
  );

  assert.deepEqual(
    verdict.columns.map((c) => [c.method, c.drifted]),
    [
      ["wasserstein", true],
      ["jensenshannon", false],
    ],
  );
  assert.equal(verdict.verdict, "drift", "half of the columns is enough");
});

test("the snapshot names metrics as Evidently does", () => {
  const verdict = evidentlyVerdict(
    window({ age: [1.5, 2, 3, 4, 5, 6, 7] }),
    window({ age: [1.5, 2, 3, 4, 5, 6, 7] }),
  );
  const { metrics, tests } = toEvidentlySnapshot(verdict) as {
    metrics: { metric_name: string; value: unknown }[];
    tests: { status: string }[];
  };

  assert.equal(metrics[1]?.metric_name, "ValueDrift(column=age,method=K-S p_value,threshold=0.05)");
  assert.deepEqual(metrics[0]?.value, { count: 0, share: 0 });
  assert.equal(tests[0]?.status, "SUCCESS");
});

test("text and empty columns are said to be left out", () => {
  const text = Array.from({ length: 20 }, (_, i) => `sentence ${i}`);
  const verdict = evidentlyVerdict(
    window({ text, none: repeat(null, 20) }),
    window({ text, none: repeat(null, 20) }),
  );

  assert.deepEqual(
    verdict.skipped.map((s) => s.column),
    ["text", "none"],
  );
});
