/** Data files of the commands, read as streams of batches in constant memory. */
import { existsSync, statSync } from "node:fs";
import type { Batch, TypedBatch } from "./batch.ts";
import { toCells } from "./cellColumn.ts";
import { readCsv } from "./csv.ts";
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
  Record<string, (file: string, position: ReadPosition) => AsyncGenerator<TypedBatch>>
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

/** The same for one look at each batch: columns may be doubles, and last until the next batch is asked for. */
export function readTypedBatches(
  file: string,
  position: ReadPosition = { bytes: 0 },
): AsyncGenerator<TypedBatch> {
  checkFile(file);
  const extension = /\.([a-z]+)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase() ?? "";
  const reader = READERS[extension];
  if (reader === undefined)
    throw new InputError(
      file,
      `a name ending in .${Object.keys(READERS).join(", .")}`,
      JSON.stringify(extension),
    );
  return reader(file, position);
}
