import { observedBetween } from "../columnAggregates.ts";
import { listKwarg, textKwarg } from "../kwargs.ts";
import type { EvaluatorResult, Kwargs, Reporting } from "../types.ts";
import { type Cells, comparable, isIn, jsonOf } from "./cells.ts";
import { NO_TABLE, selectionOf, streamingOf } from "./mapPart.ts";
import type { Answers, Planner, Scope } from "./scope.ts";

function distinctNumber(isShare: boolean): Planner {
  return (scope, kwargs) => {
    const cells = scope.column(textKwarg(kwargs, "column"));
    const judge = observedBetween(kwargs);
    const distinct = scope.measure(`count(DISTINCT ${scope.selected(cells.sql)})`);
    const present = scope.present(cells.sql);
    return {
      finish(answers) {
        const [number, all] = [answers.number(distinct) ?? 0, answers.number(present) ?? 0];
        return judge(!isShare ? number : all === 0 ? 0 : number / all);
      },
    };
  };
}

/** A distinct value v of the column; truth values are numbers there. */
function distinctOf(cells: Cells): Cells {
  return { name: cells.name, sql: "v", kind: cells.kind === "boolean" ? "integer" : cells.kind };
}

/** The streaming engine judges a column that holds each of the listed values once. */
function judged(
  type: string,
  kwargs: Kwargs,
  reporting: Reporting,
  { name, kind }: Cells,
  values: readonly unknown[],
): EvaluatorResult {
  const evaluator = streamingOf(type, kwargs, reporting);
  evaluator.add(selectionOf(values.map((value) => ({ [name]: kind === "boolean" ? value === 1 : value }))));
  return evaluator.finish(NO_TABLE);
}

/** Longest list of unexpected values that the streaming engine writes. */
const MOST_LISTED = 20;

/** Members that the column has, and the first of what else it has. */
function distinctSet(
  type: string,
  asks: { readonly unexpected: boolean; readonly missing: boolean },
): Planner {
  return (scope, kwargs, reporting) => {
    const cells = scope.column(textKwarg(kwargs, "column"));
    const set = listKwarg(kwargs, "value_set");
    const members = asks.missing
      ? listed(scope, cells, (v) => `coalesce(${isIn(v, set)}, FALSE)`)
      : undefined;
    const others = asks.unexpected ? listed(scope, cells, (v) => notIn(v, set), MOST_LISTED) : undefined;
    const other = others && scope.mark(notIn(cells, set));
    const count = other && scope.measure(`count(DISTINCT CASE WHEN ${other} THEN ${cells.sql} END)`);
    return {
      finish(answers) {
        const { success, result } = judged(type, kwargs, reporting, cells, [
          ...listOf(answers, members),
          ...listOf(answers, others),
        ]);
        if (count === undefined) return { success, result };
        return { success, result: { ...result, unexpected_count: answers.number(count) ?? 0 } };
      },
    };
  };
}

const notIn = (cells: Cells, set: readonly unknown[]): string =>
  `${cells.sql} IS NOT NULL AND NOT coalesce(${isIn(cells, set)}, FALSE)`;

function listOf(answers: Answers, listing: string | undefined): readonly unknown[] {
  return listing === undefined ? [] : answers.listed(listing);
}

/** Distinct values under a clause, all or the first in their order. */
function listed(scope: Scope, cells: Cells, clauseOf: (value: Cells) => string, most?: number): string {
  const value = distinctOf(cells);
  const first = most === undefined ? "" : ` ORDER BY v LIMIT ${most}`;
  return scope.listing((from) => {
    const distinct = `SELECT DISTINCT ${comparable(cells)} AS v FROM ${from}`;
    const chosen = `SELECT v FROM (${distinct}) AS given WHERE ${clauseOf(value)}${first}`;
    return `SELECT ${jsonOf(value, scope.dialect)} AS v FROM (${chosen}) AS chosen`;
  });
}

const MOST_COMMON = "expect_column_most_common_value_to_be_in_set";

const mostCommon: Planner = (scope, kwargs, reporting) => {
  const cells = scope.column(textKwarg(kwargs, "column"));
  const value = comparable(cells);
  const listing = scope.listing((from) => {
    const groups = `SELECT ${value} AS v, count(${cells.sql}) AS n FROM ${from} GROUP BY ${value}`;
    const ranks = `SELECT v, n, max(n) OVER () AS most FROM (${groups}) AS counted WHERE n > 0`;
    return `SELECT ${jsonOf(distinctOf(cells), scope.dialect)} AS v FROM (${ranks}) AS ranks WHERE n = most`;
  });
  return {
    finish: (answers) => judged(MOST_COMMON, kwargs, reporting, cells, answers.listed(listing)),
  };
};

const SETS = {
  expect_column_distinct_values_to_be_in_set: { unexpected: true, missing: false },
  expect_column_distinct_values_to_contain_set: { unexpected: false, missing: true },
  expect_column_distinct_values_to_equal_set: { unexpected: true, missing: true },
} as const;

/** Expectations on the distinct values of a column, by type. */
export const DISTINCT_VALUE_PLANNERS: Readonly<Record<string, Planner>> = {
  ...Object.fromEntries(Object.entries(SETS).map(([type, asks]) => [type, distinctSet(type, asks)])),
  expect_column_unique_value_count_to_be_between: distinctNumber(false),
  expect_column_proportion_of_unique_values_to_be_between: distinctNumber(true),
  [MOST_COMMON]: mostCommon,
};
