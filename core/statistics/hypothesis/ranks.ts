import { risingOrder } from "../risingOrder.ts";
import type { NumericSample } from "../types.ts";
import { sortedCopy } from "../types.ts";

export interface PooledRanks {
  /** Midranks (1-based) of each value, first sample then second. */
  readonly ranks: Float64Array;
  /** Sizes of the groups of equal values, in rising order of the value. */
  readonly ties: readonly number[];
}

/** Ranks of the two samples together; equal values share the mean of their ranks. */
export function pooledRanks(where: string, x: NumericSample, y: NumericSample): PooledRanks {
  const total = x.length + y.length;
  const values = new Float64Array(total);
  values.set(x);
  values.set(y, x.length);
  sortedCopy(where, values);
  const order = risingOrder(values);
  const ranks = new Float64Array(total);
  const ties: number[] = [];
  for (let start = 0; start < total; ) {
    let end = start + 1;
    while (end < total && values[order[end] as number] === values[order[start] as number]) end++;
    for (let i = start; i < end; i++) ranks[order[i] as number] = (start + end + 1) / 2;
    ties.push(end - start);
    start = end;
  }
  return { ranks, ties };
}
