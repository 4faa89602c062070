/** Data files of the commands, read as streams of batches in constant memory. */
import { existsSync, statSync } from "node:fs";
import type { Batch, Cell, TypedBatch } from "./batch.ts";
import { toCells } from "./cellColumn.ts";
import { MixedColumns, readCsv, readCsvAsPandas } from "./csv.ts";
import { InputError } from "./inputError.ts";
import { readJsonLines } from "./jsonl.ts";
import { readParquet } from "./parquet.ts";

export { BATCH_ROWS, type Batch, type Cell, type TypedBatch } from "./batch.ts";
export { InputError, shown } from "./inputError.ts";

const READERS: Readonly<Record<string, (file: string) => AsyncGenerator<TypedBatch>>> = {
  csv: readCsv,
  jsonl: readJsonLines,
  ndjson: readJsonLines,
  parquet: readParquet,
};

/** Batches of a data file; the kind follows from the name (.csv, .jsonl, .ndjson, .parquet; text ones also .gz). */
export async function* readBatches(file: string): AsyncGenerator<Batch> {
  for await (const { columns, ...rest } of READERS[kindOf(file)]?.(file) ?? []) {
    const own = Object.entries(columns).map(([name, column]) => [name, toCells(column)] as const);
    yield { ...rest, columns: Object.fromEntries(own) };
  }
}

/** Takes the batches of a file in their order, and makes something of them at the end. A batch lasts until the next one comes. */
export interface Pass<T> {
  add(batch: TypedBatch): void;
  finish(): T;
}

/**
 * Passes over a file with columns of one type each, as pandas reads it: `begin` is called again where a column of a CSV file turns out to hold
 * text after batches were passed, so a file is read twice at most.
 */
export async function passOver<T>(file: string, begin: () => Pass<T>): Promise<T> {
  const kind = kindOf(file);
  let texts: ReadonlySet<string> = new Set();
  for (;;) {
    const pass = begin();
    const batches = kind === "csv" ? readCsvAsPandas(file, texts) : READERS[kind]?.(file);
    try {
      for await (const batch of batches ?? []) pass.add(batch);
      return pass.finish();
    } catch (error) {
      if (!(error instanceof MixedColumns)) throw error;
      texts = error.columns;
    }
  }
}

/** Key of READERS for a file that is there. */
function kindOf(file: string): string {
  if (!existsSync(file)) throw new InputError(file, "a file", "none of that name");
  const status = statSync(file);
  // A named pipe is read as it is filled: data that another program makes need no room on a disk.
  if (!status.isFile() && !status.isFIFO()) throw new InputError(file, "a file", "a directory");
  const extension = /\.([a-z]+)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase() ?? "";
  if (extension in READERS) return extension;
  throw new InputError(
    file,
    `a name ending in .${Object.keys(READERS).join(", .")}`,
    JSON.stringify(extension),
  );
}

/** All columns of a file, or the named one alone. */
export async function readColumns(file: string, name?: string): Promise<Record<string, Cell[]>> {
  const columns: Record<string, Cell[]> = {};
  for await (const batch of readBatches(file)) {
    for (const column of name === undefined ? Object.keys(batch.columns) : [name]) {
      const values = batch.columns[column];
      if (values === undefined)
        throw new InputError(file, `a column ${JSON.stringify(name)}`, Object.keys(batch.columns).join(", "));
      columns[column] ??= [];
      for (const value of values) columns[column].push(value);
    }
  }
  return columns;
}

/** One column of a file: the named one, or the only one. */
export async function readColumn(file: string, name: string | undefined): Promise<Cell[]> {
  const columns = await readColumns(file, name);
  const names = Object.keys(columns);
  if (names.length !== 1)
    throw new InputError(file, "one column, or its name by an option", names.join(", "));
  return columns[names[0] as string] as Cell[];
}
