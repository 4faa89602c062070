import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type Compressors,
  type FileMetaData,
  type ParquetReadOptions,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type SchemaElement,
} from "hyparquet";
import { decompressLz4, decompressLz4Raw } from "hyparquet-compressors";
import { BATCH_ROWS, type Cell, type TypedBatch } from "./batch.ts";
import { InputError, shown } from "./inputError.ts";
import type { ReadPosition } from "./position.ts";

/** Codecs of Node, and LZ4 in both its framings, beside Snappy, which hyparquet brings. */
const COMPRESSORS: Compressors = {
  GZIP: (bytes) => gunzipSync(bytes),
  ZSTD: (bytes) => zstdDecompressSync(bytes),
  BROTLI: (bytes) => brotliDecompressSync(bytes),
  LZ4: (bytes, length) => unpackLz4(decompressLz4, bytes, length),
  LZ4_RAW: (bytes, length) => unpackLz4(decompressLz4Raw, bytes, length),
};

/** The package fails on what unpacks to nothing, as a dictionary of a column without values does. */
function unpackLz4(unpack: typeof decompressLz4, bytes: Uint8Array, length: number): Uint8Array {
  return length === 0 ? new Uint8Array() : unpack(bytes, length);
}

/** The mark at both ends and the length of what lies before the second one. */
const LEAST_BYTES = 12;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

type ParquetValue = Cell | bigint | Date | undefined | object;

function cellOf(file: string, line: number, element: SchemaElement, value: ParquetValue): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return Number(value);
  // A date alone stays one: it knows no hour.
  if (value instanceof Date) return value.toISOString().slice(0, isDay(element) ? 10 : undefined);
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  throw new InputError(file, "a number, text, a time, true, false or null", shown(value), {
    line,
    column: element.name,
  });
}

/** What the parser stumbles over is the file's fault; what the system says of the file stays as it is. */
async function guarded<T>(file: string, column: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputError || !(error instanceof Error) || "syscall" in error) throw error;
    const at = column === undefined ? {} : { column };
    throw new InputError(file, "a whole Parquet file", error.message, at);
  }
}

/** The columns, all of them plain: lists, structs and maps have no single value a row. */
function plainColumns(file: string, metadata: FileMetaData): SchemaElement[] {
  const { children } = parquetSchema(metadata);
  const elements = children.map(({ element, children: inner }) => {
    const isNested = inner.length > 0 || element.repetition_type === "REPEATED";
    if (!isNested) return element;
    const kind = element.converted_type?.toLowerCase() ?? "struct";
    throw new InputError(file, "a plain column", `nested values (${kind})`, { column: element.name });
  });
  const names = elements.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new InputError(file, "each column once", `${shown(twice)} twice`);
  return elements;
}

function checkCodecs(file: string, metadata: FileMetaData): void {
  const known = ["UNCOMPRESSED", "SNAPPY", ...Object.keys(COMPRESSORS)];
  for (const { meta_data: chunk } of metadata.row_groups.flatMap((group) => group.columns)) {
    if (chunk === undefined || known.includes(chunk.codec)) continue;
    throw new InputError(file, `a codec of ${known.join(", ")}`, chunk.codec, {
      column: chunk.path_in_schema.join("."),
    });
  }
}

/** Part of a column as it was decoded, from a row of the file on. */
interface Part {
  readonly rowStart: number;
  readonly columnData: ArrayLike<ParquetValue>;
}

/** Cells of a row group's column: doubles where it holds numbers only (missing ones NaN). */
function columnOf(
  file: string,
  element: SchemaElement,
  parts: readonly Part[],
  [rowStart, rowEnd]: readonly [number, number],
): Float64Array | Cell[] {
  const factor = 10 ** (element.scale ?? 0);
  // Decimals come multiplied by a rounded power of ten.
  const exact = (x: number): number =>
    element.converted_type === "DECIMAL" ? Math.round(x * factor) / factor : x;
  const numbers = new Float64Array(rowEnd - rowStart).fill(Number.NaN);
  let cells: Cell[] | undefined;
  for (const { rowStart: first, columnData } of parts) {
    for (let i = 0; i < columnData.length; i++) {
      const value = columnData[i];
      const at = first + i - rowStart;
      const isNumber = typeof value === "number" || typeof value === "bigint";
      if (cells === undefined && isNumber) numbers[at] = exact(Number(value));
      else if (cells !== undefined || (value !== null && value !== undefined)) {
        cells ??= Array.from(numbers.subarray(0, at), (x) => (Number.isNaN(x) ? null : x));
        cells[at] = cellOf(file, first + i + 1, element, value);
      }
    }
  }
  return cells ?? numbers;
}

/** Reads text strictly: bytes that are no UTF-8 are an error, not a replacement character. */
function stringFromBytes(bytes: Uint8Array | undefined): string | undefined {
  try {
    return bytes && UTF8.decode(bytes);
  } catch {
    throw new Error(`bytes that are no UTF-8 (${shown(Buffer.from(bytes ?? []).toString("latin1"))})`);
  }
}

async function readGroup(
  file: string,
  options: Omit<ParquetReadOptions, "rowFormat" | "onComplete">,
  elements: readonly SchemaElement[],
  range: readonly [number, number],
): Promise<Record<string, Float64Array | Cell[]>> {
  const [rowStart, rowEnd] = range;
  const columns: Record<string, Float64Array | Cell[]> = {};
  // One after the other, so that only one is there in decoded parts beside its cells.
  for (const element of elements) {
    const column = element.name;
    const parts: Part[] = [];
    const onChunk = (part: Part): unknown => parts.push(part);
    await guarded(file, column, () =>
      parquetRead({ ...options, columns: [column], rowStart, rowEnd, onChunk }),
    );
    const rows = parts.reduce((sum, { columnData }) => sum + columnData.length, 0);
    if (rows !== rowEnd - rowStart)
      throw new InputError(file, `${rowEnd - rowStart} values in a row group`, String(rows), { column });
    columns[column] = columnOf(file, element, parts, range);
  }
  return columns;
}

/** Whole numbers in such a column are floats to pandas. */
const isFloat = ({ type }: SchemaElement): boolean => type === "DOUBLE" || type === "FLOAT";

const isDay = ({ converted_type }: SchemaElement): boolean => converted_type === "DATE";

/** Days and times of no zone; a time in UTC is another type to pandas, and stays text. */
const isLocalTime = (element: SchemaElement): boolean =>
  isDay(element) || (element.logical_type?.type === "TIMESTAMP" && !element.logical_type.isAdjustedToUTC);

const partOf = (column: Float64Array | Cell[], from: number, to: number): Float64Array | Cell[] =>
  column instanceof Float64Array ? column.subarray(from, to) : column.slice(from, to);

/** Parquet, a row group in memory at a time: what the file's writer chose as its unit. */
export async function* readParquet(file: string, position: ReadPosition): AsyncGenerator<TypedBatch<Cell>> {
  const buffer: AsyncBuffer = await asyncBufferFromFile(file);
  if (buffer.byteLength < LEAST_BYTES)
    throw new InputError(file, "a whole Parquet file", `${buffer.byteLength} bytes`);
  const metadata = await guarded(file, undefined, () => parquetMetadataAsync(buffer));
  const elements = plainColumns(file, metadata);
  checkCodecs(file, metadata);
  const options = { file: buffer, metadata, compressors: COMPRESSORS, parsers: { stringFromBytes } };
  const total = Number(metadata.num_rows);
  const floats = new Set(elements.filter(isFloat).map(({ name }) => name));
  const times = new Map(
    elements.filter(isLocalTime).map((element) => [element.name, { isDay: isDay(element) }]),
  );
  let first = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const columns = await readGroup(file, options, elements, [first, first + rows]);
    for (let from = 0; from < rows; from += BATCH_ROWS) {
      const to = Math.min(rows, from + BATCH_ROWS);
      position.bytes = (buffer.byteLength * (first + to)) / total;
      const part = Object.entries(columns).map(([name, column]) => [name, partOf(column, from, to)] as const);
      yield {
        rows: to - from,
        columns: Object.fromEntries(part),
        firstLine: first + from + 1,
        floats,
        times,
      };
    }
    first += rows;
  }
  if (total === 0)
    yield { rows: 0, columns: Object.fromEntries(elements.map(({ name }) => [name, []])), firstLine: 1 };
}
