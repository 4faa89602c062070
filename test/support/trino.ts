/** A client of Trino's REST protocol, with answers as Athena gives them: every cell is text. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { ATHENA, type SqlRow } from "../../core/validation/sql/index.ts";
import { identifier, numberLiteral, textLiteral } from "../../core/validation/sql/literals.ts";
import type { TestColumn, TestDatabase } from "./testDatabase.ts";
import { readDeclaration, readUnload, textColumns } from "./textTables.ts";

interface Page {
  readonly nextUri?: string;
  readonly columns?: readonly { readonly name: string }[];
  readonly data?: readonly (readonly (string | boolean | null)[])[];
  readonly error?: { readonly errorName: string; readonly message: string };
}

/** Rows of one INSERT; a statement has at most 262,144 characters. */
const ROWS_AT_ONCE = 500;

export class Trino implements TestDatabase {
  readonly dialect = ATHENA;
  readonly #url: string;
  /** Where its Hive connector has tables; undefined: it has none, and text is loaded into memory. */
  readonly #folder: string | undefined;

  private constructor(url: string, folder: string | undefined) {
    this.#url = url;
    this.#folder = folder;
  }

  static async open(url: string, folder: string | undefined): Promise<Trino> {
    return new Trino(url, folder);
  }

  async query(sql: string): Promise<readonly SqlRow[]> {
    const headers = { "X-Trino-User": "sluice", "X-Trino-Catalog": "memory", "X-Trino-Schema": "default" };
    let page = await pageOf(await fetch(`${this.#url}/v1/statement`, { method: "POST", body: sql, headers }));
    const rows: SqlRow[] = [];
    for (;;) {
      if (page.error !== undefined)
        throw new Error(`Trino: ${page.error.errorName}: ${page.error.message}\n${sql}`);
      const names = (page.columns ?? []).map(({ name }) => name);
      for (const row of page.data ?? [])
        rows.push(
          Object.fromEntries(names.map((name, i) => [name, row[i] === null ? null : String(row[i])])),
        );
      if (page.nextUri === undefined) return rows;
      page = await pageOf(await fetch(page.nextUri, { headers }));
    }
  }

  async createTable(name: string, columns: readonly TestColumn[]): Promise<void> {
    await this.#fill(identifier(name), columns);
  }

  async #fill(table: string, columns: readonly TestColumn[]): Promise<void> {
    await this.query(`DROP TABLE IF EXISTS ${table}`);
    const list = columns.map(({ name, type }) => `${identifier(name)} ${stored(type)}`);
    await this.query(`CREATE TABLE ${table} (${list.join(", ")})`);
    const rows = columns[0]?.values.length ?? 0;
    // Each INSERT is a page of its own, which any worker may hold.
    for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
      const values = Array.from(
        { length: Math.min(ROWS_AT_ONCE, rows - from) },
        (_, i) => `(${columns.map((column) => literal(column, from + i)).join(", ")})`,
      );
      await this.query(`INSERT INTO ${table} VALUES ${values.join(", ")}`);
    }
  }

  async createTextTable(declaration: string, lines: readonly string[]): Promise<void> {
    const declared = readDeclaration(declaration);
    const { database, table, columns } = declared;
    await this.query(`CREATE SCHEMA IF NOT EXISTS ${database}`);
    if (this.#folder === undefined) return this.#fill(`${database}.${table}`, textColumns(declared, lines));
    await this.query(`CREATE SCHEMA IF NOT EXISTS hive.${database}`);
    await this.query(`DROP TABLE IF EXISTS hive.${database}.${table}`);
    const place = mkdtempSync(join(this.#folder, "text-"));
    writeFileSync(join(place, "0.gz"), gzipSync(lines.map((line) => `${line}\n`).join("")));
    const list = columns.map(({ name, type }) => `${name} ${type}`).join(", ");
    await this.query(
      `CREATE TABLE hive.${database}.${table} (${list}) WITH (format = 'TEXTFILE', external_location = 'local:///${basename(place)}')`,
    );
    await this.query(
      `CREATE OR REPLACE VIEW ${database}.${table} AS SELECT * FROM hive.${database}.${table}`,
    );
  }

  async unload(sql: string): Promise<string[]> {
    const { select, partitionedBy } = readUnload(sql);
    if (this.#folder === undefined) {
      const rows = await this.query(select);
      return rows.map((row) => JSON.stringify(row, (_, value) => value ?? undefined));
    }
    await this.query("CREATE SCHEMA IF NOT EXISTS hive.unloads");
    const name = `u_${randomUUID().replaceAll("-", "")}`;
    const [table, place] = [`hive.unloads.${name}`, join(this.#folder, "metastore", "unloads", name)];
    await this.query(
      `CREATE TABLE ${table} WITH (format = 'JSON', partitioned_by = ${partitionedBy}) AS ${select}`,
    );
    // A table without rows has no folder.
    const files = !existsSync(place)
      ? []
      : readdirSync(place, { recursive: true, encoding: "utf8", withFileTypes: true });
    const lines = files
      .filter((file) => file.isFile() && !/[/]\./.test(join(file.parentPath, file.name).slice(place.length)))
      .flatMap((file) => {
        const bytes = readFileSync(join(file.parentPath, file.name));
        return String(file.name.endsWith(".gz") ? gunzipSync(bytes) : bytes).split("\n");
      });
    await this.query(`DROP TABLE ${table}`);
    return lines.filter((line) => line !== "");
  }

  async close(): Promise<void> {}
}

/** Numbers keep their digits. */
async function pageOf(response: Response): Promise<Page> {
  const body = await response.text();
  assert.equal(response.status, 200, body);
  return JSON.parse(body, (_, value, context?: { readonly source?: string }) =>
    typeof value === "number" ? context?.source : value,
  ) as Page;
}

function literal({ type, values }: TestColumn, row: number): string {
  const value = values[row] ?? null;
  return `CAST(${value === null ? "NULL" : bare(type, value)} AS ${stored(type)})`;
}

/** As fine as DuckDB's. */
const stored = (type: string): string => (type === "TIMESTAMP" ? "TIMESTAMP(6)" : type);

function bare(type: string, value: unknown): string {
  if (type === "TIMESTAMP") return textLiteral(String(value).replace("T", " ").replace("Z", ""));
  if (typeof value === "string") return textLiteral(value);
  if (type !== "DOUBLE") return String(value);
  return Number.isFinite(value) ? numberLiteral(value as number) : textLiteral(String(value));
}
