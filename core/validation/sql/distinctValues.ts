import { observedBetween } from "../columnAggregates.ts";
import * as streaming from "../distinctAggregates.ts";
import { listKwarg } from "../kwargs.ts";
import type { Row } from "../types.ts";
import { type Cells, comparable, comparedAs, isIn, isPresent, jsonOf } from "./cells.ts";
import { judged } from "./mapPart.ts";
import type { Answers, ColumnPlanner, Planners, Scope } from "./scope.ts";

function distinctNumber(isShare: boolean): ColumnPlanner {
  return (scope, cells, kwargs) => {
    const judge = observedBetween(kwargs);
    const distinct = scope.measure(`count(DISTINCT ${scope.selected(cells.sql)})`);
    const present = scope.present(cells.sql);
    return {
      finish(answers) {
        const [number, all] = [answers.count(distinct), answers.count(present)];
        return judge(!isShare ? number : all === 0 ? 0 : number / all);
      },
    };
  };
}

/** A column that holds each of the listed values once. */
function rowsOf({ name, kind }: Cells, values: readonly unknown[]): Row[] {
  return values.map((value) => ({ [name]: kind === "boolean" ? value === 1 : value }));
}

/** Longest list of unexpected values that the streaming engine writes. */
const MOST_LISTED = 20;

/** Members that the column has, and the first of what else it has. */
function distinctSet(asks: { readonly unexpected: boolean; readonly missing: boolean }): ColumnPlanner {
  return (scope, cells, kwargs, reporting) => {
    const set = listKwarg(kwargs, "value_set");
    const members = asks.missing
      ? listed(scope, cells, (v) => `coalesce(${isIn(v, set)}, FALSE)`)
      : undefined;
    const others = asks.unexpected ? listed(scope, cells, (v) => notIn(v, set), MOST_LISTED) : undefined;
    const other = others && scope.mark(notIn(cells, set));
    const count = other && scope.measure(`count(DISTINCT CASE WHEN ${other} THEN ${cells.sql} END)`);
    return {
      finish(answers) {
        const values = [...listOf(answers, members), ...listOf(answers, others)];
        const { success, result } = judged(scope, kwargs, reporting, rowsOf(cells, values));
        if (count === undefined) return { success, result };
        return { success, result: { ...result, unexpected_count: answers.count(count) } };
      },
    };
  };
}

const notIn = (cells: Cells, set: readonly unknown[]): string =>
  `${isPresent(cells)} AND NOT coalesce(${isIn(cells, set)}, FALSE)`;

function listOf(answers: Answers, listing: string | undefined): readonly unknown[] {
  return listing === undefined ? [] : answers.listed(listing);
}

/** Distinct values under a clause, all or the first in their order. */
function listed(scope: Scope, cells: Cells, clauseOf: (value: Cells) => string, most?: number): string {
  const value = comparedAs("v", cells);
  const first = most === undefined ? "" : ` ORDER BY v LIMIT ${most}`;
  return scope.listing((from) => {
    const distinct = `SELECT DISTINCT ${comparable(cells)} AS v FROM ${from}`;
    const chosen = `SELECT v FROM (${distinct}) AS given WHERE ${clauseOf(value)}${first}`;
    return `SELECT ${jsonOf(value, scope.dialect)} AS v FROM (${chosen}) AS chosen`;
  });
}

const mostCommon: ColumnPlanner = (scope, cells, kwargs, reporting) => {
  const value = comparable(cells);
  const listing = scope.listing((from) => {
    const groups = `SELECT ${value} AS v, count(${cells.sql}) AS n FROM ${from} GROUP BY ${value}`;
    const ranks = `SELECT v, n, max(n) OVER () AS most FROM (${groups}) AS counted WHERE n > 0`;
    const json = jsonOf(comparedAs("v", cells), scope.dialect);
    return `SELECT ${json} AS v FROM (${ranks}) AS ranks WHERE n = most`;
  });
  return {
    finish: (answers) => judged(scope, kwargs, reporting, rowsOf(cells, answers.listed(listing))),
  };
};

/** Expectations on the distinct values of a column. */
export const DISTINCT_VALUE_PLANNERS: Planners<ColumnPlanner> = [
  [streaming.distinctInSet, distinctSet({ unexpected: true, missing: false })],
  [streaming.distinctContainSet, distinctSet({ unexpected: false, missing: true })],
  [streaming.distinctEqualSet, distinctSet({ unexpected: true, missing: true })],
  [streaming.uniqueCount, distinctNumber(false)],
  [streaming.uniqueShare, distinctNumber(true)],
  [streaming.mostCommon, mostCommon],
];
