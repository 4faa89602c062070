/** Resampling by name: what others build on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bootstrapInterval,
  normal,
  pairedBootstrapDifference,
  permutationTest,
  SeededRandom,
  type WeightedStatistic,
} from "../../../core/statistics/index.ts";

function normals(n: number, seed: number, shift = 0): Float64Array {
  const random = new SeededRandom(seed);
  return Float64Array.from({ length: n }, () => shift + normal.quantile((random.integer(1e9) + 0.5) / 1e9));
}

const meanOf =
  (values: Float64Array): WeightedStatistic =>
  (weights) => {
    let sum = 0;
    let n = 0;
    for (let i = 0; i < values.length; i++) {
      const weight = weights === null ? 1 : (weights[i] as number);
      sum += weight * (values[i] as number);
      n += weight;
    }
    return sum / n;
  };

const mean = (values: ArrayLike<number>): number => meanOf(Float64Array.from(values))(null);

test("what two models have in common cancels out of their paired difference", () => {
  const common = normals(400, 1);
  const better = common.map((value) => value + 0.1);

  const found = pairedBootstrapDifference(400, meanOf(common), meanOf(better), { repetitions: 300 });

  assert.ok(Math.abs(found.estimate - 0.1) < 1e-12);
  assert.ok(found.high - found.low < 1e-12, "both are scored with the same draw");
  assert.equal(found.shareNotAhead, 0);
});

test("equal models are never ahead of each other: ties count half", () => {
  const values = normals(50, 2);

  const found = pairedBootstrapDifference(50, meanOf(values), meanOf(values), { repetitions: 100 });

  assert.deepEqual([found.estimate, found.low, found.high, found.shareNotAhead], [0, 0, 0, 0.5]);
});

test("sides swapped turn the paired difference round, with the same resamples", () => {
  const [a, b] = [normals(80, 3), normals(80, 4)];

  const there = pairedBootstrapDifference(80, meanOf(a), meanOf(b), { repetitions: 200, seed: 5 });
  const back = pairedBootstrapDifference(80, meanOf(b), meanOf(a), { repetitions: 200, seed: 5 });

  assert.equal(there.estimate, -back.estimate);
  assert.ok(Math.abs(there.low + back.high) < 1e-12 && Math.abs(there.high + back.low) < 1e-12);
  assert.ok(Math.abs(there.shareNotAhead + back.shareNotAhead - 1) < 1e-12);
});

test("a metric that no resample has leaves no share", () => {
  const found = pairedBootstrapDifference(
    5,
    () => Number.NaN,
    () => 1,
    { repetitions: 10 },
  );

  assert.ok(Number.isNaN(found.shareNotAhead) && Number.isNaN(found.low));
  assert.equal(found.repetitions, 0);
});

test("nine in ten 90 % intervals of a mean hold it", () => {
  let held = 0;
  for (let seed = 0; seed < 200; seed++) {
    const { low, high } = bootstrapInterval(normals(40, 100 + seed), mean, {
      confidence: 0.9,
      repetitions: 300,
      seed,
    });
    if (low <= 0 && 0 <= high) held++;
  }

  assert.ok(held >= 165 && held <= 195, `${held} of 200`);
});

test("the same seed gives the same interval", () => {
  const sample = normals(30, 7);

  assert.deepEqual(
    bootstrapInterval(sample, mean, { seed: 3 }),
    bootstrapInterval(sample, mean, { seed: 3 }),
  );
  assert.notDeepEqual(
    bootstrapInterval(sample, mean, { seed: 3 }),
    bootstrapInterval(sample, mean, { seed: 4 }),
  );
});

test("a permutation test finds a shift, and none between draws of one source", () => {
  const difference = (x: ArrayLike<number>, y: ArrayLike<number>): number => Math.abs(mean(x) - mean(y));

  assert.ok(permutationTest(normals(60, 8), normals(60, 9, 1), difference, { seed: 1 }).pValue < 0.01);
  assert.ok(permutationTest(normals(60, 10), normals(60, 11), difference, { seed: 1 }).pValue > 0.01);
});
