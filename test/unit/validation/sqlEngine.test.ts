import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  type ColumnBatch,
  type ExpectationResult,
  parseSuite,
  type ResultFormatName,
  type Suite,
  SuiteRunner,
} from "../../../core/validation/index.ts";
import { DUCKDB, runSuiteInSql, type SqlTable, unsupportedBy } from "../../../core/validation/sql/index.ts";
import { DuckDb } from "../../support/duckdb.ts";

interface GxCase {
  readonly format: ResultFormatName;
  readonly data: ColumnBatch["columns"];
  readonly expectations: { type: string; kwargs: Record<string, unknown> }[];
  readonly results: { success: boolean; raised: boolean; result: Record<string, unknown> }[];
}
const TYPES = ["BIGINT", "DOUBLE", "VARCHAR", "BIGINT", "DOUBLE", "VARCHAR", "VARCHAR", "VARCHAR", "BOOLEAN"];

let db: DuckDb;
before(async () => {
  db = await DuckDb.start();
});
after(() => db.close());

function rounded(value: unknown): unknown {
  if (typeof value === "number") return Math.abs(value) < 1e-14 ? 0 : Number(value.toPrecision(11));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, rounded(v)]));
}
const plain = (result: ExpectationResult) => rounded(JSON.parse(JSON.stringify(result)));

const cases = JSON.parse(
  gunzipSync(readFileSync(new URL("../../vectors/validation.json.gz", import.meta.url))).toString(),
) as GxCase[];

/** The suite without what the engine refuses by name. */
function runnable(suite: Suite, table: SqlTable): { suite: Suite; refused: Set<number> } {
  const refused = new Set(
    unsupportedBy("duckdb", suite, table).map((problem) => Number(/\[(\d+)\]/.exec(problem)?.[1])),
  );
  return {
    suite: { ...suite, expectations: suite.expectations.filter((_, i) => !refused.has(i)) },
    refused,
  };
}

test("SQL gives the streaming engine's result and Great Expectations' own, in every field, on every frozen suite", async () => {
  let compared = 0;
  for (const { format, data, expectations, results } of cases) {
    const names = Object.keys(data);
    const rows = data.c0?.length ?? 0;
    const suite = parseSuite({ name: "s", expectations });
    const columns = names.map((name, i) => ({ name, type: TYPES[i] as string }));
    const table: SqlTable = { name: ["data"], columns, rowNumber: "row" };
    await db.createTable("data", [
      { name: "row", type: "BIGINT", values: Array.from({ length: rows }, (_, i) => i) },
      ...columns.map(({ name, type }) => ({ name, type, values: Array.from(data[name] ?? []) })),
    ]);
    const { suite: runnableSuite, refused } = runnable(suite, table);
    const inSql = await runSuiteInSql(runnableSuite, table, {
      runner: db,
      dialect: DUCKDB,
      resultFormat: format,
    });
    const runner = new SuiteRunner(runnableSuite, { resultFormat: format, columns: names });
    runner.add({ rows, columns: data });
    const streamed = runner.finish();
    const kept = expectations.flatMap((_, i) => (refused.has(i) ? [] : [i]));
    for (const i of refused) {
      const type = expectations[i]?.type as string;
    }
    inSql.results.forEach((got, i) => {
      const what = `${JSON.stringify(expectations[kept[i] as number])} ${format}`;
      assert.deepEqual(plain(got), plain(streamed.results[i] as ExpectationResult), what);
      const gx = results[kept[i] as number];
      assert.deepEqual(rounded(JSON.parse(JSON.stringify(got.result))), rounded(gx?.result), what);
      assert.equal(got.success, gx?.success, what);
      compared++;
    });
    assert.deepEqual(inSql.statistics, streamed.statistics);
  }
  assert.ok(compared > 4000, `only ${compared} results`);
});
