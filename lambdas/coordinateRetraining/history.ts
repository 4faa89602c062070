/** The history of a retraining set: the table of a frozen dataset as `toCsv` wrote it, read as a stream from any of its records on. */
import { parse } from "csv-parse/sync";
import type { Batch, Cells } from "../../core/dataset/mergeRows.ts";
import { SluiceError } from "../shared/errors.ts";
import type { LargeObjects } from "../shared/largeObjects.ts";

/** Bytes of whole records that are taken apart at once. */
const BLOCK = 2 ** 20;
/** A record longer than this is taken for a quote that nobody closed. */
const LONGEST_RECORD = 64 * 2 ** 20;
const QUOTE = 0x22;
const LINE_END = 0x0a;

/**
 * These columns of the rows, from the first on, or from byte `from`, where a record must begin; a batch's place is the byte where it begins.
 * Other columns than the file has are empty.
 * @throws SluiceError `BadData` with the file when a record is not as wide as the header, or without end
 */
export async function* historyRows(
  objects: Pick<LargeObjects, "read">,
  uri: string,
  columns: readonly string[],
  from = 0,
): AsyncGenerator<Batch> {
  let header = from > 0 ? await readHeader(objects, uri) : null;
  for await (const { at, bytes } of blocksOf(uri, await objects.read(uri, { from }), from)) {
    const records = recordsOf(bytes);
    const names = header ?? (records.shift() as string[]);
    header = names;
    const places = columns.map((name) => names.indexOf(name));
    const rows = records.map((record): Cells => {
      if (record.length === names.length) return places.map((place) => record[place] ?? "");
      throw new SluiceError(
        "BadData",
        `${uri}: expected ${names.length} cells in each record, got ${record.length} after byte ${at}`,
      );
    });
    yield { at, rows };
  }
}

async function readHeader(objects: Pick<LargeObjects, "read">, uri: string): Promise<string[]> {
  for await (const { bytes } of blocksOf(uri, await objects.read(uri), 0, 1))
    return recordsOf(bytes)[0] ?? [];
  throw new SluiceError("BadData", `${uri}: expected a header line, got an empty file`);
}

interface Block {
  /** Byte of the file where it begins. */
  readonly at: number;
  /** Whole records. */
  readonly bytes: Buffer;
}

/** The file in blocks of at least `least` bytes that end where a record does. */
async function* blocksOf(
  uri: string,
  chunks: AsyncIterable<Uint8Array>,
  start: number,
  least = BLOCK,
): AsyncGenerator<Block> {
  let at = start;
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    length += chunk.length;
    if (length < least) continue;
    const bytes = Buffer.concat(held);
    const end = lastRecordEnd(bytes);
    if (end < 0 && length > LONGEST_RECORD)
      throw new SluiceError(
        "BadData",
        `${uri}: expected a record to end, got ${length} bytes of one from byte ${at} on`,
      );
    if (end > 0) yield { at, bytes: bytes.subarray(0, end) };
    at += Math.max(0, end);
    held = [bytes.subarray(Math.max(0, end))];
    length -= Math.max(0, end);
  }
  if (length > 0) yield { at, bytes: Buffer.concat(held) };
}

/** Just after the last line end that is not within quotes; -1 where there is none. */
function lastRecordEnd(bytes: Buffer): number {
  let end = -1;
  let isQuoted = false;
  for (let at = 0; ; isQuoted = !isQuoted) {
    const quote = bytes.indexOf(QUOTE, at);
    const stop = quote < 0 ? bytes.length : quote;
    const found = isQuoted ? -1 : bytes.subarray(at, stop).lastIndexOf(LINE_END);
    if (found >= 0) end = at + found + 1;
    if (quote < 0) return end;
    at = quote + 1;
  }
}

function recordsOf(bytes: Buffer): string[][] {
  // Most tables have no quotes, and are taken apart in a quarter of the parser's time.
  if (!bytes.includes(QUOTE)) {
    const lines = bytes.toString("utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => line.split(","));
  }
  return parse(bytes, { record_delimiter: "\n", relax_column_count: true, skip_empty_lines: true });
}
