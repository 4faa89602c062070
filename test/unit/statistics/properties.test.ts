import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  CategoricalCounts,
  jensenShannonDistance,
  ksTwoSample,
  mannWhitneyU,
  OnlineMoments,
  permutationTest,
  QuantileSketch,
  SeasonalCounts,
  wassersteinDistance,
} from "../../../core/statistics/index.ts";
import { packCounts, packedLength, unpackCounts } from "../../../core/statistics/streams/packing.ts";

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const sample = fc.array(number, { minLength: 1, maxLength: 40 });
const close = (a: number, b: number, scale = 1): boolean =>
  Math.abs(a - b) <= 1e-9 * Math.max(scale, Math.abs(a), Math.abs(b));

test("tests and distances do not care about the order of rows or which side is which", () => {
  fc.assert(
    fc.property(sample, sample, (x, y) => {
      const forward = ksTwoSample(x, y);
      const backward = ksTwoSample(
        y.toReversed(),
        x.toSorted((a, b) => b - a),
      );

      assert.ok(close(forward.pValue, backward.pValue) && forward.statistic === backward.statistic);
      assert.ok(close(wassersteinDistance(x, y), wassersteinDistance(y, x)));
      assert.ok(close(mannWhitneyU(x, y).pValue, mannWhitneyU(y, x).pValue));
    }),
    { numRuns: 100 },
  );
});

test("Kolmogorov-Smirnov does not change under scaling, Wasserstein scales with it", () => {
  // Powers of two above one scale exactly; halving would merge the smallest (subnormal) numbers.
  fc.assert(
    fc.property(sample, sample, fc.constantFrom(2, 1024), (x, y, k) => {
      const scaled = (v: number[]): number[] => v.map((value) => value * k);

      assert.deepEqual(ksTwoSample(scaled(x), scaled(y)), ksTwoSample(x, y));
      assert.ok(close(wassersteinDistance(scaled(x), scaled(y)), k * wassersteinDistance(x, y), 1e6));
    }),
    { numRuns: 60 },
  );
});

test("duplicated data keeps every distance and makes a difference more certain", () => {
  fc.assert(
    fc.property(sample, sample, (x, y) => {
      const [xx, yy] = [
        [...x, ...x],
        [...y, ...y],
      ];

      assert.ok(close(ksTwoSample(x, y).statistic, ksTwoSample(xx, yy).statistic));
      assert.ok(close(wassersteinDistance(x, y), wassersteinDistance(xx, yy), 1e6));
    }),
    { numRuns: 60 },
  );
});

test("Jensen-Shannon distance is a bounded symmetric distance that is zero on equal shares", () => {
  const shares = fc
    .array(fc.integer({ min: 0, max: 50 }), { minLength: 4, maxLength: 4 })
    .filter((c) => c.some((v) => v > 0));
  fc.assert(
    fc.property(shares, shares, (p, q) => {
      const d = jensenShannonDistance(p, q, 2);

      assert.ok(d >= 0 && d <= 1 + 1e-12);
      assert.ok(close(d, jensenShannonDistance(q, p, 2)));
      assert.ok(jensenShannonDistance(p, p) < 1e-7);
    }),
  );
});

test("a quantile sketch of parts in any order, merged, is the sketch of the whole, within 2 KB", () => {
  const heavy = fc.oneof(
    number,
    fc.integer({ min: -3, max: 3 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(
    fc.property(fc.array(heavy, { maxLength: 400 }), fc.nat(400), (values, cut) => {
      const sketchOf = (part: readonly number[]): QuantileSketch => {
        const sketch = new QuantileSketch();
        for (const v of part) sketch.add(v);
        return sketch;
      };
      const whole = sketchOf(values.toReversed());
      const merged = QuantileSketch.fromState(
        JSON.parse(JSON.stringify(sketchOf(values.slice(0, cut)).toState())),
      );
      merged.merge(sketchOf(values.slice(cut)));

      assert.deepEqual(merged.toState(), whole.toState());
      assert.ok(JSON.stringify(whole.toState()).length <= 2048);
      const counted = whole.cells().reduce((sum, c) => sum + c.count, 0);
      assert.equal(counted, values.length);
    }),
    { numRuns: 100 },
  );
});

test("category counts of parts, merged, are those of the whole, also past the limit of names, within 2 KB", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 6 }), { maxLength: 300 }), fc.nat(300), (names, cut) => {
      const countsOf = (part: readonly string[]): CategoricalCounts => {
        const counts = new CategoricalCounts();
        for (const name of part) counts.add(name);
        return counts;
      };
      const merged = countsOf(names.slice(0, cut));
      merged.merge(
        CategoricalCounts.fromState(JSON.parse(JSON.stringify(countsOf(names.slice(cut)).toState()))),
      );

      assert.deepEqual(merged.toState(), countsOf(names.toReversed()).toState());
      assert.ok(JSON.stringify(merged.toState()).length <= 3000);
    }),
    { numRuns: 60 },
  );
});

test("merged moments are those of the whole", () => {
  fc.assert(
    fc.property(sample, sample, (x, y) => {
      const of = (part: readonly number[]): OnlineMoments => {
        const moments = new OnlineMoments();
        for (const v of part) moments.add(v);
        return moments;
      };
      const merged = of(x);
      merged.merge(of(y));
      const whole = of([...x, ...y]);

      assert.ok(close(merged.mean, whole.mean, 1e6) && close(merged.variance(0), whole.variance(0), 1e9));
    }),
  );
});

test("a permutation test repeats itself for one seed and never answers zero", () => {
  const mean = (x: Float64Array): number => x.reduce((a, b) => a + b, 0) / x.length;
  const run = () =>
    permutationTest([1, 2, 3, 4], [9, 10, 11, 12], (a, b) => mean(a) - mean(b), { repetitions: 499 });

  assert.deepEqual(run(), run());
  assert.ok(run().pValue > 0 && run().pValue < 0.1);
});

test("seasonal counts do not care about order or parts, count everything once, and stay in 2 KB", () => {
  const SLOTS = 24;
  const anySize = fc.double({ noNaN: true, noDefaultInfinity: true });
  const value = fc.oneof(number, anySize, fc.integer({ min: -3, max: 3 }).map(Number));
  const row = fc.tuple(fc.nat(SLOTS - 1), fc.option(value, { freq: 8 }));
  const rows = fc.array(row, { maxLength: 1500, size: "max" });
  type Rows = readonly (readonly [slot: number, value: number | null])[];
  const gather = (part: Rows): SeasonalCounts => {
    const counts = new SeasonalCounts(SLOTS);
    for (const [slot, x] of part)
      if (x === null) counts.addMissing(slot);
      else counts.add(slot, x);
    return counts;
  };
  fc.assert(
    fc.property(rows, fc.nat(10), (all, stride) => {
      const whole = gather(all).toState();
      const stored = SeasonalCounts.fromState(
        gather(all.filter((_, i) => i % (stride + 2) === 0)).toState(),
        SLOTS,
      );
      stored.merge(gather(all.filter((_, i) => i % (stride + 2) !== 0)));
      const { total, missing } = SeasonalCounts.fromState(whole, SLOTS).pooled(
        Array.from({ length: SLOTS }, (_, i) => i),
      );

      assert.deepEqual(gather(all.toReversed()).toState(), whole);
      assert.deepEqual(stored.toState(), whole);
      assert.equal(total + missing, all.length);
      assert.ok(JSON.stringify(whole).length <= 2048);
    }),
    { numRuns: 60 },
  );
});

test("packed counts come back as they were, and their length never falls when one grows or comes", () => {
  const whole = fc.oneof(fc.nat(3), fc.nat(2000), fc.maxSafeNat());
  const list = fc.array(whole, { maxLength: 60 });
  fc.assert(
    fc.property(list, whole, fc.nat(60), fc.nat(5000), (values, more, at, growth) => {
      assert.deepEqual(unpackCounts(packCounts(values)), values);
      assert.equal(packCounts(values).length, packedLength([values]));
      assert.match(packCounts(values), /^[ !#-[\]-~]*$/);
      const longer = values.toSpliced(at, 0, more);
      const larger = values.map((v, i) => (i === at ? Math.min(Number.MAX_SAFE_INTEGER, v + growth) : v));
      assert.ok(packedLength([longer]) >= packedLength([values]));
      assert.ok(packedLength([larger]) >= packedLength([values]));
    }),
    { numRuns: 500 },
  );
});
