/** What Athena is asked about raw rows that are too many for a Lambda. Trino's SQL. */
import { identifier, textLiteral } from "../../validation/sql/literals.ts";
import { type Cut, partSql } from "./cut.ts";
import { sizesSql, unloadRangesSql } from "./rangeSql.ts";
import type { RowKey } from "./ranges.ts";

/** All columns are in one expression, which Trino compiles to one method of 64 KB: 600 were not too many for it, 700 were. */
export const MOST_COLUMNS = 500;

export interface LargeTable {
  readonly database: string;
  readonly table: string;
  /** Raw columns; in the table they are c0, c1, …, because Athena's names know no case and few characters. */
  readonly columns: number;
  /** Index of the time column. */
  readonly timeAt: number;
  /** Index of the column whose value is the group; null without groups. */
  readonly groupAt: number | null;
}

const nameOf = ({ database, table }: LargeTable): string => `${identifier(database)}.${identifier(table)}`;

/** Text lines below `location`, delimited by Ctrl-A, as `rowLine` writes them. */
export function createTableSql(
  table: Pick<LargeTable, "database" | "table" | "columns">,
  location: string,
): string {
  const cells = Array.from({ length: table.columns }, (_, at) => `c${at} string`);
  return `CREATE EXTERNAL TABLE IF NOT EXISTS ${table.database}.${table.table} (n bigint, p bigint, tie string, ${cells.join(", ")}) STORED AS TEXTFILE LOCATION ${textLiteral(location)}`;
}

export const dropTableSql = ({ database, table }: Pick<LargeTable, "database" | "table">): string =>
  `DROP TABLE IF EXISTS ${database}.${table}`;

/** Empty text, which engines read as such or as NULL. */
const text = (at: number): string => `coalesce(c${at}, '')`;

const isBefore = ({ time, tie }: RowKey): string =>
  `t < ${textLiteral(time)} OR (t = ${textLiteral(time)} AND tie < ${textLiteral(tie)})`;

/** Elements of an array: Trino 435 took 254, later ones more. */
const MOST_ELEMENTS = 200;

/** The cells as one text. */
function lineSql({ columns }: LargeTable): string {
  const joined = (parts: readonly string[]): string => `array_join(ARRAY[${parts.join(", ")}], chr(1))`;
  const cells = Array.from({ length: columns }, (_, at) => text(at));
  const groups = Array.from({ length: Math.ceil(columns / MOST_ELEMENTS) }, (_, i) =>
    joined(cells.slice(i * MOST_ELEMENTS, (i + 1) * MOST_ELEMENTS)),
  );
  return groups.length === 1 ? (groups[0] as string) : joined(groups);
}

/** Newest time of the row's group, where it decides. A bare '' would be a varchar(0), which Hive's formats cannot hold. */
const lastSql = ({ timeAt, groupAt }: LargeTable, isByTime: boolean): string =>
  groupAt === null || !isByTime
    ? "CAST('' AS varchar)"
    : `max(${text(timeAt)}) OVER (PARTITION BY ${text(groupAt)})`;

/**
 * Writes the rows of ranges `from` to `to` (not with it), with what decides their part and order, and their cells as one text. Each range lies
 * below a folder `r=<range>` of a place that must be empty; rows of a range come in no order. At most `MOST_RANGES` ranges at once.
 */
export function unloadSql(
  table: LargeTable,
  starts: readonly RowKey[],
  isByTime: boolean,
  range: readonly [number, number],
  location: string,
): string {
  const rows = `SELECT n, p, ${lastSql(table, isByTime)} AS newest, ${text(table.timeAt)} AS t, tie, ${lineSql(table)} AS line FROM ${nameOf(table)}`;
  return unloadRangesSql({ rows, columns: "n, p, newest, t, line", starts, isBefore }, range, location);
}

/** Rows and characters of each range: columns r, n and chars. */
export function rangeSizesSql(table: LargeTable, starts: readonly RowKey[]): string {
  // A sum of hundreds would be as many brackets deep, too many for Trino's stack.
  const chars = `length(${lineSql(table)}) - ${table.columns - 1}`;
  const rows = `SELECT ${text(table.timeAt)} AS t, tie, ${chars} AS chars FROM ${nameOf(table)}`;
  return sizesSql({ rows, columns: "chars", starts, isBefore });
}

/** Rows and groups of each part: columns part, n and kinds. */
export function partSizesSql(table: LargeTable, cut: Cut): string {
  const isByTime = cut.by !== "group";
  const group = table.groupAt === null ? "''" : text(table.groupAt);
  const rows = `SELECT ${text(table.timeAt)} AS t, p, ${group} AS g, ${lastSql(table, isByTime)} AS newest FROM ${nameOf(table)}`;
  const parts = `SELECT ${partSql(cut, { time: "t", place: "p", last: "newest" })} AS part, g FROM (${rows}) AS placed`;
  return `SELECT part, count(*) AS n, count(DISTINCT g) AS kinds FROM (${parts}) AS parts GROUP BY part`;
}
