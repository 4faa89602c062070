import { type AsyncBuffer, asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { BATCH_ROWS, type Batch, BatchBuilder, type Cell } from "./batch.ts";
import { InputError, shown } from "./inputError.ts";

function cellOf(file: string, line: number, column: string, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  throw new InputError(file, "a plain value", shown(value), { line, column });
}

async function guarded<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputError || !(error instanceof Error) || "code" in error) throw error;
    throw new InputError(file, "a whole Parquet file with a supported codec", error.message);
  }
}

/** Parquet, read some rows at a time. */
export async function* readParquet(file: string): AsyncGenerator<Batch> {
  const buffer: AsyncBuffer = await asyncBufferFromFile(file);
  const metadata = await guarded(file, () => parquetMetadataAsync(buffer));
  const rows = Number(metadata.num_rows);
  const names = metadata.schema.filter((s) => s.num_children === undefined).map((s) => s.name);
  const builder = new BatchBuilder(names);
  for (let rowStart = 0; rowStart < rows; rowStart += BATCH_ROWS) {
    const rowEnd = Math.min(rows, rowStart + BATCH_ROWS);
    const objects = await guarded(file, () =>
      parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd }),
    );
    objects.forEach((row, i) => {
      builder.add(
        names.map((name) => cellOf(file, rowStart + i + 1, name, row[name])),
        rowStart + i + 1,
      );
    });
    yield builder.take();
  }
  if (rows === 0) yield builder.take();
}
