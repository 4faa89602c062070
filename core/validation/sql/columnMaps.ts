import { listKwarg, mostlyKwarg, numberKwarg, textKwarg } from "../kwargs.ts";
import type { Kwargs } from "../types.ts";
import { outsideBounds } from "./bounds.ts";
import { type Cells, comparable, doubleOf, isIn, isNumeric } from "./cells.ts";
import { numberLiteral } from "./literals.ts";
import { failingMap, mapPart, streamingOf } from "./mapPart.ts";
import { type Planner, ROWS, type Scope } from "./scope.ts";
import { strftimeSql } from "./strftimeSql.ts";
import { isNoJson, matches, textOf } from "./textClauses.ts";
import { Unsupported } from "./types.ts";

/** One value is in order whatever its type. */
const ORDERS = ["expect_column_values_to_be_increasing", "expect_column_values_to_be_decreasing"];

/** Clause of unexpected values; undefined where values of the column's type cannot be evaluated. */
type Clause = (scope: Scope, cells: Cells, kwargs: Kwargs) => string | undefined;

function planner(type: string, clauseOf: Clause, hasSubquery = false): Planner {
  return (scope, kwargs, reporting) => {
    const cells = scope.column(textKwarg(kwargs, "column"));
    const clause = clauseOf(scope, cells, kwargs);
    const part = mapPart(scope, reporting, {
      mostly: mostlyKwarg(kwargs),
      shown: [cells],
      missing: `${cells.sql} IS NULL`,
      unexpected: clause ?? "FALSE",
      hasSubquery,
    });
    if (clause !== undefined) return part;
    const present = {
      clause: `${cells.sql} IS NOT NULL`,
      columns: [cells],
      least: ORDERS.includes(type) ? 2 : 1,
    };
    return failingMap(scope, present, () => streamingOf(type, kwargs, reporting), part);
  };
}

function aboutMissing(wantsMissing: boolean): Planner {
  return (scope, kwargs, reporting) => {
    const cells = scope.column(textKwarg(kwargs, "column"));
    return mapPart(scope, reporting, {
      mostly: mostlyKwarg(kwargs),
      shown: [cells],
      missing: undefined,
      unexpected: `${cells.sql} IS ${wantsMissing ? "NOT " : ""}NULL`,
    });
  };
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
const ofText =
  (clause: Clause): Clause =>
  (scope, cells, kwargs) =>
    cells.kind === "string" ? clause(scope, cells, kwargs) : undefined;

const CLAUSES: Readonly<Record<string, Clause>> = {
  expect_column_values_to_be_between: (_, cells, kwargs) => outsideBounds(cells, kwargs),
  expect_column_values_to_be_in_set: inSet(true),
  expect_column_values_to_not_be_in_set: inSet(false),
  expect_column_values_to_match_regex: (scope, cells, kwargs) =>
    `NOT ${matches(scope, cells, textKwarg(kwargs, "regex"))}`,
  expect_column_values_to_not_match_regex: (scope, cells, kwargs) =>
    matches(scope, cells, textKwarg(kwargs, "regex")),
  expect_column_values_to_match_regex_list: regexList(true),
  expect_column_values_to_not_match_regex_list: regexList(false),
  expect_column_value_lengths_to_be_between: (scope, cells, kwargs) =>
    outsideBounds(lengthOf(scope, cells), kwargs),
  expect_column_value_lengths_to_equal: (scope, cells, kwargs) =>
    `${lengthOf(scope, cells).sql} <> ${numberLiteral(numberKwarg(kwargs, "value"))}`,
  expect_column_values_to_match_strftime_format: ofText(
    (scope, { sql }, kwargs) =>
      `NOT ${strftimeSql(sql, textKwarg(kwargs, "strftime_format"), scope.dialect)}`,
  ),
  expect_column_values_to_be_json_parseable: isNoJson,
  expect_column_values_to_be_increasing: ordered("<"),
  expect_column_values_to_be_decreasing: ordered(">"),
  expect_column_value_z_scores_to_be_less_than: zScore,
};

/** Column-map expectations by type. */
export const COLUMN_MAP_PLANNERS: Readonly<Record<string, Planner>> = {
  ...Object.fromEntries(Object.entries(CLAUSES).map(([type, clause]) => [type, planner(type, clause)])),
  expect_column_values_to_not_be_null: aboutMissing(false),
  expect_column_values_to_be_null: aboutMissing(true),
  expect_column_values_to_be_unique: planner(
    "expect_column_values_to_be_unique",
    (scope, cells) => isRepeated(scope, comparable(cells), `${cells.sql} IS NOT NULL`),
    true,
  ),
};
