import { TABLES } from "../tables.ts";
import { NO_TABLE, streamingOf } from "./mapPart.ts";
import type { Planner } from "./scope.ts";

/** Table expectations: the streaming engine judges the number of rows and the names of columns. */
export const TABLE_PLANNERS: Readonly<Record<string, Planner>> = Object.fromEntries(
  Object.keys(TABLES).map((type): [string, Planner] => [
    type,
    (scope, kwargs, reporting) => {
      const rows = scope.rows();
      const columns = scope.cells.table.columns.map(({ name }) => name);
      return {
        finish: (answers) =>
          streamingOf(type, kwargs, reporting).finish({
            ...NO_TABLE,
            rows: answers.number(rows) ?? 0,
            columns,
          }),
      };
    },
  ]),
);
