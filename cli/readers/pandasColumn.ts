import { isMissingWord, isWhole, numberOf, truthOf } from "../../core/validation/csvCells.ts";
import { BATCH_ROWS, type TypedCell } from "./batch.ts";
import type { CellSink } from "./csvScanner.ts";

/** "longs": whole numbers, of which some are beyond those that a double tells apart. */
type Kind = "empty" | "numbers" | "longs" | "truths" | "texts";

/**
 * Cells of one column as pandas' `read_csv` reads them: all numbers, all truth values, or all text. Which it is, is known with the last
 * row only: `isMixed` says that a cell has come that does not fit those before, so that the file must be read again, this column as text.
 */
export class PandasColumn implements CellSink {
  /** Of numbers some is written as a decimal, or missing, which makes floats of all. */
  isFloat = false;
  isMixed = false;
  #kind: Kind;
  readonly #numbers = new Float64Array(BATCH_ROWS);
  readonly #cells: TypedCell[] = [];

  constructor(isText: boolean) {
    this.#kind = isText ? "texts" : "empty";
  }

  get takesNumbers(): boolean {
    return this.#kind !== "texts";
  }

  setNumber(row: number, value: number, isDecimal: boolean): void {
    if (this.#kind === "empty") this.#kind = "numbers";
    if (isDecimal) this.isFloat = true;
    if (this.#kind === "numbers") this.#numbers[row] = value;
    else if (this.#kind === "longs") this.#cells[row] = value;
    else this.isMixed = true;
  }

  setMissing(row: number): void {
    this.isFloat = true;
    if (this.#kind === "numbers" || this.#kind === "empty") this.#numbers[row] = Number.NaN;
    if (this.#kind !== "numbers") this.#cells[row] = null;
  }

  setText(row: number, text: string): void {
    if (isMissingWord(text)) this.setMissing(row);
    else if (this.#kind === "texts") this.#cells[row] = text;
    else this.#setUnknown(row, text);
  }

  #setUnknown(row: number, text: string): void {
    const number = numberOf(text);
    const truth = truthOf(text);
    if (typeof number === "bigint") this.#setLong(row, number);
    else if (number !== undefined) this.setNumber(row, number, !isWhole(text));
    else if ((this.#kind === "empty" || this.#kind === "truths") && truth !== undefined) {
      if (this.#kind === "empty") this.#kind = "truths";
      this.#cells[row] = truth;
    } else {
      // Only where nothing but missing cells came before does nothing need to be read again.
      if (this.#kind !== "empty") this.isMixed = true;
      this.#kind = "texts";
      this.#cells[row] = text;
    }
  }

  #setLong(row: number, value: bigint): void {
    if (this.isFloat || this.#kind === "truths") {
      this.setNumber(row, Number(value), false);
      return;
    }
    if (this.#kind !== "longs")
      for (let i = 0; i < row; i++) {
        const before = this.#numbers[i] as number;
        this.#cells[i] = Number.isNaN(before) ? null : before;
      }
    this.#kind = "longs";
    this.#cells[row] = value;
  }

  /** A missing cell, or a decimal, came after the long ones. */
  #roundLongs(rows: number): void {
    for (let i = 0; i < rows; i++) this.#numbers[i] = Number(this.#cells[i] ?? Number.NaN);
    this.#kind = "numbers";
  }

  /** The first so many cells; they are overwritten by the next batch. */
  view(rows: number): Float64Array | TypedCell[] {
    if (this.#kind === "longs" && this.isFloat) this.#roundLongs(rows);
    if (this.#kind === "numbers" || this.#kind === "empty") return this.#numbers.subarray(0, rows);
    // A record that the end of the bytes cut off may have left a cell behind.
    this.#cells.length = rows;
    return this.#cells;
  }
}
