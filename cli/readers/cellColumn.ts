import { BATCH_ROWS, type Cell } from "./batch.ts";
import { cellOf } from "./csvBytes.ts";
import type { CellSink } from "./csvScanner.ts";

/** Cells of one column of a batch while they are read, each taken by itself: doubles as long as there is no text, which costs no object for a number. */
export class CellColumn implements CellSink {
  readonly takesNumbers = true;
  readonly #numbers = new Float64Array(BATCH_ROWS);
  /** Empty while the column holds numbers only. */
  readonly #cells: Cell[] = [];
  #hasText = false;

  setNumber(row: number, value: number): void {
    if (this.#hasText) this.#cells[row] = value;
    else this.#numbers[row] = value;
  }

  setMissing(row: number): void {
    if (this.#hasText) this.#cells[row] = null;
    else this.#numbers[row] = Number.NaN;
  }

  setText(row: number, text: string): void {
    const cell = cellOf(text);
    if (typeof cell === "number") {
      this.setNumber(row, cell);
      return;
    }
    if (!this.#hasText) {
      this.#hasText = true;
      for (let i = 0; i < row; i++) this.#cells[i] = fromDouble(this.#numbers[i] as number);
    }
    this.#cells[row] = cell;
  }

  /** The first so many cells; they are overwritten by the next batch, in which a column with text stays one. */
  view(rows: number): Float64Array | Cell[] {
    if (!this.#hasText) return this.#numbers.subarray(0, rows);
    // A record that the end of the bytes cut off may have left a cell behind.
    if (this.#cells.length > rows) this.#cells.length = rows;
    return this.#cells;
  }
}

const fromDouble = (number: number): Cell => (Number.isNaN(number) ? null : number);

/** Cells of their own for a column as the reader gives it. */
export function toCells(column: Float64Array | Cell[]): Cell[] {
  return column instanceof Float64Array ? Array.from(column, fromDouble) : [...column];
}
