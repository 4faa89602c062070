import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { BATCH_ROWS, type TypedBatch } from "./batch.ts";
import { CellColumn } from "./cellColumn.ts";
import { CsvScanner } from "./csvScanner.ts";
import { gzipError, InputError, shown } from "./inputError.ts";
import type { ReadPosition } from "./position.ts";

/** Bytes read at a time; more at a time gains nothing. */
const CHUNK_BYTES = 128 * 1024;

/** The header: no empty and no double names, each of which would lose a column silently. */
function checkHeader(file: string, names: readonly string[]): void {
  names.forEach((name, i) => {
    if (name.trim() === "")
      throw new InputError(file, `a name for column ${i + 1}`, shown(name), { line: 1 });
    if (names.indexOf(name) < i)
      throw new InputError(file, "each column once", `${shown(name)} twice`, { line: 1 });
  });
}

/** Gathers the records of a scanner into batches. */
class CsvBatches {
  readonly #file: string;
  readonly #scanner: CsvScanner;
  #names: readonly string[] | undefined;
  #columns: readonly CellColumn[] = [];
  #rows = 0;
  #firstLine = 1;

  constructor(file: string) {
    this.#file = file;
    this.#scanner = new CsvScanner(file);
  }

  /** Batches that are full after these bytes; without bytes, the rest. */
  *add(chunk?: Uint8Array): Generator<TypedBatch> {
    this.#scanner.push(chunk);
    if (this.#names === undefined) {
      this.#names = this.#scanner.header();
      if (this.#names === undefined) return;
      checkHeader(this.#file, this.#names);
      this.#columns = this.#names.map(() => new CellColumn());
    }
    if (this.#rows === 0) this.#firstLine = this.#scanner.line;
    while (this.#scanner.record(this.#columns, this.#rows)) {
      this.#rows++;
      if (this.#rows === BATCH_ROWS) yield this.#take(this.#names);
    }
    if (chunk === undefined) yield this.#take(this.#names);
  }

  #take(names: readonly string[]): TypedBatch {
    const rows = this.#rows;
    const columns = Object.fromEntries(
      names.map((name, i) => [name, (this.#columns[i] as CellColumn).view(rows)]),
    );
    const batch = { rows, columns, firstLine: this.#firstLine };
    this.#rows = 0;
    this.#firstLine = this.#scanner.line;
    return batch;
  }
}

/** Bytes of a file as they come; a chunk lasts until the next one is asked for, so that none waits to be collected. */
async function* readBytes(file: string, position: ReadPosition): AsyncGenerator<Uint8Array> {
  const handle = await open(file);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer);
      if (bytesRead === 0) return;
      position.bytes += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* readGzip(file: string, position: ReadPosition): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file);
  const bytes = source.pipe(createGunzip());
  source.on("error", (error) => bytes.destroy(error));
  try {
    for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
      position.bytes = source.bytesRead;
      yield chunk;
    }
  } catch (error) {
    throw gzipError(file, error);
  }
}

/** CSV with a header, by RFC 4180 with LF or CRLF, with or without BOM, also gzipped; streamed. */
export async function* readCsv(file: string, position: ReadPosition): AsyncGenerator<TypedBatch> {
  const batches = new CsvBatches(file);
  let isEmpty = true;
  for await (const chunk of file.endsWith(".gz") ? readGzip(file, position) : readBytes(file, position))
    for (const batch of batches.add(chunk)) {
      isEmpty = false;
      yield batch;
    }
  for (const batch of batches.add()) {
    isEmpty = false;
    yield batch;
  }
  if (isEmpty) throw new InputError(file, "a header line and rows", "an empty file");
}
