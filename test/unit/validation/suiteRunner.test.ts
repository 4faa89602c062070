import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ColumnBatch,
  parseSuite,
  type ResultFormatName,
  type Row,
  SuiteError,
  SuiteRunner,
  verdictOf,
} from "../../../core/validation/index.ts";
import { gxCases } from "../../support/sqlEngines.ts";

const suiteOf = (...expectations: unknown[]) => parseSuite({ name: "s", expectations });
function run(
  type: string,
  kwargs: Record<string, unknown>,
  values: readonly unknown[],
  format: ResultFormatName = "SUMMARY",
) {
  const runner = new SuiteRunner(suiteOf({ type, kwargs: { column: "x", ...kwargs } }), {
    resultFormat: format,
    columns: ["x"],
  });
  runner.add(values.map((x) => ({ x })));
  const result = runner.finish().results[0];
  assert.ok(result !== undefined);
  return result;
}

/** Eleven significant digits, and none below 1e-14: sums in another order differ in the last ones. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Math.abs(value) < 1e-14 ? 0 : Number(value.toPrecision(11));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, rounded(v)]));
}

/** The ways in which rows come: one by one, in columns, and in columns of doubles where there is nothing else. */
const WAYS: readonly ((data: ColumnBatch["columns"], rows: number) => ColumnBatch | Row[])[] = [
  (columns, rows) => ({ rows, columns }),
  (columns, rows) =>
    Array.from({ length: rows }, (_, i) =>
      Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells[i]])),
    ),
  (columns, rows) => ({
    rows,
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, cells]) => [
        name,
        // A column of nothing but None is one of objects to pandas.
        Array.from(cells).every((cell) => cell === null || typeof cell === "number") &&
        Array.from(cells).some((cell) => cell !== null)
          ? Float64Array.from(cells as (number | null)[], (cell) => cell ?? Number.NaN)
          : cells,
      ]),
    ),
  }),
];

test("agrees with Great Expectations 1.24.1 in every field on frozen suites and data, however the rows come", (t) => {
  let compared = 0;
  for (const { format, data, expectations, results } of gxCases())
    for (const way of WAYS) {
      const columns = Object.keys(data);
      const runner = new SuiteRunner(suiteOf(...expectations), { resultFormat: format, columns });
      runner.add(way(data, data.c0?.length ?? 0));
      runner.finish().results.forEach((got, i) => {
        const want = results[i];
        const what = `${expectations[i]?.type} ${JSON.stringify(expectations[i]?.kwargs)}`;
        assert.equal(got.exception_info.raised_exception, want?.raised, what);
        assert.equal(got.success, want?.success, what);
        assert.deepEqual(rounded(JSON.parse(JSON.stringify(got.result))), rounded(want?.result), what);
        compared++;
      });
    }
  t.diagnostic(`${compared} results compared`);
  assert.ok(compared > 12_000, `only ${compared} results`);
});

test("the documented example of between comes out as documented", () => {
  const { success, result } = run(
    "expect_column_values_to_be_between",
    { min_value: 1, max_value: 7, strict_max: true },
    [1, 7, 2.5, 3],
  );

  assert.equal(success, false);
  assert.deepEqual(
    [
      result.element_count,
      result.unexpected_count,
      result.unexpected_percent,
      result.partial_unexpected_list,
      result.missing_count,
    ],
    [4, 1, 25, [7], 0],
  );
});

test("mostly is compared without rounding: 1 of 5 passes 0.2", () => {
  assert.equal(
    run("expect_column_values_to_be_in_set", { value_set: [1], mostly: 0.2 }, [1, 2, 3, 4, 5]).success,
    true,
  );
});

test("a column without values passes maps and fails aggregates", () => {
  assert.equal(run("expect_column_values_to_be_between", { min_value: 0 }, [null, null]).success, true);
  assert.equal(run("expect_column_mean_to_be_between", { min_value: 0 }, [null, null]).success, false);
});

test("increasing lets ties pass unless strictly, and skips nulls", () => {
  assert.equal(run("expect_column_values_to_be_increasing", {}, [1, null, 1, 2]).success, true);
  assert.equal(run("expect_column_values_to_be_increasing", { strictly: true }, [1, 1, 2]).success, false);
  assert.equal(run("expect_column_values_to_be_decreasing", {}, [3, 2, 2, 1]).success, true);
});

test("a comparison of text with a number is an exception of that expectation, never a pass", () => {
  const result = run("expect_column_values_to_be_between", { min_value: 0 }, ["a"]);

  assert.equal(result.success, false);
  assert.equal(result.exception_info.raised_exception, true);
  assert.match(result.exception_info.exception_message ?? "", /str "a" and int 0/);
});

test("a column that is not there fails by name", () => {
  const runner = new SuiteRunner(
    suiteOf({ type: "expect_column_values_to_not_be_null", kwargs: { column: "y" } }),
  );
  runner.add([{ x: 1 }]);

  assert.match(
    runner.finish().results[0]?.exception_info.exception_message ?? "",
    /"y" in BatchData does not exist/,
  );
});

test("a suite's problems come all at once before any row", () => {
  const suite = {
    name: "s",
    expectations: [
      { type: "expect_magic", kwargs: {} },
      { type: "expect_column_values_to_be_between", kwargs: { column: "x", min_value: 5, max_value: 1 } },
      { type: "expect_column_values_to_match_regex", kwargs: { column: "x", regex: "(" } },
      { type: "expect_table_row_count_to_equal", kwargs: { value: { $PARAMETER: "n" } } },
      { type: "expect_table_row_count_to_equal", kwargs: { value: 1 }, severity: "fatal" },
    ],
  };

  assert.throws(
    () => parseSuite(suite),
    (e: unknown) =>
      e instanceof SuiteError &&
      e.problems.length >= 5 &&
      /got "expect_magic"; supported: expect_column/.test(e.message),
  );
});

test("suites of 0.x are read, and parameters are put in", () => {
  const suite = parseSuite(
    {
      expectation_suite_name: "old",
      expectations: [
        { expectation_type: "expect_table_row_count_to_equal", kwargs: { value: { $PARAMETER: "n" } } },
      ],
    },
    { n: 2 },
  );
  const runner = new SuiteRunner(suite);
  runner.add([{ x: 1 }, { x: 2 }]);

  assert.equal(runner.finish().success, true);
});

test("warnings do not stop, critical failures and exceptions do", () => {
  const failing = { type: "expect_column_values_to_not_be_null", kwargs: { column: "x" } };
  const verdict = (severity: string) => {
    const runner = new SuiteRunner(suiteOf({ ...failing, severity }));
    runner.add([{ x: null }]);
    return verdictOf(runner.finish());
  };

  assert.equal(verdict("critical").verdict, "fail");
  assert.equal(verdict("warning").verdict, "pass");
  assert.equal(verdict("warning").warnings.length, 1);
});

test("values of sensitive columns do not appear in results", () => {
  const runner = new SuiteRunner(
    suiteOf({ type: "expect_column_values_to_be_in_set", kwargs: { column: "iban", value_set: [] } }),
    {
      sensitiveColumns: ["iban"],
      resultFormat: "COMPLETE",
    },
  );
  runner.add([{ iban: "DE-SECRET" }]);

  assert.doesNotMatch(JSON.stringify(runner.finish()), /SECRET/);
});

test("nor do they as what is observed, nor in messages", () => {
  const of = (type: string, kwargs: object) => ({
    type: `expect_column_${type}`,
    kwargs: { column: "x", ...kwargs },
  });
  const suite = parseSuite({
    name: "s",
    expectations: [
      of("max_to_be_between", { max_value: "a" }),
      of("most_common_value_to_be_in_set", { value_set: ["a"] }),
      of("distinct_values_to_be_in_set", { value_set: ["a"] }),
      of("distinct_values_to_contain_set", { value_set: ["a"] }),
      of("kl_divergence_to_be_less_than", {
        partition_object: { values: ["a"], weights: [1] },
        threshold: 0,
      }),
      of("values_to_be_between", { max_value: 3 }),
      of("mean_to_be_between", { max_value: 3 }),
      of("values_to_match_regex", { regex: "^a" }),
    ],
  });
  const runner = new SuiteRunner(suite, { sensitiveColumns: ["x"], resultFormat: "COMPLETE" });
  runner.add([{ x: "secret" }, { x: "secret" }, { x: "b" }]);
  const result = runner.finish();

  assert.equal(result.statistics.successful_expectations, 0);
  assert.doesNotMatch(JSON.stringify(result), /secret/);
  assert.equal(result.results[2]?.result.unexpected_count, 2);
});

test("a row condition selects rows; one that cannot be read is refused", () => {
  const expectation = (row_condition: unknown) => ({
    type: "expect_column_values_to_be_between",
    kwargs: { column: "x", min_value: 10, row_condition, condition_parser: "pandas" },
  });
  const rows: Row[] = [
    { x: 1, kind: "a" },
    { x: 11, kind: "b" },
  ];
  const runner = new SuiteRunner(suiteOf(expectation('kind == "b" and x > 0')));
  runner.add(rows);

  assert.equal(runner.finish().success, true);
  assert.throws(() => suiteOf(expectation("x in lookup()")), /row_condition: expected comparisons/);
});

test("dates must exist to match a format", () => {
  const matches = (text: string): boolean =>
    run("expect_column_values_to_match_strftime_format", { strftime_format: "%Y-%m-%d" }, [text]).success;

  assert.deepEqual(["2024-02-29", "2023-02-29", "2024-13-01", "24-01-01"].map(matches), [
    true,
    false,
    false,
    false,
  ]);
});

test("a keyword of a JSON schema that is unknown is a comment, also when every object has a property of its name", () => {
  const json_schema = { constructor: "a form", toString: true, maximum: 2 };
  const result = run("expect_column_values_to_match_json_schema", { json_schema }, ["1", "3"]);

  assert.equal(result.result.unexpected_count, 1);
});
