/** The raw rows in the order of the dataset: Athena divides them into ranges, each is ordered here when it is read. */
import { type RowKey, rangeStarts } from "../../../core/dataset/large/ranges.ts";
import { type OrderedRow, orderRows, unloadedRow } from "../../../core/dataset/large/rows.ts";
import { type LargeTable, rangeSizesSql, unloadSql } from "../../../core/dataset/large/sql.ts";
import type { Objects } from "../../shared/objects.ts";
import { divide, type RangeContext, type Ranges, readRange } from "../../shared/ranges.ts";

export interface OrderContext extends RangeContext {
  readonly table: LargeTable;
  /** Whether rows are divided by the newest time of their group. */
  readonly isByGroupTime: boolean;
}

/** @throws SluiceError `BadData` when rows of one time are too many for memory */
export function divideIntoRanges(
  context: OrderContext,
  taken: { readonly rows: number; readonly chars: number; readonly sample: readonly RowKey[] },
  charsOfRange: number,
): Promise<Ranges> {
  const { table, isByGroupTime } = context;
  const starts = rangeStarts(taken.sample, Math.max(1, Math.ceil(taken.chars / charsOfRange)));
  return divide(context, {
    ranges: starts.length + 1,
    sizesSql: rangeSizesSql(table, starts),
    unloadSql: (range, place) => unloadSql(table, starts, isByGroupTime, range, place),
    rows: taken.rows,
    table: `${table.database}.${table.table}`,
    name: "ordered",
  });
}

export interface OrderedReader {
  readonly ranges: number;
  /** Rows of a range in the order of the dataset; ranges come one after the other. */
  read(range: number): Promise<OrderedRow[]>;
}

/** Holds one range at a time. */
export const orderedReader = (
  objects: Objects,
  ranges: Ranges,
  { groupAt }: Pick<LargeTable, "groupAt">,
): OrderedReader => ({
  ranges: ranges.folders.length,
  read: async (range) => orderRows(await readRange(objects, ranges, range, unloadedRow), groupAt !== null),
});
