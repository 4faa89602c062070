import { type ColumnBatch, type Evaluator, isMissing, type Row, type Selection } from "./types.ts";

/** Index in the data of a row by its place in the selection. */
export type IndexOf = (place: number) => number;

function indexOf({ indices }: Selection): IndexOf {
  return typeof indices === "number" ? (place) => indices + place : (place) => indices[place] as number;
}

/**
 * An evaluator on the cells of one column. `add` gets one at a time; `addNumbers` is a quicker way, with the same outcome, for cells that
 * are doubles with NaN where one is missing.
 */
export function onColumn(
  column: string,
  add: (value: unknown, place: number, indexOf: IndexOf) => void,
  finish: Evaluator["finish"],
  addNumbers?: (cells: Float64Array, indexOf: IndexOf) => void,
): Evaluator {
  return {
    add(selection) {
      const cells = selection.columns[column] ?? [];
      const index = indexOf(selection);
      if (cells instanceof Float64Array && addNumbers !== undefined) return addNumbers(cells, index);
      for (let place = 0; place < selection.rows; place++) add(cells[place], place, index);
    },
    finish,
  };
}

/** An evaluator on several cells of each row, missing ones as null. */
export function onCells(
  columns: readonly string[],
  add: (values: readonly unknown[], index: number) => void,
  finish: Evaluator["finish"],
): Evaluator {
  return {
    typedColumns: columns,
    add(selection) {
      const chosen = columns.map((name) => selection.columns[name] ?? []);
      const index = indexOf(selection);
      for (let place = 0; place < selection.rows; place++)
        add(
          chosen.map((cells) => (isMissing(cells[place]) ? null : cells[place])),
          index(place),
        );
    },
    finish,
  };
}

/** An object with a value for each name. */
export function byName<T>(
  names: readonly string[],
  cellOf: (name: string, place: number) => T,
): Record<string, T> {
  return Object.fromEntries(names.map((name, place) => [name, cellOf(name, place)]));
}

/** Rows in columns. */
export const batchOf = (rows: readonly Row[], names: readonly string[]): ColumnBatch => ({
  rows: rows.length,
  columns: byName(names, (name) => rows.map((row) => row[name])),
});
