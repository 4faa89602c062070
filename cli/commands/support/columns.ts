import { type Cell, InputError, toCells } from "../../readers/index.ts";
import { watchedBatches } from "./progress.ts";

/** Columns of a file with the lines that their rows begin in. */
export interface FileColumns {
  readonly file: string;
  readonly rows: number;
  readonly columns: Readonly<Record<string, Cell[]>>;
  /** Line of a row; a quoted line end before it in its batch makes it too small. */
  lineOf(row: number): number;
}

/** All columns of a file, or the named one alone: resampling in pairs needs every row at once. */
export async function readColumns(file: string, name?: string): Promise<FileColumns> {
  const columns: Record<string, Cell[]> = {};
  const batches: { row: number; line: number }[] = [];
  let rows = 0;
  for await (const batch of watchedBatches(file)) {
    batches.push({ row: rows, line: batch.firstLine });
    rows += batch.rows;
    for (const column of name === undefined ? Object.keys(batch.columns) : [name]) {
      const values = Object.hasOwn(batch.columns, column) ? batch.columns[column] : undefined;
      if (values === undefined)
        throw new InputError(file, `a column ${JSON.stringify(name)}`, Object.keys(batch.columns).join(", "));
      columns[column] ??= [];
      for (const value of toCells(values)) columns[column].push(value);
    }
  }
  const lineOf = (row: number): number => {
    const batch = batches.findLast((b) => b.row <= row);
    return batch === undefined ? 1 : batch.line + row - batch.row;
  };
  return { file, rows, columns, lineOf };
}

/** The only column of a file, or of those that were asked for. */
export function onlyColumn({ file, columns }: FileColumns): Cell[] {
  const names = Object.keys(columns);
  if (names.length !== 1)
    throw new InputError(file, "one column, or its name by an option", names.join(", "));
  return columns[names[0] as string] as Cell[];
}
