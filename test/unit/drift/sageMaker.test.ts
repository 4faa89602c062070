import assert from "node:assert/strict";
import { test } from "node:test";
import {
  buildProfile,
  checkSageMakerConstraints,
  profileFromSageMaker,
  toSageMakerConstraints,
  toSageMakerStatistics,
} from "../../../core/drift/index.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

function profileOf(rows: number, seed: number, shift = 0, jobs = ["a", "b"]) {
  const random = new SeededRandom(seed);
  const columns = {
    age: Array.from({ length: rows }, (_, i) => (i % 10 === 0 ? null : 50 + random.normal() + shift)),
    job: Array.from({ length: rows }, () => jobs[random.integer(jobs.length)] as string),
  };
  return buildProfile({ rows, columns }, { age: "numeric", job: "categorical" });
}

const REFERENCE = profileOf(2000, 1);

test("statistics have ten buckets that hold every present value, and the sketch's weights add up", () => {
  const age = toSageMakerStatistics(REFERENCE).features[0]?.numerical_statistics;
  const kll = age?.distribution?.kll;

  assert.deepEqual(age?.common, { num_present: 1800, num_missing: 200 });
  assert.equal(kll?.buckets.length, 10);
  assert.equal(
    kll?.buckets.reduce((sum, b) => sum + b.count, 0),
    1800,
  );
  assert.equal(
    kll?.sketch?.data.reduce((sum, items, level) => sum + items.length * 2 ** level, 0),
    1800,
  );
});

test("data like the baseline meets its constraints, also when the baseline went through their files", () => {
  const constraints = JSON.parse(JSON.stringify(toSageMakerConstraints(REFERENCE)));
  const read = profileFromSageMaker(JSON.parse(JSON.stringify(toSageMakerStatistics(REFERENCE))));

  assert.deepEqual(checkSageMakerConstraints(constraints, read, profileOf(1000, 2)).violations, []);
});

test("each kind of violation is written with its check type", () => {
  const constraints = toSageMakerConstraints(REFERENCE);
  const checks = (current: ReturnType<typeof profileOf>) =>
    checkSageMakerConstraints(constraints, REFERENCE, current).violations.map(
      (v) => `${v.feature_name} ${v.constraint_check_type}`,
    );
  const { age: _, ...withoutAge } = profileOf(1000, 3).features;
  const extra = {
    ...profileOf(1000, 3),
    features: { ...profileOf(1000, 3).features, more: REFERENCE.features.job as never },
  };
  const gaps = buildProfile(
    { rows: 4, columns: { age: [1, null, null, null], job: ["a", "a", "b", "b"] } },
    { age: "numeric", job: "categorical" },
  );
  const text = buildProfile(
    { rows: 2, columns: { age: ["x", "y"], job: ["a", "b"] } },
    { age: "categorical", job: "categorical" },
  );

  assert.deepEqual(checks(profileOf(1000, 4, 1)), ["age baseline_drift_check"]);
  assert.deepEqual(checks({ ...REFERENCE, features: withoutAge }), ["age missing_column_check"]);
  assert.deepEqual(checks(extra), ["more extra_column_check"]);
  assert.ok(checks(gaps).includes("age completeness_check"));
  assert.ok(checks(text).includes("age data_type_check"));
  assert.ok(checks(profileOf(1000, 5, 0, ["x", "y"])).includes("job categorical_values_check"));
});
