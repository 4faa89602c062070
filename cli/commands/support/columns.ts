import { GrowingDoubles } from "../../../core/statistics/index.ts";
import { type Cell, InputError } from "../../readers/index.ts";
import { watchedBatches } from "./progress.ts";

/** All cells of a column: doubles, NaN where one is missing, as long as there are no others. */
export type WholeColumn = Cell[] | Float64Array;

/** Columns of a file with the lines that their rows begin in. */
export interface FileColumns {
  readonly file: string;
  readonly rows: number;
  readonly columns: Readonly<Record<string, WholeColumn>>;
  /** Line of a row; a quoted line end before it in its batch makes it too small. */
  lineOf(row: number): number;
}

/** A column while it is read: 8 bytes a number, one text for all rows that have it. */
class ColumnBuilder {
  readonly #numbers = new GrowingDoubles();
  #cells: Cell[] | undefined;
  readonly #texts = new Map<string, string>();

  add(values: Cell[] | Float64Array): void {
    for (let i = 0; i < values.length; i++) this.#addCell(values[i] as Cell);
  }

  #addCell(cell: Cell): void {
    if (typeof cell === "number" && this.#cells === undefined) this.#numbers.push(cell);
    else if (cell === null && this.#cells === undefined) this.#numbers.push(Number.NaN);
    else {
      this.#cells ??= Array.from(this.#numbers.view(), (x) => (Number.isNaN(x) ? null : x));
      this.#cells.push(typeof cell === "string" ? this.#shared(cell) : Number.isNaN(cell) ? null : cell);
    }
  }

  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }

  finish(): WholeColumn {
    return this.#cells ?? this.#numbers.view();
  }
}

/** All columns of a file, or the named one alone: resampling in pairs needs every row at once. */
export async function readColumns(file: string, name?: string): Promise<FileColumns> {
  const builders = new Map<string, ColumnBuilder>();
  const batches: { row: number; line: number }[] = [];
  let rows = 0;
  for await (const batch of watchedBatches(file)) {
    batches.push({ row: rows, line: batch.firstLine });
    rows += batch.rows;
    for (const column of name === undefined ? Object.keys(batch.columns) : [name]) {
      const values = Object.hasOwn(batch.columns, column) ? batch.columns[column] : undefined;
      if (values === undefined)
        throw new InputError(file, `a column ${JSON.stringify(name)}`, Object.keys(batch.columns).join(", "));
      if (!builders.has(column)) builders.set(column, new ColumnBuilder());
      builders.get(column)?.add(values);
    }
  }
  const columns = Object.fromEntries([...builders].map(([column, builder]) => [column, builder.finish()]));
  const lineOf = (row: number): number => {
    const batch = batches.findLast((b) => b.row <= row);
    return batch === undefined ? 1 : batch.line + row - batch.row;
  };
  return { file, rows, columns, lineOf };
}

/** Name of the only column of a file, or of those that were asked for. */
export function onlyColumn({ file, columns }: FileColumns): string {
  const names = Object.keys(columns);
  if (names.length !== 1)
    throw new InputError(file, "one column, or its name by an option", names.join(", "));
  return names[0] as string;
}
