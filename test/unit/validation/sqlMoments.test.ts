import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SuiteRunner } from "../../../core/validation/index.ts";
import { runSuiteInSql } from "../../../core/validation/sql/index.ts";
import { inBothEngines, same, suiteOf, text, written } from "../../support/sqlEngines.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

let db: TestDatabase;
before(async () => {
  db = await openDatabase();
});
after(() => db.close());

test("times compare with bounds that are days or times, and text does not", async () => {
  const times = ["2024-01-05T10:00:00.000Z", null, "2024-02-29T00:00:00.000Z"];
  await db.createTable("data", [
    { name: "row number", type: "BIGINT", values: [0, 1, 2] },
    { name: "t", type: "TIMESTAMP", values: times },
  ]);
  const suite = suiteOf(
    {
      type: "expect_column_values_to_be_between",
      kwargs: { column: "t", min_value: "2024-01-05", max_value: "2024-02-28" },
    },
    { type: "expect_column_max_to_be_between", kwargs: { column: "t", max_value: "2024-03-01 12:00:00" } },
  );
  const columns = [{ name: "t", type: "TIMESTAMP" }];
  const table = { name: ["data"], columns, rowNumber: "row number" };
  const { results } = await runSuiteInSql(suite, table, { runner: db, dialect: db.dialect });
  const runner = new SuiteRunner(suite, { columns: ["t"] });
  // As the reader of Parquet files gives times.
  runner.add(times.map((t) => ({ t })));

  assert.equal(results[0]?.result.unexpected_count, 1);
  assert.equal(results[1]?.success, true);
  assert.deepEqual(written(results), written(runner.finish().results));
  const days = suiteOf({
    type: "expect_column_values_to_be_between",
    kwargs: { column: "x", min_value: "2024-01-01" },
  });
  const { inSql } = await inBothEngines(db, days, [text(["2024-01-05"])]);
  assert.equal(inSql[0]?.exception_info.raised_exception, true);
  await same(db, days, [text(["2024-01-05"])]);
});

test("times finer than a millisecond lose the rest, as the reader of Parquet files gives them", async () => {
  await db.createTable("data", [
    { name: "row number", type: "BIGINT", values: [0, 1] },
    { name: "t", type: "TIMESTAMP", values: ["2024-12-31 23:59:59.999600", "2024-01-01 00:00:00.000999"] },
  ]);
  const suite = suiteOf({ type: "expect_column_values_to_be_null", kwargs: { column: "t" } });
  const table = { name: ["data"], columns: [{ name: "t", type: "TIMESTAMP" }], rowNumber: "row number" };
  const { results } = await runSuiteInSql(suite, table, { runner: db, dialect: db.dialect });

  assert.deepEqual(results[0]?.result.partial_unexpected_list, [
    "2024-12-31T23:59:59.999Z",
    "2024-01-01T00:00:00.000Z",
  ]);
});

test("days are text without an hour, as the reader of Parquet files gives them, and compare with bounds that are days", async () => {
  const days = ["2024-01-05", "2024-02-29", "0999-12-31", "2024-01-05"];
  await db.createTable("data", [
    { name: "row number", type: "BIGINT", values: days.map((_, i) => i) },
    { name: "d", type: "DATE", values: days },
  ]);
  const of = (type: string, kwargs: object) => ({ type, kwargs: { column: "d", ...kwargs } });
  const suite = suiteOf(
    of("expect_column_values_to_match_regex", { regex: "^2024-01-05$" }),
    of("expect_column_values_to_match_strftime_format", { strftime_format: "%Y-%m-%d" }),
    of("expect_column_values_to_be_in_set", { value_set: ["2024-01-05"] }),
    of("expect_column_max_to_be_between", { max_value: "2024-02-28" }),
    of("expect_column_values_to_be_unique", {}),
    of("expect_column_values_to_be_between", { min_value: "2024-01-06", max_value: "2024-02-29" }),
    of("expect_column_values_to_be_between", { min_value: "2024-01-06 10:00:00" }),
  );
  const table = { name: ["data"], columns: [{ name: "d", type: "DATE" }], rowNumber: "row number" };
  const { results } = await runSuiteInSql(suite, table, { runner: db, dialect: db.dialect });
  const runner = new SuiteRunner(suite, { columns: ["d"] });
  runner.add(days.map((d) => ({ d })));
  const streamed = runner.finish().results;

  for (const i of [0, 1, 2, 3, 4, 6]) assert.deepEqual(written(results[i]), written(streamed[i]));
  // As Great Expectations has it with dates of pandas; the streaming engine sees text, which has no day to compare.
  assert.deepEqual(results[5]?.result.partial_unexpected_list, ["2024-01-05", "0999-12-31", "2024-01-05"]);
  assert.equal(results[6]?.exception_info.raised_exception, true);
});
