import { createReadStream, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import type { Cell, TypedBatch, TypedCell } from "./batch.ts";
import { CellColumn } from "./cellColumn.ts";
import { type CellSink, CsvScanner } from "./csvScanner.ts";
import { gzipError, InputError, shown } from "./inputError.ts";
import { PandasColumn } from "./pandasColumn.ts";
import type { ReadPosition } from "./position.ts";

/** Bytes read at a time; more at a time gains nothing. */
const CHUNK_BYTES = 128 * 1024;

/** Rows in a batch, at most BATCH_ROWS. Fewer than elsewhere: their texts then live too short to be moved by the garbage collector. */
const CSV_ROWS = 2048;

/** The header: no empty and no double names, each of which would lose a column silently. */
function checkHeader(file: string, names: readonly string[]): void {
  names.forEach((name, i) => {
    if (name.trim() === "")
      throw new InputError(file, `a name for column ${i + 1}`, shown(name), { line: 1 });
    if (names.indexOf(name) < i)
      throw new InputError(file, "each column once", `${shown(name)} twice`, { line: 1 });
  });
}

/** A column of a batch while it is read. */
interface BatchColumn<T extends TypedCell> extends CellSink {
  view(rows: number): Float64Array | T[];
}

/** Gathers the records of a scanner into batches. */
class CsvBatches<T extends TypedCell, C extends BatchColumn<T>> {
  readonly #file: string;
  readonly #scanner: CsvScanner;
  readonly #columnOf: (name: string) => C;
  readonly columns = new Map<string, C>();
  #rows = 0;
  #firstLine = 1;

  constructor(file: string, columnOf: (name: string) => C) {
    this.#file = file;
    this.#scanner = new CsvScanner(file);
    this.#columnOf = columnOf;
  }

  /** All batches of the file, each valid until the next one is asked for. */
  async *all(position: ReadPosition): AsyncGenerator<TypedBatch<T>> {
    const read = this.#file.endsWith(".gz") ? readGzip : readBytes;
    for await (const chunk of read(this.#file, position)) yield* this.#add(chunk);
    yield* this.#add();
    if (this.columns.size === 0) throw new InputError(this.#file, "a header line and rows", "an empty file");
  }

  /** Batches that are full after these bytes; without bytes, the rest. */
  *#add(chunk?: Uint8Array): Generator<TypedBatch<T>> {
    this.#scanner.push(chunk);
    if (this.columns.size === 0 && !this.#begin()) return;
    if (this.#rows === 0) this.#firstLine = this.#scanner.line;
    const columns = [...this.columns.values()];
    while (this.#scanner.record(columns, this.#rows)) {
      this.#rows++;
      if (this.#rows === CSV_ROWS) yield this.#take();
    }
    if (chunk === undefined) yield this.#take();
  }

  #begin(): boolean {
    const names = this.#scanner.header();
    if (names === undefined) return false;
    checkHeader(this.#file, names);
    for (const name of names) this.columns.set(name, this.#columnOf(name));
    return true;
  }

  #take(): TypedBatch<T> {
    const rows = this.#rows;
    const columns = Object.fromEntries([...this.columns].map(([name, column]) => [name, column.view(rows)]));
    const batch = { rows, columns, firstLine: this.#firstLine };
    this.#rows = 0;
    this.#firstLine = this.#scanner.line;
    return batch;
  }
}

/** Bytes of a file as they come, the next ones read meanwhile; a chunk lasts until the next one is asked for, so that none waits to be collected. */
async function* readBytes(file: string, position: ReadPosition): AsyncGenerator<Uint8Array> {
  const handle = await open(file);
  try {
    let [buffer, other] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
    let reading = handle.read(buffer);
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      reading = handle.read(other);
      // Whoever waits for it gets its error; nobody does when the reader of this file stops.
      reading.catch(() => {});
      position.bytes += bytesRead;
      yield buffer.subarray(0, bytesRead);
      [buffer, other] = [other, buffer];
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

/** CSV with a header, by RFC 4180 with LF, CRLF or CR, with or without BOM, also gzipped; streamed. Each cell is taken by itself. */
export function readCsv(file: string, position: ReadPosition): AsyncGenerator<TypedBatch<Cell>> {
  return new CsvBatches<Cell, CellColumn>(file, () => new CellColumn()).all(position);
}

/** Columns turned out to hold text after batches with other cells of them were given: read again, with these columns as text. */
export class MixedColumns extends Error {
  override readonly name = "MixedColumns";
  readonly columns: ReadonlySet<string>;
  constructor(columns: ReadonlySet<string>) {
    super(`columns that hold text beside other values: ${[...columns].join(", ")}`);
    this.columns = columns;
  }
}

/**
 * The same file with columns of one type each, as pandas reads it. `texts`: columns that are known to hold text. Throws MixedColumns with all
 * of them where more turn out to after the first batch.
 */
export async function* readCsvAsPandas(
  file: string,
  position: ReadPosition,
  texts: ReadonlySet<string>,
): AsyncGenerator<TypedBatch> {
  const batches = new CsvBatches<TypedCell, PandasColumn>(file, (name) => new PandasColumn(texts.has(name)));
  let isFirst = true;
  let isMixed = false;
  for await (const batch of batches.all(position)) {
    isMixed ||= [...batches.columns.values()].some((column) => column.isMixed);
    // Nothing was given yet: what is known now is enough to begin anew.
    if (isMixed && isFirst) break;
    if (!isMixed) yield { ...batch, floats: namesOf(batches.columns, (column) => column.isFloat) };
    isFirst = false;
  }
  if (!isMixed) return;
  if (!statSync(file).isFile())
    throw new InputError(
      file,
      "columns of one type each in a pipe, which cannot be read twice",
      [...namesOf(batches.columns, (c) => c.isMixed)].join(", "),
    );
  const all = new Set([...texts, ...namesOf(batches.columns, (column) => column.isMixed)]);
  if (!isFirst) throw new MixedColumns(all);
  position.bytes = 0;
  yield* readCsvAsPandas(file, position, all);
}

function namesOf<C>(columns: ReadonlyMap<string, C>, test: (column: C) => boolean): Set<string> {
  return new Set([...columns].flatMap(([name, column]) => (test(column) ? [name] : [])));
}
