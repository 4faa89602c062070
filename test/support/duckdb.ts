/** DuckDB in a child process: the Python package that the sandbox has anyway, so that no test needs a native npm package. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { DUCKDB, type SqlRow } from "../../core/validation/sql/index.ts";
import { identifier } from "../../core/validation/sql/literals.ts";
import { testPython } from "./sandbox.ts";
import type { TestColumn, TestDatabase } from "./testDatabase.ts";
import { readDeclaration, readUnload, textColumns } from "./textTables.ts";

const SERVER = `
import duckdb, json, math, sys
connection = duckdb.connect(":memory:", config={"threads": 1})
# After two seconds it would be drawn among the answers.
connection.execute("SET enable_progress_bar = false")
# Trino's name, in statements that are written for Athena alone.
connection.execute("CREATE MACRO array_join(list, separator) AS array_to_string(list, separator)")
# As Athena writes them; JSON has no word for them.
WORDS = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
cell = lambda value: WORDS[str(value)] if isinstance(value, float) and not math.isfinite(value) else value
for line in sys.stdin:
    request = json.loads(line)
    try:
        result = connection.execute(request["sql"], request["values"])
        names = [column[0] for column in result.description or []]
        answer = {"rows": [dict(zip(names, map(cell, row))) for row in result.fetchall()]}
    except Exception as error:
        answer = {"error": str(error)}
    print(json.dumps(answer, default=str), flush=True)
`;

export class DuckDb implements TestDatabase {
  readonly dialect = DUCKDB;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.pipe(process.stderr);
  }

  static async start(): Promise<DuckDb> {
    return new DuckDb(spawn(await testPython(), ["-c", SERVER]));
  }

  query(sql: string): Promise<readonly SqlRow[]> {
    return this.#ask(sql, []);
  }

  async #ask(sql: string, values: readonly unknown[]): Promise<readonly SqlRow[]> {
    this.#child.stdin.write(`${JSON.stringify({ sql, values })}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("DuckDB's process ended");
    const { rows, error } = JSON.parse(value) as { rows?: SqlRow[]; error?: string };
    if (rows === undefined) throw new Error(`DuckDB: ${error}\n${sql}`);
    return rows;
  }

  /** Stored in an order of its own. */
  async createTable(name: string, columns: readonly TestColumn[]): Promise<void> {
    await this.#fill(identifier(name), columns);
  }

  async #fill(table: string, columns: readonly TestColumn[]): Promise<void> {
    const list = columns.map((column) => `unnest(CAST(? AS ${column.type}[])) AS ${identifier(column.name)}`);
    await this.#ask(
      `CREATE OR REPLACE TABLE ${table} AS SELECT * FROM (SELECT ${list.join(", ")}) AS given ORDER BY hash(COLUMNS(*))`,
      columns.map((column) => column.values),
    );
  }

  async createTextTable(declaration: string, lines: readonly string[]): Promise<void> {
    const declared = readDeclaration(declaration);
    await this.query(`CREATE SCHEMA IF NOT EXISTS ${declared.database}`);
    await this.#fill(`${declared.database}.${declared.table}`, textColumns(declared, lines));
  }

  async unload(sql: string): Promise<string[]> {
    const rows = await this.query(readUnload(sql).select);
    return rows.map((row) => JSON.stringify(row, (_, value) => value ?? undefined));
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin.end();
    await ended;
  }
}
