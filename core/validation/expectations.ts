import * as aggregates from "./columnAggregates.ts";
import * as maps from "./columnMaps.ts";
import * as types from "./columnTypes.ts";
import * as distinct from "./distinctAggregates.ts";
import { klDivergence } from "./klDivergence.ts";
import * as rows from "./multiColumns.ts";
import * as tables from "./tables.ts";
import * as texts from "./textMaps.ts";
import type { EvaluatorFactory } from "./types.ts";

/** Every expectation that the streaming engine runs, by type; SQL runs most of them, known by what evaluates them here. */
export const EXPECTATIONS: Readonly<Record<string, EvaluatorFactory>> = {
  expect_table_row_count_to_be_between: tables.rowCountBetween,
  expect_table_row_count_to_equal: tables.rowCountEqual,
  expect_table_column_count_to_be_between: tables.columnCountBetween,
  expect_table_column_count_to_equal: tables.columnCountEqual,
  expect_table_columns_to_match_set: tables.matchSet,
  expect_table_columns_to_match_ordered_list: tables.matchList,
  expect_column_to_exist: tables.columnExists,
  expect_column_values_to_not_be_null: maps.notNull,
  expect_column_values_to_be_null: maps.isNull,
  expect_column_values_to_be_unique: maps.unique,
  expect_column_values_to_be_between: maps.between,
  expect_column_values_to_be_in_set: maps.inSet,
  expect_column_values_to_not_be_in_set: maps.notInSet,
  expect_column_values_to_be_increasing: maps.increasing,
  expect_column_values_to_be_decreasing: maps.decreasing,
  expect_column_value_z_scores_to_be_less_than: maps.zScores,
  expect_column_values_to_match_regex: texts.matchRegex,
  expect_column_values_to_not_match_regex: texts.notMatchRegex,
  expect_column_values_to_match_regex_list: texts.matchRegexList,
  expect_column_values_to_not_match_regex_list: texts.notMatchRegexList,
  expect_column_value_lengths_to_be_between: texts.lengthsBetween,
  expect_column_value_lengths_to_equal: texts.lengthsEqual,
  expect_column_values_to_match_strftime_format: texts.matchStrftime,
  expect_column_values_to_be_json_parseable: texts.jsonParseable,
  expect_column_values_to_match_json_schema: texts.matchJsonSchema,
  expect_column_values_to_be_dateutil_parseable: texts.dateutilParseable,
  expect_column_values_to_be_of_type: types.ofType,
  expect_column_values_to_be_in_type_list: types.inTypeList,
  expect_column_min_to_be_between: aggregates.min,
  expect_column_max_to_be_between: aggregates.max,
  expect_column_mean_to_be_between: aggregates.mean,
  expect_column_median_to_be_between: aggregates.median,
  expect_column_sum_to_be_between: aggregates.sum,
  expect_column_stdev_to_be_between: aggregates.stdev,
  expect_column_quantile_values_to_be_between: aggregates.quantiles,
  expect_column_kl_divergence_to_be_less_than: klDivergence,
  expect_column_unique_value_count_to_be_between: distinct.uniqueCount,
  expect_column_proportion_of_unique_values_to_be_between: distinct.uniqueShare,
  expect_column_distinct_values_to_be_in_set: distinct.distinctInSet,
  expect_column_distinct_values_to_contain_set: distinct.distinctContainSet,
  expect_column_distinct_values_to_equal_set: distinct.distinctEqualSet,
  expect_column_most_common_value_to_be_in_set: distinct.mostCommon,
  expect_column_pair_values_a_to_be_greater_than_b: rows.pairGreater,
  expect_column_pair_values_to_be_equal: rows.pairEqual,
  expect_column_pair_values_to_be_in_set: rows.pairInSet,
  expect_compound_columns_to_be_unique: rows.compoundUnique,
  expect_select_column_values_to_be_unique_within_record: rows.uniqueWithinRecord,
  expect_multicolumn_sum_to_equal: rows.sumEqual,
};
