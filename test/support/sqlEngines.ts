import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  type ColumnBatch,
  type ExpectationResult,
  parseSuite,
  type ResultFormatName,
  type Suite,
  SuiteRunner,
} from "../../core/validation/index.ts";
import { runSuiteInSql, type SqlTable } from "../../core/validation/sql/index.ts";
import type { TestColumn, TestDatabase } from "./testDatabase.ts";

export interface GxCase {
  readonly format: ResultFormatName;
  readonly data: ColumnBatch["columns"];
  readonly expectations: { type: string; kwargs: Record<string, unknown> }[];
  readonly results: { success: boolean; raised: boolean; result: Record<string, unknown> }[];
}

/** SLUICE_VECTORS: another file that `test/vectors/generateValidation.py` wrote. */
export function gxCases(): GxCase[] {
  const file = process.env.SLUICE_VECTORS ?? new URL("../vectors/validation.json.gz", import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as GxCase[];
}

export const suiteOf = (...expectations: readonly unknown[]): Suite =>
  parseSuite({ name: "s", expectations });

/** Eleven significant digits, and none below 1e-14: sums in another order differ in the last ones. */
export function rounded(value: unknown): unknown {
  if (typeof value === "number") return Math.abs(value) < 1e-14 ? 0 : Number(value.toPrecision(11));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, rounded(v)]));
}

/** A result as it is written to a file, with numbers rounded. */
export const written = (result: unknown): unknown => rounded(JSON.parse(JSON.stringify(result)));

export interface Compared {
  readonly inSql: readonly ExpectationResult[];
  readonly streamed: readonly ExpectationResult[];
}

/** Runs a suite over the same columns in both engines. */
export async function inBothEngines(
  db: TestDatabase,
  suite: Suite,
  columns: readonly TestColumn[],
  resultFormat: ResultFormatName = "COMPLETE",
): Promise<Compared> {
  const rows = columns[0]?.values.length ?? 0;
  await db.createTable("data", [
    { name: "row number", type: "BIGINT", values: Array.from({ length: rows }, (_, i) => i) },
    ...columns,
  ]);
  const table: SqlTable = { name: ["data"], columns, rowNumber: "row number" };
  const inSql = await runSuiteInSql(suite, table, { runner: db, dialect: db.dialect, resultFormat });
  const runner = new SuiteRunner(suite, { resultFormat, columns: columns.map(({ name }) => name) });
  runner.add({ rows, columns: Object.fromEntries(columns.map(({ name, values }) => [name, values])) });
  return { inSql: inSql.results, streamed: runner.finish().results };
}

/** Test columns of the types that meanings differ by. */
export const text = (values: readonly unknown[], name = "x"): TestColumn => ({
  name,
  type: "VARCHAR",
  values,
});
export const numbers = (values: readonly unknown[], name = "x"): TestColumn => ({
  name,
  type: "DOUBLE",
  values,
});
export const whole = (values: readonly unknown[], name = "x"): TestColumn => ({
  name,
  type: "BIGINT",
  values,
});
export const truths = (values: readonly unknown[], name = "x"): TestColumn => ({
  name,
  type: "BOOLEAN",
  values,
});

/** Both engines give the same results, in every field. */
export async function same(db: TestDatabase, suite: Suite, columns: readonly TestColumn[]): Promise<void> {
  const { inSql, streamed } = await inBothEngines(db, suite, columns);
  inSql.forEach((got, i) => {
    assert.deepEqual(written(got), written(streamed[i]), JSON.stringify(suite.expectations[i]));
  });
}
