/** What is too much for a database is refused before it starts, and what is much runs. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { unsupportedBy } from "../../../core/validation/sql/index.ts";
import { numbers, same, suiteOf, text, truths, whole } from "../../support/sqlEngines.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

let db: TestDatabase;
before(async () => {
  db = await openDatabase();
});
after(() => db.close());

const FIFTY = Array.from({ length: 50 }, (_, i) => i);
const upTo = <T>(length: number, of: (i: number) => T): T[] => Array.from({ length }, (_, i) => of(i));
const pairs = (column_A: string, column_B: string, value_pairs_set: unknown, more: object = {}) => ({
  type: "expect_column_pair_values_to_be_in_set",
  kwargs: { column_A, column_B, value_pairs_set, ...more },
});

test("sets of thousands of values and pairs run", async () => {
  await same(
    db,
    suiteOf(
      {
        type: "expect_column_values_to_be_in_set",
        kwargs: { column: "x", value_set: upTo(5000, (i) => i * 2) },
      },
      {
        type: "expect_column_distinct_values_to_be_in_set",
        kwargs: { column: "y", value_set: upTo(5000, (i) => `v${i * 2}`) },
      },
      pairs(
        "x",
        "y",
        upTo(2000, (i) => [i, `v${i * 2}`]),
      ),
      {
        type: "expect_column_values_to_match_regex_list",
        kwargs: { column: "y", regex_list: upTo(100, (i) => `^v${i}\\d$`) },
      },
    ),
    [
      whole(FIFTY),
      text(
        FIFTY.map((i) => `v${i}`),
        "y",
      ),
    ],
  );
});

test("pairs of all types, missing values among them, are those of the set", async () => {
  await same(
    db,
    suiteOf(
      pairs("x", "y", [
        [1, "a"],
        [null, "b"],
        [2, null],
        [3.5, "c"],
      ]),
      pairs(
        "x",
        "y",
        [
          [1, "a"],
          [null, "b"],
          [2, null],
          [null, null],
        ],
        { ignore_row_if: "neither" },
      ),
      pairs("x", "y", [], { ignore_row_if: "neither" }),
      pairs(
        "z",
        "f",
        [
          [true, 1],
          [1, 0.5],
          [false, null],
        ],
        { ignore_row_if: "neither" },
      ),
      pairs("f", "x", [[1, 1], [0.5, 2], ["a", 1], [1]]),
    ),
    [
      whole([1, null, 2, 3, null, 1, 9007199254740991]),
      text(["a", "b", null, "c", null, null, "c"], "y"),
      truths([true, true, false, null, false, true, true], "z"),
      numbers([1, 0.5, null, 1, 2, null, 0.5], "f"),
    ],
  );
});

test("as many columns and bins as an expression may have run, and more are refused by name", async () => {
  const columns = upTo(21, (i) =>
    whole(
      FIFTY.map((x) => x * (i + 1)),
      `x${i}`,
    ),
  );
  const record = (count: number) => ({
    type: "expect_select_column_values_to_be_unique_within_record",
    kwargs: { column_list: columns.slice(0, count).map(({ name }) => name) },
  });
  const inBins = (count: number) => ({
    type: "expect_column_kl_divergence_to_be_less_than",
    kwargs: {
      column: "x0",
      threshold: 1,
      partition_object: { bins: upTo(count + 1, (i) => i / 4), weights: Array(count).fill(1 / count) },
      tail_weight_holdout: 0.1,
    },
  });

  await same(db, suiteOf(record(20), inBins(200)), columns);
  const problems = unsupportedBy("athena", suiteOf(record(21), inBins(201)), { name: ["data"], columns });
  assert.match(problems[0] as string, /column_list: expected at most 20 columns, got 21/);
  assert.match(problems[1] as string, /bins: expected at most 200 bins, got 201/);
});
