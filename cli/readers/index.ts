/** Data files of the commands, read as streams of batches in constant memory. */
import { existsSync, statSync } from "node:fs";
import type { Batch, Cell, TypedBatch } from "./batch.ts";
import { toCells } from "./cellColumn.ts";
import { MixedColumns, readCsv, readCsvAsPandas } from "./csv.ts";
import { InputError } from "./inputError.ts";
import { readJsonLines } from "./jsonl.ts";
import { readParquet } from "./parquet.ts";
import type { ReadPosition } from "./position.ts";

export { BATCH_ROWS, type Batch, type Cell, type TypedBatch } from "./batch.ts";
export { toCells } from "./cellColumn.ts";
export { InputError, shown } from "./inputError.ts";
export { readLines } from "./lines.ts";
export type { ReadPosition } from "./position.ts";

const READERS: Readonly<
  Record<string, (file: string, position: ReadPosition) => AsyncGenerator<TypedBatch<Cell>>>
> = {
  csv: readCsv,
  jsonl: readJsonLines,
  ndjson: readJsonLines,
  parquet: readParquet,
};

/** Batches of a data file; the kind follows from the name (.csv, .jsonl, .ndjson, .parquet; text ones also .gz). */
export async function* readBatches(file: string, position?: ReadPosition): AsyncGenerator<Batch> {
  for await (const { columns, ...rest } of readTypedBatches(file, position)) {
    const own = Object.entries(columns).map(([name, column]) => [name, toCells(column)] as const);
    yield { ...rest, columns: Object.fromEntries(own) };
  }
}

/** Refuses what is no file. A named pipe is one: data that another program makes need no room on a disk. */
export function checkFile(file: string): void {
  if (!existsSync(file)) throw new InputError(file, "a file", "none of that name");
  const status = statSync(file);
  if (!status.isFile() && !status.isFIFO()) throw new InputError(file, "a file", "a directory");
}

/** Key of READERS for a file that is there. */
function kindOf(file: string): string {
  checkFile(file);
  const extension = /\.([a-z]+)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase() ?? "";
  if (extension in READERS) return extension;
  throw new InputError(
    file,
    `a name ending in .${Object.keys(READERS).join(", .")}`,
    JSON.stringify(extension),
  );
}

/** The same for one look at each batch: columns may be doubles, and last until the next batch is asked for. */
export function readTypedBatches(
  file: string,
  position: ReadPosition = { bytes: 0 },
): AsyncGenerator<TypedBatch<Cell>> {
  return (READERS[kindOf(file)] as (typeof READERS)[string])(file, position);
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
export async function passOver<T>(
  file: string,
  begin: () => Pass<T>,
  position: ReadPosition = { bytes: 0 },
): Promise<T> {
  const isCsv = kindOf(file) === "csv";
  let texts: ReadonlySet<string> = new Set();
  for (;;) {
    const pass = begin();
    position.bytes = 0;
    const batches = isCsv ? readCsvAsPandas(file, position, texts) : readTypedBatches(file, position);
    try {
      for await (const batch of batches) pass.add(batch);
      return pass.finish();
    } catch (error) {
      if (!(error instanceof MixedColumns)) throw error;
      texts = error.columns;
    }
  }
}
