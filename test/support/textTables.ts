/** What the product's statements for Athena declare, for databases that know no Hive. */
import assert from "node:assert/strict";
import type { TestColumn } from "./testDatabase.ts";

export interface Declared {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export function readDeclaration(declaration: string): Declared {
  const found =
    /^CREATE EXTERNAL TABLE IF NOT EXISTS (\w+)\.(\w+) \((.*)\) STORED AS TEXTFILE LOCATION '/.exec(
      declaration,
    );
  assert.ok(found, declaration);
  const [, database, table, list] = found as unknown as [string, string, string, string];
  const columns = list.split(", ").map((column) => {
    const [name, type] = column.split(" ") as [string, string];
    return { name, type: type === "string" ? "VARCHAR" : type.toUpperCase() };
  });
  return { database, table, columns };
}

/** As Hive's LazySimpleSerDe reads lines by default: delimited by U+0001, `\N` for NULL. */
export function textColumns({ columns }: Declared, lines: readonly string[]): TestColumn[] {
  const rows = lines.map((line) => line.split("\u0001"));
  for (const row of rows) assert.equal(row.length, columns.length, "no cell holds the delimiter");
  return columns.map(({ name, type }, at) => ({
    name,
    type,
    values: rows.map((row) => (row[at] === "\\N" ? null : type === "BIGINT" ? Number(row[at]) : row[at])),
  }));
}

/** The SELECT that an UNLOAD writes, and how it is partitioned. */
export function readUnload(sql: string): { readonly select: string; readonly partitionedBy: string } {
  const found =
    /^UNLOAD \((.*)\) TO '.*' WITH \(format = 'JSON', compression = 'GZIP', partitioned_by = (ARRAY\['\w+'\])\)$/s.exec(
      sql,
    );
  assert.ok(found, sql);
  return { select: found[1] as string, partitionedBy: found[2] as string };
}
