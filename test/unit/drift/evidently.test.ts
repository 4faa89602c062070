import assert from "node:assert/strict";
import { test } from "node:test";
import { evidentlyVerdict } from "../../../core/drift/index.ts";
import { pythonFixed } from "../../../core/drift/pythonText.ts";

const window = (columns: Record<string, (string | number | boolean | null)[]>) => ({
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

test("numbers are written as Python's format does: a half goes to the even digit", () => {
  const fixed = [0.125, 0.375, 0.0625, 0.07, 2.675, 1 / 3, -0.125].map((x) => pythonFixed(x, 2));

  assert.deepEqual(fixed, ["0.12", "0.38", "0.06", "0.07", "2.67", "0.33", "-0.12"]);
});

test("Evidently drops infinities where it tests a column, and keeps them where it counts those that drifted", () => {
  const normal = Array.from({ length: 40 }, (_, i) => i / 40 + 0.001);
  const [moved] = evidentlyVerdict(
    window({ x: normal }),
    window({ x: [...normal.slice(0, 20), ...repeat(Infinity, 20)] }),
  ).columns;
  const [gap] = evidentlyVerdict(
    window({ x: normal }),
    window({ x: [...normal.filter((_, i) => i % 2 === 0), ...repeat(Infinity, 20), null] }),
  ).columns;

  assert.deepEqual([moved?.drifted, moved?.counted], [true, true]);
  assert.deepEqual([gap?.drifted, gap?.counted], [false, false], "something is missing");
  const [kept] = evidentlyVerdict(
    window({ x: normal }),
    window({ x: [...normal.filter((_, i) => i % 2 === 0), ...repeat(Infinity, 20)] }),
  ).columns;
  assert.deepEqual([kept?.drifted, kept?.counted], [false, true]);
});

test("text and empty columns are said to be left out; where nothing is left, that is no verdict", () => {
  const text = Array.from({ length: 20 }, (_, i) => `sentence ${i}`);
  const skipped = { text, none: repeat(null, 20), truths: [...repeat(true, 19), null] };
  const x = text.map((_, i) => i / 7);
  const verdict = evidentlyVerdict(window({ ...skipped, x }), window({ ...skipped, x }));

  assert.deepEqual(
    verdict.skipped.map((s) => s.column),
    ["text", "none", "truths"],
  );
  assert.throws(() => evidentlyVerdict(window(skipped), window(skipped)), /at least one/);
});
