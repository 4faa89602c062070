import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { runSuiteInSql, SqlDataError, unsupportedBy } from "../../../core/validation/sql/index.ts";
import {
  inBothEngines,
  numbers,
  same,
  suiteOf,
  text,
  truths,
  whole,
  written,
} from "../../support/sqlEngines.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

let db: TestDatabase;
before(async () => {
  db = await openDatabase();
});
after(() => db.close());

test("values of a type that an expectation cannot compare are the same exception in both engines", async () => {
  const types = [
    ["expect_column_values_to_be_between", { min_value: 0 }],
    ["expect_column_mean_to_be_between", { min_value: 0 }],
    ["expect_column_max_to_be_between", { min_value: 0 }],
    [
      "expect_column_quantile_values_to_be_between",
      { quantile_ranges: { quantiles: [0.5], value_ranges: [[0, 1]] } },
    ],
    ["expect_column_value_z_scores_to_be_less_than", { threshold: 1, double_sided: true }],
  ] as const;
  const suite = suiteOf(...types.map(([type, kwargs]) => ({ type, kwargs: { column: "x", ...kwargs } })));
  const { inSql } = await inBothEngines(db, suite, [text([null, "a", "b"])]);

  assert.ok(inSql.every((result) => result.exception_info.raised_exception));
  await same(db, suite, [text([null, "a", "b"])]);
  await same(db, suite, [text([null, null])]);
  await same(db, suite, [text([])]);
  await same(
    db,
    suiteOf({ type: "expect_column_value_lengths_to_equal", kwargs: { column: "x", value: 1 } }),
    [whole([null, 7])],
  );
  await same(
    db,
    suiteOf(
      { type: "expect_column_pair_values_a_to_be_greater_than_b", kwargs: { column_A: "x", column_B: "y" } },
      { type: "expect_multicolumn_sum_to_equal", kwargs: { column_list: ["x", "y"], sum_total: 3 } },
      { type: "expect_column_values_to_not_be_null", kwargs: { column: "nowhere" } },
      { type: "expect_column_values_to_not_be_null", kwargs: { column: "x", row_condition: "nowhere > 1" } },
    ),
    [whole([null, 1, 2]), text([null, null, "b"], "y")],
  );
});

test("order, truth values and odd numbers mean the same", async () => {
  const columns = [
    whole([1, null, 1, 3, 2, 2, 9007199254740991], "i"),
    numbers([0.1, 0.2, null, -0.5, 1e300, 0.30000000000000004, 5e-324], "f"),
    truths([true, false, null, true, true, false, true], "b"),
    text(["b", "a", "c", null, "🙂", "\uffee", "Z"], "t"),
  ];
  const each = (type: string, kwargs: Record<string, unknown> = {}) =>
    ["i", "f", "b", "t"].map((column) => ({ type, kwargs: { column, ...kwargs } }));
  const numeric = (type: string, kwargs: Record<string, unknown> = {}) => each(type, kwargs).slice(0, 3);
  await same(
    db,
    suiteOf(
      ...each("expect_column_values_to_be_increasing"),
      ...each("expect_column_values_to_be_decreasing", {
        strictly: true,
        row_condition: "i != 3",
        condition_parser: "pandas",
      }),
      ...each("expect_column_values_to_be_in_set", { value_set: [1, true, "a", 0.1, 9007199254740991] }),
      ...each("expect_column_values_to_be_in_set", { value_set: [] }),
      ...each("expect_column_min_to_be_between"),
      ...each("expect_column_max_to_be_between"),
      ...each("expect_column_values_to_be_of_type", { type_: "bool" }),
      ...each("expect_column_values_to_be_of_type", { type_: "str" }),
      ...each("expect_column_most_common_value_to_be_in_set", { value_set: [true, "a"] }),
      ...each("expect_column_distinct_values_to_contain_set", { value_set: [true, "a", 0.2, null] }),
      ...numeric("expect_column_sum_to_be_between"),
      ...numeric("expect_column_median_to_be_between"),
      ...numeric("expect_column_quantile_values_to_be_between", {
        quantile_ranges: {
          quantiles: [0, 0.25, 0.5, 0.9, 1],
          value_ranges: [
            [null, null],
            [0, 1],
            [0, 1],
            [null, 5],
            [0, null],
          ],
        },
      }),
      {
        type: "expect_select_column_values_to_be_unique_within_record",
        kwargs: { column_list: ["i", "f", "b", "t"], ignore_row_if: "never" },
      },
      {
        type: "expect_compound_columns_to_be_unique",
        kwargs: { column_list: ["b", "i"], ignore_row_if: "never" },
      },
      { type: "expect_column_pair_values_to_be_equal", kwargs: { column_A: "i", column_B: "b" } },
      {
        type: "expect_column_pair_values_to_be_equal",
        kwargs: { column_A: "i", column_B: "t", ignore_row_if: "neither" },
      },
    ),
    columns,
  );
});

test("a table of text means what the reader of CSV files makes of it, and cells of another type are refused by name", async () => {
  await db.createTable("data", [
    { name: "row number", type: "BIGINT", values: [0, 1, 2, 3] },
    text(["1", "", "+2.50", ".5"], "n"),
    text(["a", "", "true", " 1"], "t"),
    text(["a", "", "7", "1e5"], "mixed"),
    text(["1", "", "7", "1e5"], "digits"),
  ]);
  const columns = [
    { name: "n", type: "double" },
    { name: "t", type: "varchar" },
    { name: "mixed", type: "varchar" },
    { name: "digits", type: "varchar" },
  ];
  const table = { name: ["data"], columns, rowNumber: "row number", isText: true };
  const run = (
    suite: ReturnType<typeof suiteOf>,
    given: readonly { name: string; type: string }[] = columns,
  ) => runSuiteInSql(suite, { ...table, columns: given }, { runner: db, dialect: db.dialect });

  const fine = await run(
    suiteOf(
      { type: "expect_column_sum_to_be_between", kwargs: { column: "n", min_value: 4, max_value: 4 } },
      { type: "expect_column_values_to_be_null", kwargs: { column: "t", mostly: 0.25 } },
      {
        type: "expect_column_values_to_be_in_set",
        kwargs: { column: "mixed", value_set: ["a", "7", "1e5"] },
      },
    ),
  );
  assert.equal(fine.success, true);
  await assert.rejects(
    run(
      suiteOf(
        { type: "expect_column_values_to_not_be_null", kwargs: { column: "digits" } },
        { type: "expect_column_values_to_not_be_null", kwargs: { column: "t" } },
      ),
      [
        { name: "t", type: "bigint" },
        { name: "digits", type: "varchar" },
      ],
    ),
    (e: unknown) =>
      e instanceof SqlDataError && /"digits".*got 3 of another[\s\S]*"t".*got 3/.test(e.message),
  );
});

test("divergences by value and in given bins mean the same; bins of the data's own are refused by name", async () => {
  const given = (partition_object: unknown, column: string, more: object = {}) => ({
    type: "expect_column_kl_divergence_to_be_less_than",
    kwargs: { column, partition_object, threshold: 0.5, ...more },
  });
  const bins = { bins: [-1, 0, 0.5, 3], weights: [0.25, 0.5, 0.25] };
  const open = { bins: [-Infinity, 0, 1, Infinity], weights: [0.25, 0.25, 0.5] };
  const itself = { bucketize_data: false };
  await same(
    db,
    suiteOf(
      given(bins, "f", { tail_weight_holdout: 0.1, internal_weight_holdout: 0.05 }),
      given(open, "f"),
      given(bins, "b"),
      given(bins, "t"),
      given({ values: ["a", "q"], weights: [0.5, 0.5] }, "t", { tail_weight_holdout: 0.1 }),
      given({ values: [true, false], weights: [0.5, 0.5] }, "b"),
      given({ values: [0.5, 3], weights: [0.5, 0.5] }, "f", {
        row_condition: "f > 0",
        condition_parser: "pandas",
      }),
      given(null, "t", itself),
      given(null, "f", itself),
    ),
    [
      numbers([-5, -1, 0, 0.5, 3, 3.5, null, 0.25, 1e300], "f"),
      truths([true, false, true, null, true, true, false, true, true], "b"),
      text(["a", "b", "a", null, "é", "b", "a", "a", "z"], "t"),
    ],
  );
  const table = { name: ["data"], columns: [{ name: "f", type: "DOUBLE" }], rowNumber: "row number" };
  assert.match(
    unsupportedBy("duckdb", suiteOf(given(null, "f")), table).join(),
    /\[0\].*bins that the data choose/,
  );
});

test("quantiles follow pandas' five rules in both engines, and no other", async () => {
  const asked = (allow_relative_error: unknown) => ({
    type: "expect_column_quantile_values_to_be_between",
    kwargs: {
      column: "x",
      quantile_ranges: { quantiles: [0, 0.3, 0.5, 1], value_ranges: Array(4).fill([null, null]) },
      allow_relative_error,
    },
  });
  const suite = suiteOf(...[false, "nearest", "linear", "lower", "higher", "midpoint"].map(asked));
  const { inSql } = await inBothEngines(db, suite, [numbers([4, 1, null, 2, 9])]);

  // pandas.Series([4, 1, None, 2, 9]).quantile(q, interpolation=rule)
  assert.deepEqual(
    inSql.map(({ result }) => written((result.observed_value as { values: unknown }).values)),
    [
      [1, 2, 4, 9],
      [1, 2, 4, 9],
      [1, 1.9, 3, 9],
      [1, 1, 2, 9],
      [1, 2, 4, 9],
      [1, 1.5, 3, 9],
    ],
  );
  await same(db, suite, [numbers([4, 1, null, 2, 9])]);
  assert.throws(
    () => suiteOf(asked("median")),
    /allow_relative_error: expected false or one of nearest, lower/,
  );
});
