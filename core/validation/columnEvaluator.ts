import type { Evaluator } from "./types.ts";

/**
 * An evaluator on the cells of one column, given one by one: `finish` as an evaluator's. `addNumbers` is a quicker way, with the same
 * outcome, for cells that are doubles with NaN where one is missing.
 */
export function onColumn(
  column: string,
  add: (value: unknown, index: number) => void,
  finish: Evaluator["finish"],
  addNumbers?: (cells: Float64Array, firstIndex: number) => void,
): Evaluator {
  return {
    add: (row, index) => add(row[column], index),
    addColumns(columns, rows, firstIndex) {
      const cells = columns[column] ?? [];
      if (cells instanceof Float64Array && addNumbers !== undefined) return addNumbers(cells, firstIndex);
      for (let i = 0; i < rows; i++) add(cells[i], firstIndex + i);
    },
    finish,
  };
}

/** An evaluator on several cells of each row, absent ones as null. */
export function onCells(
  columns: readonly string[],
  add: (values: readonly unknown[], index: number) => void,
  finish: Evaluator["finish"],
): Evaluator {
  return {
    add: (row, index) =>
      add(
        columns.map((name) => row[name] ?? null),
        index,
      ),
    addColumns(all, rows, firstIndex) {
      const chosen = columns.map((name) => all[name] ?? []);
      for (let i = 0; i < rows; i++)
        add(
          chosen.map((cells) => cells[i] ?? null),
          firstIndex + i,
        );
    },
    finish,
  };
}
