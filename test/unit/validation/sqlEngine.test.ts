import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Suite } from "../../../core/validation/index.ts";
import { type SqlTable, unsupportedBy } from "../../../core/validation/sql/index.ts";
import { gxCases, inBothEngines, suiteOf, written } from "../../support/sqlEngines.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

const TYPES = ["BIGINT", "DOUBLE", "VARCHAR", "BIGINT", "DOUBLE", "VARCHAR", "VARCHAR", "VARCHAR", "BOOLEAN"];

let db: TestDatabase;
before(async () => {
  db = await openDatabase();
});
after(() => db.close());

/** Places in the suite that the engine refuses. */
function refusedOf(suite: Suite, table: SqlTable): Set<number> {
  const problems = unsupportedBy(db.dialect.name, suite, table);
  return new Set(problems.map((problem) => Number(/\[(\d+)\]/.exec(problem)?.[1])));
}

test("SQL gives the streaming engine's result and Great Expectations' own, in every field, on every frozen suite", async (t) => {
  const refusedTypes = new Set<string>();
  let [compared, leftOut] = [0, 0];
  for (const { format, data, expectations, results } of gxCases()) {
    const columns = Object.entries(data).map(([name, values], i) => ({
      name,
      type: TYPES[i] as string,
      values: Array.from(values),
    }));
    const whole = suiteOf(...expectations);
    const refused = refusedOf(whole, { name: ["data"], columns, rowNumber: "row number" });
    leftOut += refused.size;
    for (const i of refused) refusedTypes.add(expectations[i]?.type as string);
    const kept = expectations.flatMap((_, i) => (refused.has(i) ? [] : [i]));
    const suite = {
      ...whole,
      expectations: kept.map((i) => whole.expectations[i] as Suite["expectations"][0]),
    };
    const { inSql, streamed } = await inBothEngines(db, suite, columns, format);
    inSql.forEach((got, i) => {
      const at = kept[i] as number;
      const what = `${JSON.stringify(expectations[at])} ${format}`;
      assert.deepEqual(written(got), written(streamed[i]), what);
      assert.deepEqual(written(got.result), written(results[at]?.result), what);
      assert.equal(got.success, results[at]?.success, what);
      compared++;
    });
  }
  t.diagnostic(`${db.dialect.name}: ${compared} results compared, ${leftOut} refused`);
  assert.ok(compared > 5000, `only ${compared} results`);
  assert.deepEqual([...refusedTypes].sort(), [
    "expect_column_kl_divergence_to_be_less_than",
    "expect_column_values_to_be_dateutil_parseable",
    "expect_column_values_to_match_json_schema",
  ]);
});
