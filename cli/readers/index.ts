/** Data files of the commands, read as streams of batches in constant memory. */
import { existsSync, statSync } from "node:fs";
import type { Batch, Cell, TypedBatch } from "./batch.ts";
import { toCells } from "./cellColumn.ts";
import { readCsv } from "./csv.ts";
import { InputError } from "./inputError.ts";
import { readJsonLines } from "./jsonl.ts";
import { readParquet } from "./parquet.ts";

export { BATCH_ROWS, type Batch, type Cell } from "./batch.ts";
export { InputError, shown } from "./inputError.ts";

const READERS: Readonly<Record<string, (file: string) => AsyncGenerator<TypedBatch>>> = {
  csv: readCsv,
  jsonl: readJsonLines,
  ndjson: readJsonLines,
  parquet: readParquet,
};

/** Batches of a data file; the kind follows from the name (.csv, .jsonl, .ndjson, .parquet; text ones also .gz). */
export async function* readBatches(file: string): AsyncGenerator<Batch> {
  for await (const { columns, ...rest } of readTypedBatches(file)) {
    const own = Object.entries(columns).map(([name, column]) => [name, toCells(column)] as const);
    yield { ...rest, columns: Object.fromEntries(own) };
  }
}

/** The same for one look at each batch: columns may be doubles, and last until the next batch is asked for. */
export function readTypedBatches(file: string): AsyncGenerator<TypedBatch> {
  if (!existsSync(file)) throw new InputError(file, "a file", "none of that name");
  const status = statSync(file);
  // A named pipe is read as it is filled: data that another program makes need no room on a disk.
  if (!status.isFile() && !status.isFIFO()) throw new InputError(file, "a file", "a directory");
  const extension = /\.([a-z]+)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase() ?? "";
  const reader = READERS[extension];
  if (reader === undefined)
    throw new InputError(
      file,
      `a name ending in .${Object.keys(READERS).join(", .")}`,
      JSON.stringify(extension),
    );
  return reader(file);
}

/** One column of a file: the named one, or the only one. */
export async function readColumn(file: string, name: string | undefined): Promise<Cell[]> {
  const values: Cell[] = [];
  for await (const batch of readBatches(file)) {
    const names = Object.keys(batch.columns);
    const wanted = name ?? (names.length === 1 ? names[0] : undefined);
    const column = wanted === undefined ? undefined : batch.columns[wanted];
    if (column === undefined) {
      throw new InputError(
        file,
        name === undefined ? "one column, or its name by --column" : `a column ${JSON.stringify(name)}`,
        names.join(", "),
      );
    }
    for (const value of column) values.push(value);
  }
  return values;
}
