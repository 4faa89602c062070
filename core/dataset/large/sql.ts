/** What Athena is asked about raw rows that are too many for a Lambda. Trino's SQL. */
import { identifier, textLiteral } from "../../validation/sql/literals.ts";
import { type Cut, partSql } from "./cut.ts";
import type { RowKey } from "./ranges.ts";

/** UNLOAD writes at most 100 partitions (Athena's limit). */
export const MOST_RANGES = 100;

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

/**
 * The range of a row, of ranges `from` to `to` (not with it); rows before or after these get the number next to them. Trino compiles an
 * expression to one method of 64 KB: some 250 borders are too many for it, 100 fit.
 */
export function rangeSql<Start>(
  starts: readonly Start[],
  [from, to]: readonly [number, number],
  isBefore: (start: Start) => string,
): string {
  const first = Math.max(from - 1, 0);
  const borders = starts.slice(first, to);
  const cases = borders.map((start, i) => `WHEN ${isBefore(start)} THEN ${first + i}`);
  return cases.length === 0 ? String(first) : `CASE ${cases.join(" ")} ELSE ${first + borders.length} END`;
}

/** `MOST_RANGES` at once, the last ones fewer. */
export const groupsOfRanges = (ranges: number): [from: number, to: number][] =>
  Array.from({ length: Math.ceil(ranges / MOST_RANGES) }, (_, i) => [
    i * MOST_RANGES,
    Math.min(ranges, (i + 1) * MOST_RANGES),
  ]);

const isBefore =
  ({ timeAt }: LargeTable) =>
  ({ time, tie }: RowKey): string =>
    `${text(timeAt)} < ${textLiteral(time)} OR (${text(timeAt)} = ${textLiteral(time)} AND tie < ${textLiteral(tie)})`;

/** Newest time of the row's group, where it decides. A bare '' would be a varchar(0), which Hive's formats cannot hold. */
const lastSql = ({ timeAt, groupAt }: LargeTable, isByTime: boolean): string =>
  groupAt === null || !isByTime
    ? "CAST('' AS varchar)"
    : `max(${text(timeAt)}) OVER (PARTITION BY ${text(groupAt)})`;

/** Rows with the range they lie in, `r`, what decides their part and order, and their cells as one text. */
function ranged(
  table: LargeTable,
  starts: readonly RowKey[],
  isByTime: boolean,
  range: readonly [number, number],
): string {
  const cells = Array.from({ length: table.columns }, (_, at) => text(at));
  const last = lastSql(table, isByTime);
  return `SELECT n, p, ${last} AS newest, ${text(table.timeAt)} AS t, array_join(ARRAY[${cells.join(", ")}], chr(1)) AS line, ${rangeSql(starts, range, isBefore(table))} AS r FROM ${nameOf(table)}`;
}

/**
 * Writes the rows of ranges `from` to `to` (not with it), each range below a folder `r=<range>` of a place that must be empty; rows of a
 * range come in no order. At most `MOST_RANGES` ranges at once.
 */
export function unloadSql(
  table: LargeTable,
  starts: readonly RowKey[],
  isByTime: boolean,
  range: readonly [number, number],
  location: string,
): string {
  return unloadRangesSql(ranged(table, starts, isByTime, range), range, location);
}

/** Writes the rows whose last column `r` is in the given ranges, each range in a folder of its own. */
export function unloadRangesSql(
  ranged: string,
  [from, to]: readonly [number, number],
  location: string,
): string {
  const rows = `SELECT * FROM (${ranged}) AS ranged WHERE r >= ${from} AND r < ${to}`;
  return `UNLOAD (${rows}) TO ${textLiteral(location)} WITH (format = 'JSON', compression = 'GZIP', partitioned_by = ARRAY['r'])`;
}

/** Rows and characters of each range: columns r, n and chars. */
export function rangeSizesSql(table: LargeTable, starts: readonly RowKey[]): string {
  const sizes = Array.from({ length: table.columns }, (_, at) => `length(${text(at)})`);
  return sizesSql(starts.length + 1, (range) => {
    const r = rangeSql(starts, range, isBefore(table));
    return `SELECT ${r} AS r, ${sizes.join(" + ")} AS chars FROM ${nameOf(table)}`;
  });
}

/** Sums up rows with their range, `r`, and `chars`, `MOST_RANGES` ranges at once: each of them reads the table. */
export const sizesSql = (ranges: number, rowsOf: (range: readonly [number, number]) => string): string =>
  groupsOfRanges(ranges)
    .map(
      ([from, to]) =>
        `SELECT r, count(*) AS n, sum(chars) AS chars FROM (${rowsOf([from, to])}) AS ranged WHERE r >= ${from} AND r < ${to} GROUP BY r`,
    )
    .join(" UNION ALL ");

/** Rows and groups of each part: columns part, n and kinds. */
export function partSizesSql(table: LargeTable, cut: Cut): string {
  const isByTime = cut.by !== "group";
  const group = table.groupAt === null ? "''" : text(table.groupAt);
  const rows = `SELECT ${text(table.timeAt)} AS t, p, ${group} AS g, ${lastSql(table, isByTime)} AS newest FROM ${nameOf(table)}`;
  const parts = `SELECT ${partSql(cut, { time: "t", place: "p", last: "newest" })} AS part, g FROM (${rows}) AS placed`;
  return `SELECT part, count(*) AS n, count(DISTINCT g) AS kinds FROM (${parts}) AS parts GROUP BY part`;
}
