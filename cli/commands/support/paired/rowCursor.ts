import { type Cell, InputError, type TypedBatch } from "../../../readers/index.ts";
import { watchedBatches } from "../progress.ts";

/** Steps through the rows of a file, all columns or the named one. */
export class RowCursor {
  readonly file: string;
  readonly #column: string | undefined;
  readonly #batches: AsyncGenerator<TypedBatch<Cell>>;
  #batch: TypedBatch<Cell> | undefined;
  #columns: readonly (Cell[] | Float64Array)[] = [];
  #at = 0;
  #before = 0;
  names: readonly string[] = [];

  constructor(file: string, column?: string) {
    this.file = file;
    this.#column = column;
    this.#batches = watchedBatches(file);
  }

  /** Rows that were stepped over. */
  get rows(): number {
    return this.#before + this.#at;
  }

  /** Rows from here to the end of what was read. */
  get left(): number {
    return this.#batch === undefined ? 0 : this.#batch.rows - this.#at;
  }

  /** Line of the row; a quoted line end before it in its batch makes it too small. */
  get line(): number {
    return (this.#batch?.firstLine ?? 1) + this.#at;
  }

  /** Reads on where no row is left; false at the end of the file. */
  async ready(): Promise<boolean> {
    while (this.left === 0) {
      const { value, done } = await this.#batches.next();
      if (done === true) return false;
      this.#before += this.#at;
      this.#at = 0;
      this.#take(value);
    }
    return true;
  }

  #take(batch: TypedBatch<Cell>): void {
    const all = Object.keys(batch.columns);
    if (this.#column !== undefined && !all.includes(this.#column))
      throw new InputError(this.file, `a column ${JSON.stringify(this.#column)}`, all.join(", "));
    this.names = this.#column === undefined ? all : [this.#column];
    this.#columns = this.names.map((name) => batch.columns[name] as Cell[] | Float64Array);
    this.#batch = batch;
  }

  /** Value of a column in this row, null where it is missing. */
  cell(column: number): Cell {
    const value = this.#columns[column]?.[this.#at] ?? null;
    return Number.isNaN(value) ? null : value;
  }

  step(): void {
    this.#at++;
  }

  /** All rows of the file, those that were not looked at counted. */
  async count(): Promise<number> {
    while (await this.ready()) this.#at += this.left;
    return this.rows;
  }

  /** Lets go of a file that is not read to its end. */
  async close(): Promise<void> {
    await this.#batches.return(undefined);
  }

  /** The cell is not what it should be. */
  bad(column: number, expected: string, got: string): InputError {
    const at = {
      line: this.line,
      ...(this.names[column] === undefined ? {} : { column: this.names[column] }),
    };
    return new InputError(this.file, expected, got, at);
  }
}
