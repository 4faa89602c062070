/** CSV tables in memory: a header and rows of strings. */
import { isUtf8 } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { CSV_OPTIONS, mustBeUtf8 } from "./csvOptions.ts";
import { messageOf, SluiceError } from "./errors.ts";

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Parses CSV with a header; `.gz` is unpacked. Errors name the file and the line. */
export function parseTable(uri: string, body: Uint8Array): Table {
  const text = uri.endsWith(".gz") ? gunzipSync(body) : body;
  let records: string[][];
  try {
    records = parse(Buffer.from(text), CSV_OPTIONS);
  } catch (cause) {
    throw new SluiceError("BadData", `${uri}: unreadable CSV: ${messageOf(cause)}`, { cause });
  }
  // A file of UTF-8 may hold the character itself.
  if (!isUtf8(text))
    records.forEach((record, row) => {
      mustBeUtf8(uri, record, row);
    });
  const [columns, ...rows] = records;
  if (!columns) throw new SluiceError("BadData", `${uri}: expected a header line, got an empty file`);
  const repeated = columns.filter((name, index) => columns.indexOf(name) !== index);
  if (repeated.length > 0)
    throw new SluiceError(
      "BadData",
      `${uri}: the header names ${repeated.map((name) => JSON.stringify(name)).join(", ")} twice`,
    );
  return { columns, rows };
}

/** Puts tables of the same columns under each other. */
export function concatTables(tables: readonly { readonly uri: string; readonly table: Table }[]): Table {
  const [first, ...others] = tables;
  if (!first) throw new SluiceError("BadData", "expected at least one data file, found none");
  for (const { uri, table } of others)
    if (table.columns.join("\n") !== first.table.columns.join("\n"))
      throw new SluiceError(
        "BadData",
        `${uri}: expected the columns of ${first.uri} ${JSON.stringify(first.table.columns)}, got ${JSON.stringify(table.columns)}`,
      );
  return { columns: first.table.columns, rows: tables.flatMap(({ table }) => table.rows) };
}

const field = (value: string): string =>
  /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

/** One CSV line without its end. */
export const csvLine = (values: readonly (string | null)[]): string =>
  values.map((value) => field(value ?? "")).join(",");

/** CSV text, `\n` line ends, header only when columns are given. */
export function toCsv(rows: readonly (readonly (string | null)[])[], columns?: readonly string[]): string {
  const lines = rows.map(csvLine);
  return `${(columns ? [csvLine(columns), ...lines] : lines).join("\n")}\n`;
}
