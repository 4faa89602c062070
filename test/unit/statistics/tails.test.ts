/** Tails of sampling without replacement, against sums and enumerations of all samples. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { limitUpperTail } from "../../../core/statistics/hypothesis/cramerVonMises.ts";
import { hypergeometricTail, leadingBits, normal, sampleSumTail } from "../../../core/statistics/index.ts";

/** Binomial coefficient. */
const choose = (n: number, k: number): number => {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return result;
};
const chance = (k: number, marked: number, plain: number, draws: number): number =>
  (choose(marked, k) * choose(plain, draws - k)) / choose(marked + plain, draws);

test("the hypergeometric tail is the sum of the chances farther out and half that of the count itself", () => {
  for (const [marked, plain, draws] of [
    [20, 80, 10],
    [20, 5, 10],
    [3, 50, 20],
  ] as const) {
    for (let k = Math.max(0, draws - plain); k <= Math.min(marked, draws); k++) {
      const isBelow = k * (marked + plain) < draws * marked;
      let expected = chance(k, marked, plain, draws) / 2;
      for (let j = 0; j <= draws; j++)
        if ((isBelow ? j < k : j > k) && j <= marked && draws - j <= plain)
          expected += chance(j, marked, plain, draws);

      const tail = hypergeometricTail(k, marked, plain, draws);

      assert.ok(Math.abs(tail / expected - 1) < 1e-9, `${k} of ${marked}/${plain}/${draws}: ${tail}`);
    }
  }
});

test("the tail of a sample's sum is that of all samples within a sixth, where the normal law is off by a quarter", () => {
  const values = [0.04, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.2, 1.5, 1.9, 2.6, 4];
  const sums: number[] = [];
  for (let chosen = 0; chosen < 1 << values.length; chosen++) {
    const members = values.filter((_, i) => (chosen >> i) & 1);
    if (members.length === 5) sums.push(members.reduce((a, b) => a + b, 0));
  }
  const mean = sums.reduce((a, b) => a + b) / sums.length;
  const deviation = Math.sqrt(sums.reduce((a, b) => a + (b - mean) ** 2, 0) / sums.length);
  let worst = 1;
  for (const sum of [8, 9, 10]) {
    const exact = sums.filter((s) => s >= sum).length / sums.length;

    const tail = sampleSumTail(
      values,
      values.map(() => 1),
      5,
      sum,
    );

    assert.ok(Math.abs(tail / exact - 1) < 1 / 6, `at ${sum}: ${tail} for ${exact}`);
    worst = Math.max(worst, exact / normal.sf((sum - mean) / deviation));
  }
  assert.ok(worst > 1.25, `the normal law would have done: ${worst}`);
});

test("a rare event's tail half a step earlier is never too small, and at most half as large again", () => {
  for (const [marked, plain, draws, k] of [
    [10, 990, 100, 4],
    [110, 9990, 100, 5],
    [110, 9990, 100, 8],
    [50, 50, 50, 35],
  ] as const) {
    let exact = 0;
    for (let j = k; j <= Math.min(marked, draws); j++) exact += chance(j, marked, plain, draws);

    const ratio = sampleSumTail([0, 1], [plain, marked], draws, k - 0.5) / exact;

    assert.ok(ratio >= 1 && ratio < 1.5, `${k} of ${marked}/${plain}/${draws}: ${ratio}`);
  }
});

test("a sum that no sample reaches has no tail", () => {
  assert.ok(Number.isNaN(sampleSumTail([0, 1], [90, 10], 20, 10.5)));
});

test("leading bits round towards zero", () => {
  assert.deepEqual(
    [leadingBits(7.9, 1), leadingBits(-7.9, 0), leadingBits(5, 20), leadingBits(0, 3)],
    [6, -4, 5, 0],
  );
});

test("the limiting law of Cramer and von Mises keeps nine digits in its upper tail", () => {
  // Smirnov's integrals in 40 digits.
  for (const [x, want] of [
    [0.3, 0.13517126880510588],
    [0.5, 0.03983321756560763],
    [1.7, 6.067382128977682e-5],
    [6.5, 1.6379138585517314e-15],
    [31, 2.3489186038617068e-68],
    [140, 2.754317998526277e-302],
  ] as const) {
    const got = limitUpperTail(x);
    assert.ok(Math.abs(got / want - 1) < 1e-9, `at ${x}: expected ${want}, got ${got}`);
  }
});
