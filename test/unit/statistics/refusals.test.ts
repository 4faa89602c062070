/** Input of which a number would be nonsense is refused by name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Adwin,
  bootstrapInterval,
  chiSquareGoodnessOfFit,
  cramerVonMises,
  Ddm,
  Eddm,
  HddmA,
  HddmW,
  isotonicRegression,
  Kswin,
  PageHinkley,
  permutationTest,
  populationStabilityIndex,
  StatisticsError,
} from "../../../core/statistics/index.ts";

const isRefused = (message: RegExp) => (error: unknown) =>
  error instanceof StatisticsError && message.test(error.message);

test("a sample of one value has no Cramer-von Mises test, as in SciPy", () => {
  for (const [x, y] of [
    [[], [1, 2, 3]],
    [[1], [1, 1, 2, 2, 3, 3]],
    [[0, 0, 0], [1]],
  ] as const)
    assert.throws(() => cramerVonMises(x, y), isRefused(/at least 2 values, got \[\d,\d\]/));
});

test("a statistic that gives no number has no permutation p-value", () => {
  const difference = (x: Float64Array, y: Float64Array): number => (x[0] as number) - (y[0] as number);

  assert.throws(() => permutationTest([Number.NaN], [1], difference), isRefused(/statistic: .*"NaN"/));
  assert.throws(
    () => permutationTest([Infinity, 1], [Infinity, 2], difference),
    isRefused(/statistic: expected a number/),
  );
});

test("what is no number is refused where it would become the result", () => {
  const mean = (x: Float64Array): number => x.reduce((a, b) => a + b) / x.length;

  assert.throws(() => bootstrapInterval([1, Number.NaN, 3], mean), isRefused(/without NaN/));
  assert.throws(() => isotonicRegression([1, 2], [0, Number.NaN]), isRefused(/y\[1\]: .*"NaN"/));
  assert.throws(() => isotonicRegression([Infinity, 2], [0, 1]), isRefused(/x\[0\]: .*"Infinity"/));
});

test("counts are 0 or more", () => {
  assert.throws(
    () => populationStabilityIndex([5, -1], [3, 3]),
    isRefused(/p: expected weights of 0 or more, got -1/),
  );
  assert.throws(() => chiSquareGoodnessOfFit([-1, -2], [-1, -2]), isRefused(/0 or more/));
  assert.throws(() => chiSquareGoodnessOfFit([1, Number.NaN], [1, 2]), isRefused(/0 or more/));
});

test("one value that is no number does not silence a detector: it is refused, and later changes are found", () => {
  for (const detector of [
    new Adwin(),
    new Ddm(),
    new Eddm(),
    new HddmA(),
    new HddmW(),
    new PageHinkley(),
    new Kswin(),
  ]) {
    for (const value of [Number.NaN, Infinity])
      assert.throws(() => detector.update(value), isRefused(/update: expected a finite number/));
    const signals = Array.from({ length: 3000 }, (_, i) => detector.update(Number(i % 10 === 0 || i > 1500)));
    assert.ok(signals.includes("drift"), detector.constructor.name);
  }
});
