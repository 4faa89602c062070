/** Columns of doubles in one file, one after the other: what NumPy and typed arrays both read as it is. */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { SeededRandom } from "../../core/statistics/index.ts";

export interface Shape {
  readonly rows: number;
  readonly columns: number;
}

export type Side = "reference" | "current";

export const fileOf = (folder: string, side: Side): string => join(folder, `${side}.f64`);
export const nameOf = (column: number): string => `c${column}`;

/** Normal, skewed, heavy-tailed and whole numbers by turns; every tenth column of the current side has moved. */
function fill(values: Float64Array, column: number, side: Side, random: SeededRandom): void {
  const shift = side === "current" && column % 10 === 0 ? 0.2 : 0;
  for (let i = 0; i < values.length; i++) {
    const z = random.normal() + shift;
    const kind = column % 4;
    values[i] =
      kind === 0 ? 50 + 10 * z : kind === 1 ? Math.exp(z) : kind === 2 ? z * z * z : Math.round(20 * z);
  }
}

export function writeColumns(folder: string, { rows, columns }: Shape, seed: number): void {
  const values = new Float64Array(rows);
  for (const side of ["reference", "current"] as const) {
    const random = new SeededRandom(side === "reference" ? seed : seed + 1);
    const file = openSync(fileOf(folder, side), "w");
    for (let column = 0; column < columns; column++) {
      fill(values, column, side, random);
      writeSync(file, values);
    }
    closeSync(file);
  }
}

/** Reads one column into `values`. */
export function readColumn(folder: string, side: Side, column: number, values: Float64Array): Float64Array {
  const file = openSync(fileOf(folder, side), "r");
  readSync(file, values, 0, values.byteLength, column * values.byteLength);
  closeSync(file);
  return values;
}
