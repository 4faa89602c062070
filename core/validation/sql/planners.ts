import { klDivergence } from "../klDivergence.ts";
import { textKwarg } from "../kwargs.ts";
import { dateutilParseable, matchJsonSchema } from "../textMaps.ts";
import type { EvaluatorFactory } from "../types.ts";
import { COLUMN_AGGREGATE_PLANNERS } from "./columnAggregates.ts";
import { COLUMN_MAP_PLANNERS } from "./columnMaps.ts";
import { COLUMN_TYPE_PLANNERS } from "./columnTypes.ts";
import { DISTINCT_VALUE_PLANNERS } from "./distinctValues.ts";
import { divergencePlanner } from "./divergence.ts";
import { MULTI_COLUMN_PLANNERS } from "./multiColumns.ts";
import type { ColumnPlanner, Planner, Planners } from "./scope.ts";
import { TABLE_PLANNERS } from "./tables.ts";

const COLUMN_PLANNERS: Planners<ColumnPlanner> = [
  ...COLUMN_MAP_PLANNERS,
  ...COLUMN_TYPE_PLANNERS,
  ...COLUMN_AGGREGATE_PLANNERS,
  ...DISTINCT_VALUE_PLANNERS,
  [klDivergence, divergencePlanner],
];

const onColumn =
  (plan: ColumnPlanner): Planner =>
  (scope, kwargs, reporting) =>
    plan(scope, scope.column(textKwarg(kwargs, "column")), kwargs, reporting);

/** Every expectation that SQL runs, by its streaming evaluator. */
export const PLANNERS: ReadonlyMap<EvaluatorFactory | undefined, Planner> = new Map([
  ...TABLE_PLANNERS,
  ...MULTI_COLUMN_PLANNERS,
  ...COLUMN_PLANNERS.map(([evaluate, plan]) => [evaluate, onColumn(plan)] as const),
]);

/** Why SQL has no counterpart of an expectation that the streaming engine runs. */
export const REFUSALS: ReadonlyMap<EvaluatorFactory | undefined, string> = new Map([
  [dateutilParseable, "no SQL engine parses dates as Python's dateutil does"],
  [matchJsonSchema, "no SQL engine knows JSON Schema"],
]);
