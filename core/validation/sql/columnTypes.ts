import { inTypeList, ofType } from "../columnTypes.ts";
import { ExpectationError, type Kwargs, VERDICT_ONLY } from "../types.ts";
import type { Cells } from "./cells.ts";
import { dtypeOf } from "./dtypeOf.ts";
import { mapPart, selectionOf } from "./mapPart.ts";
import type { ColumnPlanner, Planners, Scope } from "./scope.ts";

/** A value of each kind of cells. */
const SAMPLES = { integer: 1, number: 0.5, boolean: true, string: "a" } as const;

/** The streaming engine judges the column's type; where it has none of its own, the type is that of each value, and all have the same. */
const planner: ColumnPlanner = (scope, cells, kwargs, reporting) => {
  const dtype = dtypeOf(scope, cells);
  const everyValue = mapPart(scope, kwargs, reporting, {
    shown: [cells],
    missing: `${cells.sql} IS NULL`,
    unexpected: isEachExpected(scope, kwargs, cells) ? "FALSE" : "TRUE",
  });
  return {
    finish(answers) {
      const table = { rows: 0, columns: [], dtypeOf: () => dtype(answers) };
      const judged = scope.evaluate(kwargs, reporting).finish(table);
      return "observed_value" in judged.result ? judged : everyValue.finish(answers);
    },
  };
};

function isEachExpected(scope: Scope, kwargs: Kwargs, { name, kind }: Cells): boolean {
  const evaluator = scope.evaluate({ ...kwargs, mostly: 1 }, VERDICT_ONLY);
  evaluator.add(selectionOf([{ [name]: SAMPLES[kind] }]));
  try {
    return evaluator.finish({ rows: 1, columns: [name], dtypeOf: () => "object_" }).success;
  } catch (error) {
    // The same error comes when the results are put together, if the column has no type of its own.
    if (!(error instanceof ExpectationError)) throw error;
    return true;
  }
}

/** Expectations on types. */
export const COLUMN_TYPE_PLANNERS: Planners<ColumnPlanner> = [
  [ofType, planner],
  [inTypeList, planner],
];
