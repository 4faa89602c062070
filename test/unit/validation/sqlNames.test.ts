import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { unsupportedBy } from "../../../core/validation/sql/index.ts";
import { same, suiteOf, text } from "../../support/sqlEngines.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

let db: TestDatabase;
before(async () => {
  db = await openDatabase();
});
after(() => db.close());

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

  await same(db, suite, columns);
  assert.equal(Number((await db.query('SELECT count(*) AS n FROM "data"'))[0]?.n), NASTY.length);
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
        await same(db, suite, [text(values, name)]);
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
