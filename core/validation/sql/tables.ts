import * as streaming from "../tables.ts";
import { NO_TABLE } from "./mapPart.ts";
import type { Planner, Planners } from "./scope.ts";

/** The streaming engine judges the number of rows and the names of columns. */
const planner: Planner = (scope, kwargs, reporting) => {
  const rows = scope.rows();
  const columns = scope.cells.table.columns.map(({ name }) => name);
  return {
    finish: (answers) =>
      scope.evaluate(kwargs, reporting).finish({ ...NO_TABLE, rows: answers.count(rows), columns }),
  };
};

/** Table expectations. */
export const TABLE_PLANNERS: Planners<Planner> = [
  [streaming.rowCountBetween, planner],
  [streaming.rowCountEqual, planner],
  [streaming.columnCountBetween, planner],
  [streaming.columnCountEqual, planner],
  [streaming.matchSet, planner],
  [streaming.matchList, planner],
  [streaming.columnExists, planner],
];
