export type Cell = number | string | boolean | null;

/** A cell of a typed column; a whole number that a double would not tell from its neighbours comes as it is. */
export type TypedCell = Cell | bigint;

/** Some rows, in columns. Every batch of a file has the same columns in the same order. */
export interface Batch {
  readonly rows: number;
  readonly columns: Readonly<Record<string, Cell[]>>;
  /** Line (or row) in the file of the first row, counted from 1. */
  readonly firstLine: number;
}

/** A batch whose columns without text are doubles, missing cells NaN. It lasts until the next one is asked for. */
export interface TypedBatch<C extends TypedCell = TypedCell> extends Omit<Batch, "columns"> {
  readonly columns: Readonly<Record<string, C[] | Float64Array>>;
  /** Columns that are floats if they are numbers: some so far is missing, or written as a decimal ("1.0", "1e3"). */
  readonly floats?: ReadonlySet<string>;
  /** Columns that the file keeps as times without a zone, and whether as days; their cells are ISO text here. */
  readonly times?: ReadonlyMap<string, { readonly isDay: boolean }>;
}

/** Rows in a batch: large enough to spread the cost, small enough that memory does not matter. */
export const BATCH_ROWS = 8192;

/** Gathers rows given as objects into batches with one set of columns; a later new key is an error of its row. */
export class BatchBuilder {
  #names: readonly string[];
  #columns: Record<string, Cell[]> = {};
  #rows = 0;
  #firstLine = 1;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#reset();
  }

  get rows(): number {
    return this.#rows;
  }

  #reset(): void {
    this.#columns = Object.fromEntries(this.#names.map((name) => [name, []]));
    this.#rows = 0;
  }

  add(row: readonly Cell[], line: number): void {
    if (this.#rows === 0) this.#firstLine = line;
    this.#names.forEach((name, i) => {
      (this.#columns[name] as Cell[]).push(row[i] ?? null);
    });
    this.#rows++;
  }

  take(): Batch {
    const batch = { rows: this.#rows, columns: this.#columns, firstLine: this.#firstLine };
    this.#reset();
    return batch;
  }
}
