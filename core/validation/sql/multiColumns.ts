import { byName } from "../columnEvaluator.ts";
import { listKwarg, numberKwarg } from "../kwargs.ts";
import * as streaming from "../multiColumns.ts";
import { listOf, pairOf } from "../multiColumns.ts";
import { isMissing, type Kwargs } from "../types.ts";
import {
  type Cells,
  comparable,
  doubleOf,
  isIn,
  isNumeric,
  isPresent,
  jsonOf,
  memberLiteral,
} from "./cells.ts";
import { isRepeated } from "./columnMaps.ts";
import { numberLiteral } from "./literals.ts";
import { failingMap, mapPart } from "./mapPart.ts";
import type { Planner, Planners, Scope } from "./scope.ts";
import { Unsupported } from "./types.ts";

interface Question {
  readonly unexpected: string;
  /** Clause of counted rows that the streaming engine cannot evaluate. */
  readonly failing?: string;
}

const isNull = ({ sql }: Cells): string => `${sql} IS NULL`;
const all = (columns: readonly Cells[]): string => columns.map(isNull).join(" AND ");
const any = (columns: readonly Cells[]): string => columns.map(isNull).join(" OR ");
/** Rows that do not count. */
const RULES: Readonly<Record<string, (columns: readonly Cells[]) => string>> = {
  both_values_are_missing: all,
  all_values_are_missing: all,
  either_value_is_missing: any,
  any_value_is_missing: any,
  neither: () => "FALSE",
  never: () => "FALSE",
};

function several(
  columnsOf: (kwargs: Kwargs) => readonly string[],
  ask: (columns: readonly Cells[], kwargs: Kwargs, scope: Scope, counted: string) => Question,
): Planner {
  return (scope, kwargs, reporting) => {
    const names = columnsOf(kwargs);
    const columns = names.map((name) => scope.column(name));
    if (columns.length === 0) throw new Unsupported("kwargs.column_list: expected columns, got none");
    const missing = ruleOf(kwargs)(columns);
    const { failing, unexpected } = ask(columns, kwargs, scope, `NOT (${missing})`);
    const part = mapPart(scope, kwargs, reporting, {
      unexpected,
      shown: columns,
      missing,
      listed: (values) => (columnsOf === pairOf ? values : byName(names, (_, i) => values[i] ?? null)),
    });
    if (failing === undefined) return part;
    const failed = { clause: `NOT (${missing}) AND (${failing})`, columns };
    return failingMap(scope, kwargs, reporting, failed, part);
  };
}

function ruleOf(kwargs: Kwargs): (columns: readonly Cells[]) => string {
  return RULES[String(kwargs.ignore_row_if ?? "both_values_are_missing")] ?? all;
}

const isAlike = (a: Cells, b: Cells): boolean => isNumeric(a) === isNumeric(b);

/** Whether both are there and equal; FALSE where one is missing. */
const isEqual = (a: Cells, b: Cells): string =>
  isAlike(a, b) ? `coalesce(${comparable(a)} = ${comparable(b)}, FALSE)` : "FALSE";

function greater([a, b]: readonly Cells[], kwargs: Kwargs): Question {
  const [left, right] = [a as Cells, b as Cells];
  if (!isAlike(left, right))
    return {
      unexpected: any([left, right]),
      failing: `${isPresent(left)} AND ${isPresent(right)}`,
    };
  const sign = kwargs.or_equal === true ? ">=" : ">";
  return { unexpected: `NOT coalesce(${comparable(left)} ${sign} ${comparable(right)}, FALSE)` };
}

/** Pairs without a missing value as one list, which Trino looks up; hundreds of clauses would be too many for it to compile. */
function pairInSet([a, b]: readonly Cells[], kwargs: Kwargs): Question {
  const [left, right] = [a as Cells, b as Cells];
  const pairs = (listKwarg(kwargs, "value_pairs_set") as readonly (readonly unknown[])[]).filter(
    (pair) => pair.length === 2,
  );
  const whole = pairs.flatMap(([x, y]) => {
    const literals = [memberLiteral(left, x), memberLiteral(right, y)];
    return literals.includes(undefined) ? [] : [`(${literals.join(", ")})`];
  });
  const beside = (missing: Cells, other: Cells, values: readonly unknown[]): string =>
    `${isNull(missing)} AND coalesce(${isIn(other, values)}, FALSE)`;
  // Beside coalesce, Trino 483 takes a row's membership for never NULL, though a field is.
  const areThere = `${isPresent(left)} AND ${isPresent(right)}`;
  const values = `(${comparable(left)}, ${comparable(right)})`;
  const clauses = [
    ...(whole.length === 0 ? [] : [`${areThere} AND ${values} IN (${[...new Set(whole)].join(", ")})`]),
    beside(
      left,
      right,
      pairs.filter(([x]) => isMissing(x)).map(([, y]) => y),
    ),
    beside(
      right,
      left,
      pairs.filter(([, y]) => isMissing(y)).map(([x]) => x),
    ),
    ...(pairs.some((pair) => pair.every(isMissing)) ? [all([left, right])] : []),
  ];
  return { unexpected: `NOT (${clauses.map((clause) => `(${clause})`).join(" OR ")})` };
}

/** Pairs of columns whose comparisons Trino compiles to one method of 64 KB: 30 columns were too many. */
const MOST_COLUMNS = 20;

/** Two missing values are equal here. */
function uniqueWithin(columns: readonly Cells[]): Question {
  if (columns.length > MOST_COLUMNS)
    throw new Unsupported(
      `kwargs.column_list: expected at most ${MOST_COLUMNS} columns, got ${columns.length}, whose comparisons are too many for one expression; run it with the streaming engine`,
    );
  const clauses = columns.flatMap((a, i) =>
    columns.slice(i + 1).map((b) => `${isEqual(a, b)} OR (${isNull(a)} AND ${isNull(b)})`),
  );
  return { unexpected: clauses.length === 0 ? "FALSE" : clauses.join(" OR ") };
}

/** A missing part makes the sum missing, which equals nothing. */
function sumEqual(columns: readonly Cells[], kwargs: Kwargs): Question {
  const numbers = columns.filter(isNumeric);
  const others = columns.filter((cells) => !numbers.includes(cells));
  const total = numberLiteral(numberKwarg(kwargs, "sum_total"));
  const sum = numbers.map(doubleOf).join(" + ");
  const unexpected = others.length > 0 ? "TRUE" : `NOT coalesce(${sum} = ${total}, FALSE)`;
  if (others.length === 0) return { unexpected };
  return { unexpected, failing: others.map(isPresent).join(" OR ") };
}

/** Keys as JSON text: NULL is a value among others, and texts cannot run into each other. */
function repeated(columns: readonly Cells[], _: Kwargs, scope: Scope, counted: string): Question {
  const key = columns.map((cells) => jsonOf(cells, scope.dialect)).join(" || ',' || ");
  return { unexpected: isRepeated(scope, `(${key})`, counted) };
}

/** Expectations on several columns of a row. */
export const MULTI_COLUMN_PLANNERS: Planners<Planner> = [
  [streaming.pairGreater, several(pairOf, greater)],
  [
    streaming.pairEqual,
    several(pairOf, ([a, b]) => ({ unexpected: `NOT ${isEqual(a as Cells, b as Cells)}` })),
  ],
  [streaming.pairInSet, several(pairOf, pairInSet)],
  [streaming.compoundUnique, several(listOf, repeated)],
  [streaming.uniqueWithinRecord, several(listOf, uniqueWithin)],
  [streaming.sumEqual, several(listOf, sumEqual)],
];
