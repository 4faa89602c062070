/** Sums over rows at hand in a resample, each in one pass. */
import type { RowCounts } from "../statistics/index.ts";
import type { Put } from "./metrics/plan.ts";
import { squaresAboutMean } from "./metrics/regression.ts";

/** What rows put into one sum; null stands for all rows, or for ones. Less is to be read then, which is what takes the time. */
export interface Cell {
  readonly rows: Uint32Array | null;
  readonly values: Float64Array | null;
}

const EMPTY: Cell = { rows: new Uint32Array(0), values: null };

/** What the rows put, by cell. */
export function cellsOf(rows: number, add: (row: number, put: Put) => void): (at: number) => Cell {
  const found: { rows: number[]; values: number[] }[] = [];
  for (let row = 0; row < rows; row++)
    add(row, (at, value) => {
      found[at] ??= { rows: [], values: [] };
      found[at].rows.push(row);
      found[at].values.push(value);
    });
  const cells = found.map((cell) => ({
    rows: cell.rows.length === rows ? null : new Uint32Array(cell.rows),
    values: cell.values.every((value) => value === 1) ? null : new Float64Array(cell.values),
  }));
  return (at) => cells[at] ?? EMPTY;
}

export function cellSum({ rows, values }: Cell, counts: RowCounts): number {
  let sum = 0;
  if (rows === null) {
    if (values === null) for (let i = 0; i < counts.length; i++) sum += counts[i] as number;
    else for (let i = 0; i < values.length; i++) sum += (counts[i] as number) * (values[i] as number);
  } else if (values === null)
    for (let i = 0; i < rows.length; i++) sum += counts[rows[i] as number] as number;
  else
    for (let i = 0; i < rows.length; i++)
      sum += (counts[rows[i] as number] as number) * (values[i] as number);
  return sum;
}

export function meanOf(values: Float64Array, counts: RowCounts): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const count = counts[i] as number;
    sum += count * (values[i] as number);
    total += count;
  }
  return sum / total;
}

/** Below this share of what they are made of, squares about the mean are too small a difference: they are summed step by step. */
const LEAST_SHARE = 1e-3;

/** Squares about the mean of values whose gaps to another are given; exactly 0 where all are one value. */
export function squaresOf(gaps: Float64Array, counts: RowCounts): number {
  let [total, sum, about] = [0, 0, 0];
  for (let i = 0; i < gaps.length; i++) {
    const count = counts[i] as number;
    const gap = gaps[i] as number;
    total += count;
    sum += count * gap;
    about += count * gap * gap;
  }
  const squares = squaresAboutMean(total, sum, about);
  return squares <= LEAST_SHARE * about ? stepwiseSquares(gaps, counts) : squares;
}

function stepwiseSquares(values: Float64Array, counts: RowCounts): number {
  let [total, mean, squares] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const count = counts[i] as number;
    if (count === 0) continue;
    total += count;
    const gap = (values[i] as number) - mean;
    mean += (count / total) * gap;
    squares += count * gap * ((values[i] as number) - mean);
  }
  return squares;
}
