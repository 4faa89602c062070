/** `sluice drift` against SageMaker Model Monitor's files. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  parseSageMakerConstraints,
  parseSageMakerStatistics,
  parseSageMakerViolations,
} from "../../../contracts/sageMakerBaseline.ts";
import { buildProfile, toSageMakerConstraints, toSageMakerStatistics } from "../../../core/drift/index.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";
import { folder, run, write } from "../../support/commands.ts";

function rowsOf(rows: number, seed: number, shift = 0, kinds = "ab"): { x: number[]; kind: string[] } {
  const random = new SeededRandom(seed);
  return {
    x: Array.from({ length: rows }, () => random.normal() + shift),
    kind: Array.from({ length: rows }, () => kinds[random.integer(kinds.length)] as string),
  };
}

const REFERENCE = buildProfile(
  { rows: 3000, columns: rowsOf(3000, 1) },
  { x: "numeric", kind: "categorical" },
);
const STATISTICS = toSageMakerStatistics(REFERENCE);
const CONSTRAINTS = toSageMakerConstraints(REFERENCE);

function file(name: string, value: unknown): string {
  mkdirSync(join(folder, name.split("/")[0] as string), { recursive: true });
  return write(name, JSON.stringify(value));
}

function csv(name: string, { x, kind }: { x: number[]; kind: string[] }): string {
  return write(name, `x,kind\n${x.map((v, i) => `${v},${kind[i]}`).join("\n")}\n`);
}

/** As another container writes them: buckets without a sketch. */
function withoutSketch(): unknown {
  const copy = structuredClone(STATISTICS);
  for (const { numerical_statistics: numbers } of copy.features) delete numbers?.distribution?.kll?.sketch;
  return copy;
}

for (const [what, statistics, ofShifted] of [
  ["a sketch", STATISTICS, 3],
  ["buckets alone", withoutSketch(), 0],
] as const)
  test(`statistics.json with ${what} is a reference: 0 on like data, ${ofShifted} on shifted numbers, 3 on new names and gaps, 4 on too little`, async () => {
    const reference = file(`with ${what}/statistics.json`, statistics);
    const statusOf = async (current: string): Promise<number> =>
      (await run("drift", "--reference", reference, "--current", current)).status;
    const shifted = rowsOf(1000, 3, 0.5);
    const gaps = write("missing.csv", `x,kind\n${shifted.kind.map((kind) => `,${kind}`).join("\n")}\n`);

    assert.equal(await statusOf(csv("like.csv", rowsOf(1000, 2))), 0);
    assert.equal(await statusOf(csv("shifted.csv", shifted)), ofShifted);
    assert.equal(await statusOf(csv("renamed.csv", rowsOf(1000, 3, 0, "abc"))), 3);
    assert.equal(await statusOf(gaps), 3);
    assert.equal(await statusOf(csv("few.csv", rowsOf(10, 4))), 4);
  });

test("constraints beside the statistics are checked; violations exit 3 and are written as SageMaker writes them", async () => {
  const reference = file("both/statistics.json", STATISTICS);
  file("both/constraints.json", CONSTRAINTS);
  const out = join(folder, "constraint_violations.json");
  const check = (current: string, ...more: string[]) =>
    run(
      "drift",
      "--reference",
      reference,
      "--current",
      current,
      "--violations",
      out,
      "--format",
      "json",
      ...more,
    );

  const like = await check(csv("fine.csv", rowsOf(1000, 5)));
  assert.equal(like.status, 0, like.err);
  assert.deepEqual(JSON.parse(like.out).constraintViolations, []);

  const { x } = rowsOf(1000, 6);
  const gaps = write("gaps.csv", `x,extra\n${x.map((v, i) => `${i % 2 === 0 ? v : ""},1`).join("\n")}\n`);
  const bad = await check(gaps);
  assert.equal(bad.status, 3);
  const written = parseSageMakerViolations(JSON.parse(readFileSync(out, "utf8")));
  assert.ok("value" in written);
  assert.deepEqual(
    written.value.violations.map((v) => `${v.feature_name} ${v.constraint_check_type}`),
    ["extra extra_column_check", "x completeness_check", "kind missing_column_check"],
  );

  const disabled = { ...CONSTRAINTS, monitoring_config: { evaluate_constraints: "Disabled" } };
  const off = await check(gaps, "--constraints", file("off/constraints.json", disabled));
  assert.deepEqual(JSON.parse(off.out).constraintViolations, []);
});

test("what it writes it reads; strings that are not all counted are judged by their missing share alone", async () => {
  assert.ok("value" in parseSageMakerStatistics(JSON.parse(JSON.stringify(STATISTICS))));
  assert.ok("value" in parseSageMakerConstraints(JSON.parse(JSON.stringify(CONSTRAINTS))));

  const part = structuredClone(STATISTICS);
  part.features[1]?.string_statistics?.distribution?.categorical?.buckets.pop();
  const reference = file("part/statistics.json", part);
  const { status } = await run(
    "drift",
    "--reference",
    reference,
    "--current",
    csv("others.csv", rowsOf(1000, 7, 0, "cd")),
  );
  assert.equal(status, 0);
});

test("malformed files are refused with file, path, what was expected and what came, all at once", async () => {
  const broken = structuredClone(STATISTICS) as unknown as {
    dataset: unknown;
    features: Record<string, Record<string, unknown>>[];
  };
  broken.dataset = { item_count: "many" };
  (broken.features[0] as Record<string, unknown>).inferred_type = "Decimal";
  (broken.features[0]?.numerical_statistics as Record<string, unknown>).common = { num_present: 5 };
  (broken.features[1]?.string_statistics as Record<string, unknown>).distribution = {
    categorical: { buckets: [{ value: "a", count: 99_999 }] },
  };
  const current = csv("current.csv", rowsOf(100, 8));
  const { status, err } = await run(
    "drift",
    "--reference",
    file("broken/statistics.json", broken),
    "--current",
    current,
  );

  assert.equal(status, 2);
  assert.match(err, /statistics\.json, dataset\.item_count: expected number, got "many"/);
  assert.match(err, /features\.0\.inferred_type: expected "Integral" or .*, got "Decimal"/);
  assert.match(err, /features\.0\.numerical_statistics\.common\.num_missing: expected \w+, got nothing/);
  assert.match(
    err,
    /features\.1\.string_statistics\.distribution\.categorical\.buckets: expected num_present = 3000/,
  );

  const light = structuredClone(STATISTICS);
  light.features[0]?.numerical_statistics?.distribution?.kll?.sketch?.data.pop();
  const weights = await run(
    "drift",
    "--reference",
    file("light/statistics.json", light),
    "--current",
    current,
  );
  assert.match(weights.err, /sketch\.data: expected values that stand for num_present = 3000 rows/);

  const twice = { ...CONSTRAINTS, features: [...CONSTRAINTS.features, CONSTRAINTS.features[0]] };
  const good = file("good/statistics.json", STATISTICS);
  file("good/constraints.json", twice);
  const repeated = await run("drift", "--reference", good, "--current", current);
  assert.equal(repeated.status, 2);
  assert.match(
    repeated.err,
    /constraints\.json, features\.2\.name: expected a name that comes once, got "x"/,
  );

  for (const value of [{ dataset: 1 }, { features: [1] }, { features: [], dataset: null }]) {
    const odd = await run("drift", "--reference", file("odd/statistics.json", value), "--current", current);
    assert.equal(odd.status, 2, JSON.stringify(value));
    assert.match(odd.err, /statistics\.json, \w+.*: expected /);
  }
  const nowhere = await run("drift", "--reference", current, "--current", current, "--violations", "x.json");
  assert.equal(nowhere.status, 2);
});
