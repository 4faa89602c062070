/** The database that tests of SQL run on: DuckDB, or a Trino that `npm run bench -- trino` started, which speaks Athena's SQL. */
import type { Dialect, SqlRunner } from "../../core/validation/sql/index.ts";
import { DuckDb } from "./duckdb.ts";
import { Trino } from "./trino.ts";

export interface TestColumn {
  readonly name: string;
  readonly type: string;
  readonly values: readonly unknown[];
}

export interface TestDatabase extends SqlRunner {
  readonly dialect: Dialect;
  /** A table of these columns, in place of one of this name; only a row number tells the order of the data. */
  createTable(name: string, columns: readonly TestColumn[]): Promise<void>;
  /** The table that the product's CREATE EXTERNAL TABLE declares, over these lines of delimited text. */
  createTextTable(declaration: string, lines: readonly string[]): Promise<void>;
  /** The JSON lines that the product's UNLOAD writes. */
  unload(sql: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function openDatabase(): Promise<TestDatabase> {
  const { SLUICE_TRINO: url, SLUICE_TRINO_FOLDER: folder } = process.env;
  return url === undefined ? DuckDb.start() : Trino.open(url, folder);
}
