import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { CsvError, parse } from "csv-parse";
import { BATCH_ROWS, type Batch, BatchBuilder, type Cell } from "./batch.ts";
import { InputError, shown } from "./inputError.ts";

/** Longest single record: longer ones are a sign of a lost quote, and would not fit in memory. */
const MOST_RECORD_BYTES = 16 * 1024 * 1024;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** Text of a cell: empty is missing, plain decimals are numbers, the rest stays text. */
function cellOf(text: string): Cell {
  if (text === "") return null;
  if (!NUMBER.test(text)) return text;
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** The header: no empty and no double names, each of which would lose a column silently. */
function checkHeader(file: string, names: readonly string[]): void {
  names.forEach((name, i) => {
    if (name.trim() === "")
      throw new InputError(file, `a name for column ${i + 1}`, shown(name), { line: 1 });
    if (names.indexOf(name) < i)
      throw new InputError(file, "each column once", `${shown(name)} twice`, { line: 1 });
  });
}

interface ParsedRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** CSV with a header, by RFC 4180 with LF or CRLF, with or without BOM, also gzipped; streamed. */
export async function* readCsv(file: string): AsyncGenerator<Batch> {
  const source = createReadStream(file);
  const bytes = file.endsWith(".gz") ? source.pipe(createGunzip()) : source;
  const parser = parse({
    bom: true,
    info: true,
    max_record_size: MOST_RECORD_BYTES,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  source.on("error", (error) => parser.destroy(error));
  bytes.on("error", (error: Error) => parser.destroy(error));
  bytes.pipe(parser);
  let names: readonly string[] | undefined;
  let builder: BatchBuilder | undefined;
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      if (builder === undefined || names === undefined) {
        checkHeader(file, record);
        names = record;
        builder = new BatchBuilder(record);
        continue;
      }
      if (record.length !== names.length) {
        throw new InputError(file, `${names.length} values`, `${record.length}: ${shown(record.join(","))}`, {
          line: info.lines,
        });
      }
      const broken = record.findIndex((text) => text.includes("\uFFFD"));
      if (broken >= 0)
        throw new InputError(file, "UTF-8 text", shown(record[broken]), {
          line: info.lines,
          column: names[broken] as string,
        });
      builder.add(record.map(cellOf), info.lines);
      if (builder.rows >= BATCH_ROWS) yield builder.take();
    }
  } catch (error) {
    if (error instanceof CsvError) throw new InputError(file, "CSV", error.message);
    throw error;
  }
  if (builder === undefined) throw new InputError(file, "a header line and rows", "an empty file");
  yield builder.take();
}
