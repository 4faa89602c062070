import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SuiteError } from "../../../core/validation/index.ts";
import { DUCKDB, planSuite, runSuiteInSql } from "../../../core/validation/sql/index.ts";
import { suiteOf, text } from "../../support/sqlEngines.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

let db: TestDatabase;
before(async () => {
  db = await openDatabase();
});
after(() => db.close());

test("without a row number examples come in the order of their text and without indices; order is refused", async () => {
  const suite = suiteOf({
    type: "expect_column_values_to_be_in_set",
    kwargs: { column: "x", value_set: ["b"] },
  });
  await db.createTable("data", [text(["c", "b", "a", "c"])]);
  const table = { name: ["data"], columns: [{ name: "x", type: "VARCHAR" }] };
  const { results } = await runSuiteInSql(suite, table, {
    runner: db,
    dialect: db.dialect,
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
  const result = await runSuiteInSql(suite, table, { runner: db, dialect: db.dialect, ...options });

  assert.doesNotMatch(JSON.stringify(result), /SECRET/);
  assert.deepEqual(result.results[0]?.result.unexpected_index_list, [0]);
  assert.ok(planSuite(suite, table, DUCKDB, options).statements.every(({ sql }) => !sql.includes("to_json")));
});
