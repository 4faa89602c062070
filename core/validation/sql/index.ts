/** Great Expectations suites pushed down to a database, with the results of the streaming engine. */
import type { Suite, SuiteResult } from "../types.ts";
import type { Dialect } from "./dialect.ts";
import { finishSuite, planSuite, type SqlOptions } from "./planSuite.ts";
import type { SqlRow, SqlRunner, SqlTable } from "./types.ts";

export { ATHENA, type Dialect, DUCKDB } from "./dialect.ts";
export {
  type EngineName,
  finishSuite,
  planSuite,
  type SqlOptions,
  type SqlPlan,
  unsupportedBy,
} from "./planSuite.ts";
export { type SqlColumn, SqlDataError, type SqlRow, type SqlRunner, type SqlTable } from "./types.ts";

/**
 * Plans a suite, runs its statements one after the other, and gives the results.
 * Throws SuiteError before anything runs when the engine cannot run the suite, SqlDataError when cells are not of their
 * column's type; rejects as the runner does.
 */
export async function runSuiteInSql(
  suite: Suite,
  table: SqlTable,
  { runner, dialect, ...options }: SqlOptions & { readonly runner: SqlRunner; readonly dialect: Dialect },
): Promise<SuiteResult> {
  const plan = planSuite(suite, table, dialect, options);
  const rows: (readonly SqlRow[])[] = [];
  for (const { sql } of plan.statements) rows.push(await runner.query(sql));
  return finishSuite(plan, rows);
}
