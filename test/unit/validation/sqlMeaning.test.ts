import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { SuiteError } from "../../../core/validation/index.ts";
import {
  DUCKDB,
  planSuite,
  runSuiteInSql,
  SqlDataError,
  unsupportedBy,
} from "../../../core/validation/sql/index.ts";
import { DuckDb } from "../../support/duckdb.ts";
import { inBothEngines, suiteOf, written } from "../../support/sqlEngines.ts";

let db: DuckDb;
before(async () => {
  db = await DuckDb.start();
});
after(() => db.close());

const text = (values: readonly unknown[], name = "x") => ({ name, type: "VARCHAR", values });
const numbers = (values: readonly unknown[], name = "x") => ({ name, type: "DOUBLE", values });
const whole = (values: readonly unknown[], name = "x") => ({ name, type: "BIGINT", values });
const truths = (values: readonly unknown[], name = "x") => ({ name, type: "BOOLEAN", values });

async function same(
  suite: ReturnType<typeof suiteOf>,
  columns: Parameters<typeof inBothEngines>[2],
): Promise<void> {
  const { inSql, streamed } = await inBothEngines(db, suite, columns);
  inSql.forEach((got, i) => {
    assert.deepEqual(written(got), written(streamed[i]), JSON.stringify(suite.expectations[i]));
  });
}

const NASTY = [
  `"; DROP TABLE data; --`,
  `'; DROP TABLE data; --`,
  "a'b\"c`d",
  "\\",
  "\\'",
  "%_",
  "row number; --",
  "/* */",
  "naïve 🙂\n\t",
  "{{x}}",
  "c0",
  "rn",
  "sluice_rows",
  "SELECT",
];

test("names and values of any text are names and values, never SQL", async () => {
  const columns = NASTY.map((name, i) => text([...NASTY.slice(i), ...NASTY.slice(0, i)], name));
  const suite = suiteOf(
    ...NASTY.flatMap((column) => [
      { type: "expect_column_values_to_be_in_set", kwargs: { column, value_set: NASTY.slice(0, 5) } },
      {
        type: "expect_column_values_to_be_between",
        kwargs: { column, min_value: NASTY[0], max_value: NASTY[3] },
      },
      { type: "expect_column_values_to_match_regex", kwargs: { column, regex: "['\"\\\\;]" } },
      { type: "expect_column_most_common_value_to_be_in_set", kwargs: { column, value_set: NASTY } },
      { type: "expect_column_distinct_values_to_equal_set", kwargs: { column, value_set: NASTY.slice(3) } },
      {
        type: "expect_column_values_to_not_be_null",
        kwargs: {
          column,
          row_condition: {
            type: "comparison",
            column: { name: column },
            operator: "!=",
            parameter: NASTY[1],
          },
        },
      },
    ]),
    { type: "expect_compound_columns_to_be_unique", kwargs: { column_list: NASTY } },
    {
      type: "expect_column_pair_values_to_be_in_set",
      kwargs: {
        column_A: NASTY[0],
        column_B: NASTY[1],
        value_pairs_set: [
          [NASTY[0], NASTY[1]],
          [NASTY[5], null],
        ],
      },
    },
  );

  await same(suite, columns);
  assert.equal((await db.query('SELECT count(*) AS n FROM "data"'))[0]?.n, NASTY.length);
});

test("any text survives as name and value", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
        .filter((s) => !s.includes("\0") && s.toLowerCase() !== "row number"),
      fc.array(
        fc.string({ unit: "grapheme", maxLength: 8 }).filter((s) => !s.includes("\0")),
        { minLength: 1, maxLength: 8 },
      ),
      async (name, values) => {
        const suite = suiteOf(
          { type: "expect_column_values_to_be_in_set", kwargs: { column: name, value_set: values.slice(1) } },
          { type: "expect_column_values_to_be_unique", kwargs: { column: name } },
          { type: "expect_column_max_to_be_between", kwargs: { column: name, min_value: values[0] } },
          { type: "expect_column_value_lengths_to_be_between", kwargs: { column: name, max_value: 3 } },
        );
        await same(suite, [text(values, name)]);
      },
    ),
    { numRuns: 60 },
  );
});

test("U+0000 and half surrogate pairs, which no statement can hold, are refused by name", () => {
  const suite = suiteOf(
    { type: "expect_column_values_to_be_in_set", kwargs: { column: "x", value_set: ["a\0b"] } },
    { type: "expect_column_values_to_be_in_set", kwargs: { column: "x", value_set: ["\ud800"] } },
  );

  const problems = unsupportedBy("duckdb", suite, { name: ["data"], columns: [text([])] });
  assert.equal(problems.length, 2);
  assert.match(problems[0] as string, /expectations\[0\].*U\+0000.*"a\\u0000b"/);
});

const REGEXES = [
  "^a",
  "a$",
  "^a$",
  "a|^b$",
  "\\d+",
  "\\D",
  "\\w\\s\\S",
  "[^a-c]",
  "[\\]\\-^]",
  "(?i)É",
  "(?s)a.b",
  "a.b",
  "(?m)^b$",
  "(a|b)+c{2,3}?",
  "\\.",
  "\\x41|\\u00e9",
  "(?a)\\bb",
  "\\Ab\\Z",
  "[\\W]",
  "[\\d\\s]",
  "a{0}b?",
  "(?P<n>a)(?:b)",
  "[[]",
  "a&&b",
  "\\/",
  "(a$|b$)",
  "[[:alpha:]]",
  "$",
  "^$",
];
const TEXTS = [
  "",
  "a",
  "b",
  "ab",
  "a\n",
  "a\nb",
  "b\na",
  "a\rb",
  "a\u2028b",
  "é",
  "É",
  "A",
  "٣",
  "1",
  "a b",
  "a\u00a0b",
  "a.b",
  "[",
  "]",
  "-",
  "^",
  "abcc",
  "acc",
  "a&&b",
  "🙂",
  "a🙂b",
  "\\",
  "/",
  "ſ",
  "K",
  "K",
  "\u0085",
  "b c",
  "_",
  ":",
];

test("regular expressions mean what Python means", async () => {
  const suite = suiteOf(
    ...REGEXES.map((regex) => ({
      type: "expect_column_values_to_match_regex",
      kwargs: { column: "x", regex },
    })),
  );

  await same(suite, [text(TEXTS)]);
});

test("regular expressions without a counterpart are refused by name", () => {
  const regexes = ["(?=a)b", "(a)\\1", "a$b", "\\bword", "a{2000}"];
  const suite = suiteOf(
    ...regexes.map((regex) => ({
      type: "expect_column_values_to_match_regex",
      kwargs: { column: "x", regex },
    })),
  );
  const table = { name: ["data"], columns: [text([])] };

  assert.equal(unsupportedBy("duckdb", suite, table).length, regexes.length);
  assert.match(
    unsupportedBy("duckdb", suite, table)[0] as string,
    /expectations\[0\] .* on "x"\) on engine duckdb: .*a look-around/,
  );
  assert.deepEqual(
    unsupportedBy("athena", suite, table).map((p) => /\[(\d)\]/.exec(p)?.[1]),
    ["1", "4"],
  );
});

test("dates follow the streaming engine's calendar", async () => {
  const formats = [
    "%Y-%m-%d",
    "%d.%m.%y",
    "%b %d %Y",
    "%d %B",
    "%H:%M:%S",
    "%Y",
    "%m/%d",
    "%F %T",
    "%j",
    "%Y%m%d %p%%",
    "%d %Y",
  ];
  const dates = [
    "2024-02-29",
    "2023-02-29",
    "1900-02-29",
    "2000-02-29",
    "0000-01-01",
    "2024-4-31",
    "2024-04-30",
    "29.02.68",
    "29.02.69",
    "29.02.72",
    "Feb 29 2024",
    "feb 30 2024",
    "JAN  31 2024",
    "29 February",
    "28 february",
    "23:59:60",
    "24:00:00",
    "2024",
    "02/29",
    "02/28",
    "2024-02-29 10:00:00",
    "2024-02-29\u00a010:00:00",
    "366",
    "367",
    "20240131 am%",
    " 1 2024",
    "31 2024",
    "2024-02-29\n",
  ];
  const suite = suiteOf(
    ...formats.map((strftime_format) => ({
      type: "expect_column_values_to_match_strftime_format",
      kwargs: { column: "x", strftime_format },
    })),
  );

  await same(suite, [text(dates)]);
});

test("JSON is what Python's json.loads takes", async () => {
  const texts = [
    "NaN",
    "[1,]",
    '{"a":1,}',
    "Infinity",
    "-inf",
    "1",
    "1.",
    "01",
    "-0",
    "1e9",
    "null",
    "nul",
    '"nan"',
    '"a,]"',
    '"\\ud800"',
    '"\\\\ud800"',
    '"\\\\\\ud800x"',
    '{"a":"\\"nan,]"}',
    "[]",
    "{}",
    "",
    " [1 , 2 ] ",
    "[1 2]",
    '"\t"',
    "'a'",
    "\u00a01",
    "\u20281",
    '{"a":1,"a":2}',
    "[[[[]]]]",
    "// x\n1",
    "true",
    "True",
    '"\u007f"',
    '["]", nan]',
  ];
  const suite = suiteOf({ type: "expect_column_values_to_be_json_parseable", kwargs: { column: "x" } });

  await same(suite, [text(texts)]);
  await same(suite, [numbers([1, 0.5, null, -3e300])]);
  await same(suite, [truths([true, null])]);
});

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
  await same(suite, [text([null, "a", "b"])]);
  await same(suite, [text([null, null])]);
  await same(suite, [text([])]);
  await same(suiteOf({ type: "expect_column_value_lengths_to_equal", kwargs: { column: "x", value: 1 } }), [
    whole([null, 7]),
  ]);
  await same(
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

test("without a row number examples come in the order of their text and without indices; order is refused", async () => {
  const suite = suiteOf({
    type: "expect_column_values_to_be_in_set",
    kwargs: { column: "x", value_set: ["b"] },
  });
  await db.createTable("data", [text(["c", "b", "a", "c"])]);
  const table = { name: ["data"], columns: [{ name: "x", type: "VARCHAR" }] };
  const { results } = await runSuiteInSql(suite, table, {
    runner: db,
    dialect: DUCKDB,
    resultFormat: "COMPLETE",
  });

  assert.deepEqual(results[0]?.result.unexpected_list, ["a", "c", "c"]);
  assert.ok(!("unexpected_index_list" in (results[0]?.result ?? {})));
  const ordered = suiteOf({ type: "expect_column_values_to_be_increasing", kwargs: { column: "x" } });
  assert.throws(
    () => planSuite(ordered, table, DUCKDB),
    (e: unknown) => e instanceof SuiteError && /\[0\].*row number/.test(e.message),
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
  ) => runSuiteInSql(suite, { ...table, columns: given }, { runner: db, dialect: DUCKDB });

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

test("a suite of many expectations stays a scan and a union; past an engine's limits they are split", async () => {
  const many = Array.from({ length: 120 }, (_, i) => [
    { type: "expect_column_values_to_be_between", kwargs: { column: "x", min_value: i } },
    { type: "expect_column_median_to_be_between", kwargs: { column: "x", min_value: i } },
  ]).flat();
  const table = { name: ["data"], columns: [{ name: "x", type: "DOUBLE" }], rowNumber: "row number" };
  const small = { ...DUCKDB, limits: { ...DUCKDB.limits, statementBytes: 4000, aggregates: 10 } };

  assert.equal(planSuite(suiteOf(...many), table, DUCKDB).statements.length, 2);
  const split = planSuite(suiteOf(...many), table, small).statements;
  assert.ok(split.length > 20 && split.every(({ sql }) => sql.length <= 4000));
  assert.throws(
    () =>
      planSuite(
        suiteOf({
          type: "expect_column_values_to_be_in_set",
          kwargs: { column: "x", value_set: Array.from({ length: 999 }, (_, i) => i) },
        }),
        table,
        small,
      ),
    /expectations\[0\].*at most 4000 bytes/,
  );
});

test("values of sensitive columns are not even asked for", async () => {
  const suite = suiteOf({
    type: "expect_column_values_to_be_in_set",
    kwargs: { column: "x", value_set: [] },
  });
  await db.createTable("data", [{ name: "row number", type: "BIGINT", values: [0] }, text(["DE-SECRET"])]);
  const table = { name: ["data"], columns: [{ name: "x", type: "VARCHAR" }], rowNumber: "row number" };
  const options = { resultFormat: "COMPLETE", sensitiveColumns: ["x"] } as const;
  const result = await runSuiteInSql(suite, table, { runner: db, dialect: DUCKDB, ...options });

  assert.doesNotMatch(JSON.stringify(result), /SECRET/);
  assert.deepEqual(result.results[0]?.result.unexpected_index_list, [0]);
  assert.ok(planSuite(suite, table, DUCKDB, options).statements.every(({ sql }) => !sql.includes("to_json")));
});
