import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSuite, type Row, SuiteError, SuiteRunner } from "../../../core/validation/index.ts";

function run(type: string, kwargs: Record<string, unknown>, rows: readonly Row[]) {
  const runner = new SuiteRunner(parseSuite({ name: "s", expectations: [{ type, kwargs }] }), {
    columns: ["x", "kind", "flag"],
  });
  runner.add(rows);
  const result = runner.finish().results[0];
  assert.ok(result !== undefined);
  return result;
}
const column = (...values: unknown[]): Row[] => values.map((x) => ({ x }));
const problemsOf = (type: string, kwargs: Record<string, unknown>): string => {
  try {
    parseSuite({ name: "s", expectations: [{ type, kwargs }] });
    return "";
  } catch (error) {
    if (error instanceof SuiteError) return error.message;
    throw error;
  }
};

test("the divergence by value is that of the documentation", () => {
  const { success, result } = run(
    "expect_column_kl_divergence_to_be_less_than",
    {
      column: "x",
      partition_object: { weights: [1 / 3, 1 / 3, 1 / 3], values: ["A", "B", "C"] },
      threshold: 0.01,
    },
    column("A", "A", "A", "A", "A", "B", "B", "B", "C", "C"),
  );

  assert.equal(success, false);
  assert.ok(Math.abs((result.observed_value as number) - 0.06895927460353621) < 1e-12);
});

test("infinite ends of a partition are its tails", () => {
  const divergence = (partition_object: unknown) =>
    run(
      "expect_column_kl_divergence_to_be_less_than",
      { column: "x", partition_object, threshold: 1 },
      column(-5, 0.5, 1.5, 9),
    ).result.observed_value;

  assert.equal(divergence({ bins: [-Infinity, 0, 1, 2, Infinity], weights: [0.25, 0.25, 0.25, 0.25] }), 0);
  assert.equal(divergence({ bins: [0, 1, 2], weights: [0.25, 0.25], tail_weights: [0.25, 0.25] }), 0);
});

test("a divergence is asked with a partition, threshold and holdouts that fit each other, else all problems are named", () => {
  const problems = problemsOf("expect_column_kl_divergence_to_be_less_than", {
    column: "x",
    partition_object: { bins: [0, 1], weights: [0.9], tail_weights: [0.05, 0.05] },
    threshold: -1,
    tail_weight_holdout: 0.1,
  });

  assert.match(problems, /threshold: expected a number from 0, got -1/);
  assert.match(problems, /tail_weight_holdout: expected 0 where the partition has tail_weights, got 0.1/);
  assert.match(
    problemsOf("expect_column_kl_divergence_to_be_less_than", {
      column: "x",
      partition_object: { values: ["a"], weights: [0.5] },
    }),
    /weights adding up to 1, got \{"values":\["a"\],"weights":\[0.5\]\}/,
  );
});

test("a date without a year is judged the same on every day", () => {
  const parses = (text: string): boolean =>
    run("expect_column_values_to_be_dateutil_parseable", { column: "x" }, column(text)).success;

  assert.deepEqual(["31", "29 Feb", "30 Feb", "29 Feb 2023"].map(parses), [true, true, false, false]);
});

test("dates are parsed from text only", () => {
  const result = run("expect_column_values_to_be_dateutil_parseable", { column: "x" }, column(20240101));

  assert.equal(result.exception_info.raised_exception, true);
});

test("a JSON schema that is wrong is refused before the first row, with every place", () => {
  const problems = problemsOf("expect_column_values_to_match_json_schema", {
    column: "x",
    json_schema: {
      type: "text",
      properties: { a: { minimum: "0" }, b: { pattern: "(" } },
      unevaluatedProperties: false,
      $ref: "https://example.com/schema",
    },
  });

  for (const place of [
    /json_schema\.type: expected one of null, boolean.*got "text"/,
    /json_schema\.properties\.a\.minimum: expected a number, got "0"/,
    /json_schema\.properties\.b\.pattern: regex/,
    /json_schema\.unevaluatedProperties: .*not supported/,
    /json_schema\.\$ref: expected a place in this schema/,
  ])
    assert.match(problems, place);
});

test("a JSON schema that refers to itself for ever is an exception, not a crash", () => {
  const result = run(
    "expect_column_values_to_match_json_schema",
    { column: "x", json_schema: { $ref: "#" } },
    column("1"),
  );

  assert.equal(result.exception_info.raised_exception, true);
});

test("an expectation in SQL is refused by name and says why", () => {
  assert.match(
    problemsOf("unexpected_rows_expectation", { unexpected_rows_query: "SELECT * FROM {batch}" }),
    /"unexpected_rows_expectation", which Great Expectations runs in SQL only; say it as .* row_condition/,
  );
});

test("row conditions select the same rows in both dialects", () => {
  const rows: Row[] = [
    { x: 1, kind: "a", flag: true },
    { x: 7, kind: null, flag: false },
    { x: null, kind: "it's", flag: true },
    { x: -2, kind: "b", flag: false },
  ];
  const selected = (row_condition: string, condition_parser = "pandas") =>
    run("expect_table_row_count_to_equal", { value: 0, row_condition, condition_parser }, rows).result
      .observed_value;

  for (const [condition, count] of [
    ["x > 5", 1],
    ["x > 5 or kind == 'a'", 2],
    ["not x > 5", 3],
    ["kind != 'a'", 3],
    ["kind in ['a', 'b'] and flag", 1],
    ["kind not in ['a']", 3],
    ["-3 < x <= 1", 2],
    ["x == x", 3],
    ['kind == "it\'s"', 1],
    ["(x < 0 | x > 5) & ~flag", 2],
    ["`kind`.isnull()", 1],
  ] as const)
    assert.equal(selected(condition), count, condition);
  assert.equal(selected('col("kind").notNull()', "great_expectations"), 3);
  assert.equal(selected('col("x") > 5', "great_expectations"), 1);
});

test("a row condition on a column that is not there is an exception, not an empty selection", () => {
  const result = run(
    "expect_column_values_to_not_be_null",
    { column: "x", row_condition: "typo == 1", condition_parser: "pandas" },
    column(null),
  );

  assert.equal(result.success, false);
  assert.match(result.exception_info.exception_message ?? "", /"typo" in BatchData does not exist/);
});

test("row conditions beyond the dialect are refused, and so is Spark's parser", () => {
  for (const condition of [
    "x + 1 > 2",
    "kind.str.contains('a')",
    "@limit < x",
    "x >",
    "x = 1",
    "x > 1 and",
    "[1]",
  ])
    assert.match(
      problemsOf("expect_column_values_to_not_be_null", { column: "x", row_condition: condition }),
      /row_condition: expected comparisons/,
      condition,
    );
  assert.match(
    problemsOf("expect_column_values_to_not_be_null", {
      column: "x",
      row_condition: "x > 1",
      condition_parser: "spark",
    }),
    /condition_parser: expected "pandas" or "great_expectations", got "spark"/,
  );
});

test("no text of any kind breaks the parsers of dates and conditions", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
      run("expect_column_values_to_be_dateutil_parseable", { column: "x" }, column(text));
      problemsOf("expect_column_values_to_not_be_null", { column: "x", row_condition: text });
    }),
    { numRuns: 2000 },
  );
});
