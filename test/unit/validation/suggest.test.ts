import assert from "node:assert/strict";
import { test } from "node:test";
import { readBatches } from "../../../cli/readers/index.ts";
import { SeededRandom, shuffle } from "../../../core/statistics/index.ts";
import {
  parseSuite,
  type SuggestedSuite,
  SuiteRunner,
  SuiteSuggester,
} from "../../../core/validation/index.ts";
import { mostExceptions, mostOutside } from "../../../core/validation/suggest/bounds.ts";

type Columns = Readonly<Record<string, unknown[]>>;
type Draw = (random: SeededRandom) => unknown;

const zipf =
  (most: number): Draw =>
  (random) =>
    `z${Math.min(most, Math.floor(1 / (1 - random.next())))}`;
const orMissing =
  (share: number, draw: Draw): Draw =>
  (random) =>
    random.next() < share ? null : draw(random);
const day = (random: SeededRandom): string =>
  new Date(Date.UTC(2024, 0, 1 + random.integer(300))).toISOString().slice(0, 10);

/** Columns as they come: tails of all weights, ties, many and few missing values, closed and open sets, ids, text, dates. */
const SOURCES: Readonly<Record<string, Draw>> = {
  normal: (r) => r.normal(),
  lognormal: orMissing(0.3, (r) => Math.exp(2 * r.normal())),
  cauchy: (r) => r.normal() / r.normal(),
  counts: orMissing(0.002, (r) => r.integer(4) * r.integer(4)),
  spiked: (r) => (r.next() < 0.9 ? 0 : Math.round(1000 * r.next())),
  closed: (r) => ["yes", "no", "unknown"][r.integer(3)],
  skewed: orMissing(0.05, zipf(30)),
  open: zipf(100_000),
  rare: (r) => (r.next() < 0.995 ? "a" : `b${r.integer(4)}`),
  id: (r) => `id-${r.nextUint32()}`,
  text: (r) => "x".repeat(1 + r.integer(200)),
  date: day,
  missing: orMissing(0.999, () => 1),
};

function sample(random: SeededRandom, rows: number): Columns {
  return Object.fromEntries(
    Object.entries(SOURCES).map(([name, draw]) => [name, Array.from({ length: rows }, () => draw(random))]),
  );
}

function suggested(columns: Columns, rows: number): SuggestedSuite {
  const suggester = new SuiteSuggester({ name: "s" });
  suggester.add({ rows, columns });
  return suggester.finish();
}

/** What of a suite fails on data. */
function broken(suite: SuggestedSuite, columns: Columns, rows: number): string[] {
  const runner = new SuiteRunner(parseSuite(JSON.parse(JSON.stringify(suite))), {
    columns: Object.keys(columns),
  });
  runner.add({ rows, columns });
  return runner
    .finish()
    .results.filter((r) => !r.success)
    .map((r) => `${r.expectation_config.type} ${JSON.stringify(r.expectation_config.kwargs)}`);
}

test("a suite suggested from one sample holds on the next of the same source in 99 of 100 cases", () => {
  const random = new SeededRandom(20260105);
  const failures: string[] = [];
  const suites = 400;
  for (let i = 0; i < suites; i++) {
    const rows = 60 + random.integer(1500);
    const next = Math.ceil(rows * (0.5 + random.next()));
    failures.push(...broken(suggested(sample(random, rows), rows), sample(random, next), next).slice(0, 1));
  }

  assert.ok(failures.length <= suites / 100, `${failures.length} of ${suites}: ${failures.join("\n")}`);
});

test("a suite from a random half of the bank's calls holds on the other half", async () => {
  const file = new URL("../../../models/bank-marketing/data/bank-marketing.csv.gz", import.meta.url).pathname;
  const whole: Record<string, unknown[]> = {};
  for await (const batch of readBatches(file))
    for (const [name, values] of Object.entries(batch.columns)) {
      whole[name] ??= [];
      for (const value of values) whole[name].push(value);
    }
  const order = Array.from({ length: whole.age?.length ?? 0 }, (_, i) => i);
  const half = Math.floor(order.length / 2);
  const random = new SeededRandom(7);
  for (let i = 0; i < 5; i++) {
    shuffle(order, random);
    const part = (from: number): Columns =>
      Object.fromEntries(
        Object.entries(whole).map(([n, v]) => [n, order.slice(from, from + half).map((at) => v[at])]),
      );
    const suite = suggested(part(0), half);

    assert.deepEqual(broken(suite, part(half), half), []);
    assert.ok(suite.expectations.length > 40);
  }
});

test("changes of the source are found", () => {
  const random = new SeededRandom(5);
  const suite = suggested(sample(random, 1000), 1000);
  const changed = (edit: Partial<Columns>): number => {
    const data: Record<string, unknown[]> = { ...sample(random, 1000) };
    return broken(suite, Object.assign(data, edit) as Columns, 1000).length;
  };
  const drawn = (draw: Draw): unknown[] => Array.from({ length: 1000 }, () => draw(random));

  assert.equal(changed({}), 0);
  assert.ok(changed({ normal: drawn((r) => 100 * r.normal()) }) > 0);
  assert.ok(changed({ normal: drawn((r) => r.normal() + 0.6) }) > 0);
  assert.ok(changed({ closed: drawn(() => "nein") }) > 0);
  assert.ok(changed({ normal: drawn(orMissing(0.1, (r) => r.normal())) }) > 0);
  assert.ok(changed({ date: drawn(() => "31.12.2024") }) > 0);
});

test("ids, free text and open sets get no set of values, clocks and counters no upper bound", () => {
  const random = new SeededRandom(6);
  const columns = { ...sample(random, 500), counter: Array.from({ length: 500 }, (_, i) => 1000 + i) };
  const { expectations } = suggested(columns, 500);
  const of = (column: string) => expectations.filter((e) => e.kwargs.column === column);

  for (const column of ["id", "text", "open"])
    assert.ok(!of(column).some((e) => e.type === "expect_column_values_to_be_in_set"), column);
  assert.ok(of("closed").some((e) => e.type === "expect_column_values_to_be_in_set"));
  for (const column of ["date", "counter"]) {
    assert.ok(of(column).length > 1, column);
    assert.ok(!of(column).some((e) => "max_value" in e.kwargs), column);
  }
});

test("rows in another order or in other batches give the same suite, but for columns that rise", () => {
  const random = new SeededRandom(8);
  const columns = sample(random, 400);
  const parts = new SuiteSuggester({ name: "s" });
  for (const [from, to] of [
    [250, 400],
    [0, 250],
  ] as const)
    parts.add({
      rows: to - from,
      columns: Object.fromEntries(Object.entries(columns).map(([n, v]) => [n, v.slice(from, to)])),
    });
  const { expectations } = parts.finish();

  assert.deepEqual(expectations, suggested(columns, 400).expectations);
});

test("prediction bounds keep their level and are not wider than needed", () => {
  const random = new SeededRandom(9);
  const setting = { n: 100, m: 80, alpha: 0.05 };
  for (const p of [0.002, 0.02, 0.2]) {
    let exceeded = 0;
    const count = (size: number): number =>
      Array.from({ length: size }).filter(() => random.next() < p).length;
    for (let i = 0; i < 4000; i++)
      if (count(setting.m) > mostExceptions(count(setting.n), setting)) exceeded++;
    assert.ok(exceeded / 4000 < 0.06, `${exceeded} at ${p}`);
  }
  let outside = 0;
  for (let i = 0; i < 4000; i++) {
    const seen = Array.from({ length: 50 }, () => random.next());
    const [low, high] = [Math.min(...seen), Math.max(...seen)];
    const beyond = Array.from({ length: 50 }, () => random.next()).filter((x) => x < low || x > high).length;
    if (beyond > mostOutside(2, { n: 50, m: 50, alpha: 0.05 })) outside++;
  }
  assert.ok(outside > 40 && outside / 4000 < 0.06, `${outside}`);
});

test("a handful of rows gives no bounds that mean nothing", () => {
  const { expectations } = suggested({ x: [1, 2], y: [null, null] }, 2);

  assert.deepEqual(
    expectations.map((e) => e.type),
    ["expect_table_columns_to_match_set", "expect_table_row_count_to_be_between"],
  );
});
