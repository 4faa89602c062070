import * as maps from "../columnMaps.ts";
import { listKwarg, numberKwarg, textKwarg } from "../kwargs.ts";
import * as texts from "../textMaps.ts";
import type { Kwargs } from "../types.ts";
import { outsideBounds } from "./bounds.ts";
import { type Cells, comparable, doubleOf, isIn, isNumeric, isPresent } from "./cells.ts";
import { numberLiteral } from "./literals.ts";
import { failingMap, mapPart } from "./mapPart.ts";
import { type ColumnPlanner, type Planners, ROWS, type Scope } from "./scope.ts";
import { strftimeSql } from "./strftimeSql.ts";
import { isNoJson, matches, textOf } from "./textClauses.ts";
import { Unsupported } from "./types.ts";

/** Clause of unexpected values; undefined where values of the column's type cannot be evaluated. */
type Clause = (scope: Scope, cells: Cells, kwargs: Kwargs) => string | undefined;

/** `least`: values of a type that cannot be evaluated that it takes to fail. */
function planner(clauseOf: Clause, least = 1): ColumnPlanner {
  return (scope, cells, kwargs, reporting) => {
    const clause = clauseOf(scope, cells, kwargs);
    const question = { shown: [cells], missing: `${cells.sql} IS NULL`, unexpected: clause ?? "FALSE" };
    const part = mapPart(scope, kwargs, reporting, question);
    const failing = { clause: isPresent(cells), columns: [cells], least };
    return clause === undefined ? failingMap(scope, kwargs, reporting, failing, part) : part;
  };
}

function aboutMissing(unexpected: "NULL" | "NOT NULL"): ColumnPlanner {
  return (scope, cells, kwargs, reporting) =>
    mapPart(scope, kwargs, reporting, {
      shown: [cells],
      missing: undefined,
      unexpected: `${cells.sql} IS ${unexpected}`,
    });
}

/** Clause of every member of a group of equal keys, by one more scan of the key's columns. `counted`: rows that count. */
export function isRepeated(scope: Scope, key: string, counted: string): string {
  return `${key} IN (SELECT ${key} FROM ${ROWS} WHERE ${scope.within(counted)} GROUP BY ${key} HAVING count(*) > 1)`;
}

function inSet(wantsMember: boolean): Clause {
  return (_, cells, kwargs) => {
    const member = isIn(cells, listKwarg(kwargs, "value_set"));
    return wantsMember ? `NOT (${member})` : member;
  };
}

const INFINITE = "CAST('Infinity' AS DOUBLE)";

/**
 * Compared with the value before; the first has none, and NULL counts as expected. Truth values only differ or do not, unless some are missing:
 * then they are numbers.
 */
function ordered(sign: "<" | ">"): Clause {
  return (scope, cells, kwargs) => {
    if (!scope.hasOrder)
      throw new Unsupported(
        "expected a table with a row number, got one without, whose rows have no order; name its column",
      );
    if (!isNumeric(cells)) return undefined;
    const value = comparable(cells);
    const previous = scope.dialect.previous(scope.selected(value), "rn");
    const isStrict = kwargs.strictly === true;
    const isTied = `${value} = ${previous}`;
    // Between equal infinite numbers pandas finds no difference, and none that is wrong.
    const isWrongTie = cells.kind === "number" ? `(${isTied} AND abs(${value}) < ${INFINITE})` : isTied;
    const byNumber = `${value} ${sign} ${previous}${isStrict ? ` OR ${isWrongTie}` : ""}`;
    if (cells.kind !== "boolean") return byNumber;
    const wrong = [...(sign === ">" ? [`${value} <> ${previous}`] : []), ...(isStrict ? [isTied] : [])];
    const hasMissing = scope.fact(`count(*) > count(${cells.sql})`);
    return `CASE WHEN ${hasMissing} THEN ${byNumber} ELSE ${wrong.join(" OR ") || "FALSE"} END`;
  };
}

function regexList(wantsMatch: boolean): Clause {
  return (scope, cells, kwargs) => {
    const tests = listKwarg(kwargs, "regex_list").map((regex) => matches(scope, cells, String(regex)));
    const asksAll = wantsMatch && kwargs.match_on === "all";
    const joined =
      tests.length === 0 ? String(asksAll).toUpperCase() : tests.join(asksAll ? " AND " : " OR ");
    return wantsMatch ? `NOT (${joined})` : joined;
  };
}

const zScore: Clause = (scope, cells, kwargs) => {
  if (!isNumeric(cells)) return undefined;
  const value = doubleOf(cells);
  const mean = scope.fact(`avg(${scope.selected(value)})`);
  const deviation = scope.fact(`stddev_samp(${scope.selected(value)})`);
  // A column of one value has no z-scores and passes.
  const score = `(${value} - ${mean}) / nullif(${deviation}, 0E+0)`;
  const threshold = numberLiteral(numberKwarg(kwargs, "threshold"));
  return `${kwargs.double_sided === true ? `abs(${score})` : score} >= ${threshold}`;
};

/** Length in characters of the text, compared as the number that it is. */
const lengthOf = (scope: Scope, cells: Cells): Cells => ({
  name: cells.name,
  sql: `length(${textOf(scope, cells)})`,
  kind: "integer",
});

/** Values of another type than text are errors. */
const noDate: Clause = ({ dialect }, { sql, kind }, kwargs) =>
  kind === "string" ? `NOT ${strftimeSql(sql, textKwarg(kwargs, "strftime_format"), dialect)}` : undefined;

const matchesRegex: Clause = (scope, cells, kwargs) => matches(scope, cells, textKwarg(kwargs, "regex"));

/** Column-map expectations. */
export const COLUMN_MAP_PLANNERS: Planners<ColumnPlanner> = [
  [maps.notNull, aboutMissing("NULL")],
  [maps.isNull, aboutMissing("NOT NULL")],
  [maps.unique, planner((scope, cells) => isRepeated(scope, comparable(cells), isPresent(cells)))],
  [maps.between, planner((_, cells, kwargs) => outsideBounds(cells, kwargs))],
  [maps.inSet, planner(inSet(true))],
  [maps.notInSet, planner(inSet(false))],
  // One value is in order whatever its type.
  [maps.increasing, planner(ordered("<"), 2)],
  [maps.decreasing, planner(ordered(">"), 2)],
  [maps.zScores, planner(zScore)],
  [texts.matchRegex, planner((scope, cells, kwargs) => `NOT ${matchesRegex(scope, cells, kwargs)}`)],
  [texts.notMatchRegex, planner(matchesRegex)],
  [texts.matchRegexList, planner(regexList(true))],
  [texts.notMatchRegexList, planner(regexList(false))],
  [texts.lengthsBetween, planner((scope, cells, kwargs) => outsideBounds(lengthOf(scope, cells), kwargs))],
  [
    texts.lengthsEqual,
    planner(
      (scope, cells, kwargs) =>
        `${lengthOf(scope, cells).sql} <> ${numberLiteral(numberKwarg(kwargs, "value"))}`,
    ),
  ],
  [texts.matchStrftime, planner(noDate)],
  [texts.jsonParseable, planner(isNoJson)],
];
