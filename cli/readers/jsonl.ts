import { BATCH_ROWS, type Batch, BatchBuilder, type Cell } from "./batch.ts";
import { captureRows, isCapture } from "./capture.ts";
import { InputError, shown } from "./inputError.ts";
import { readLines } from "./lines.ts";
import type { ReadPosition } from "./position.ts";

function cellOf(file: string, line: number, column: string, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  throw new InputError(file, "a number, text, true, false or null", shown(value), { line, column });
}

function parseLine(file: string, line: number, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new InputError(file, "one JSON object a line", `${shown(text)} (${error.message})`, { line });
    throw error;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new InputError(file, "one JSON object a line", shown(value), { line });
}

/**
 * JSON lines, or SageMaker data capture (recognised by its first line: then features of the input and the first
 * output become columns); streamed, also gzipped. Columns are those of the first line; a later line may lack some
 * (missing values) but not bring new ones.
 */
export async function* readJsonLines(file: string, position: ReadPosition): AsyncGenerator<Batch> {
  let names: readonly string[] | undefined;
  let builder: BatchBuilder | undefined;
  for await (const { line, text } of readLines(file, position)) {
    const value = parseLine(file, line, text);
    for (const row of isCapture(value) ? captureRows(file, line, value) : [value]) {
      names ??= Object.keys(row);
      builder ??= new BatchBuilder(names);
      const known = names;
      const extra = Object.keys(row).find((key) => !known.includes(key));
      if (extra !== undefined)
        throw new InputError(file, `the columns of line 1 (${known.join(", ")})`, shown(extra), { line });
      builder.add(
        names.map((name) => cellOf(file, line, name, row[name])),
        line,
      );
    }
    if (builder !== undefined && builder.rows >= BATCH_ROWS) yield builder.take();
  }
  if (builder === undefined) throw new InputError(file, "at least one line", "an empty file");
  yield builder.take();
}
