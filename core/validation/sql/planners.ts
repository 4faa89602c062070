import { COLUMN_AGGREGATE_PLANNERS } from "./columnAggregates.ts";
import { COLUMN_MAP_PLANNERS } from "./columnMaps.ts";
import { COLUMN_TYPE_PLANNERS } from "./columnTypes.ts";
import { DISTINCT_VALUE_PLANNERS } from "./distinctValues.ts";
import { DIVERGENCE_PLANNERS } from "./divergence.ts";
import { MULTI_COLUMN_PLANNERS } from "./multiColumns.ts";
import type { Planner } from "./scope.ts";
import { TABLE_PLANNERS } from "./tables.ts";

/** Every expectation that SQL runs, by type. */
export const PLANNERS: Readonly<Record<string, Planner>> = {
  ...TABLE_PLANNERS,
  ...COLUMN_MAP_PLANNERS,
  ...COLUMN_TYPE_PLANNERS,
  ...COLUMN_AGGREGATE_PLANNERS,
  ...DISTINCT_VALUE_PLANNERS,
  ...MULTI_COLUMN_PLANNERS,
  ...DIVERGENCE_PLANNERS,
};

/** Why SQL has no counterpart of an expectation that the streaming engine runs. */
export const REFUSALS: Readonly<Record<string, string>> = {
  expect_column_values_to_be_dateutil_parseable: "no SQL engine parses dates as Python's dateutil does",
  expect_column_values_to_match_json_schema: "no SQL engine knows JSON Schema",
};
