/** Rows divided into ranges by Athena. */
import { textLiteral } from "../../validation/sql/literals.ts";

/**
 * UNLOAD writes at most 100 partitions (Athena's limit). Trino compiles an expression to one method of 64 KB as well: some 250 borders are too
 * many for it.
 */
export const MOST_RANGES = 100;

/** What is divided: a query, with the columns that are wanted of it. */
export interface Divided<Start> {
  readonly rows: string;
  readonly columns: string;
  /** First keys of all ranges but the first, rising. */
  readonly starts: readonly Start[];
  /** Whether a row comes before a key, by columns of the query. */
  readonly isBefore: (start: Start) => string;
}

/** `MOST_RANGES` at once, the last ones fewer. */
export const groupsOfRanges = (ranges: number): [from: number, to: number][] =>
  Array.from({ length: Math.ceil(ranges / MOST_RANGES) }, (_, i) => [
    i * MOST_RANGES,
    Math.min(ranges, (i + 1) * MOST_RANGES),
  ]);

/**
 * The rows of ranges `from` to `to` (not with it), with their range as the last column, `r`. Rows are chosen by their key, because Trino would write
 * the expression of `r` out wherever it is compared.
 */
function rangedSql<Start>(
  { rows, columns, starts, isBefore }: Divided<Start>,
  [from, to]: readonly [number, number],
): string {
  const cases = starts.slice(from, to - 1).map((start, i) => `WHEN ${isBefore(start)} THEN ${from + i}`);
  const range = cases.length === 0 ? String(from) : `CASE ${cases.join(" ")} ELSE ${to - 1} END`;
  const [first, end] = [from === 0 ? undefined : starts[from - 1], starts[to - 1]];
  const clauses = [
    ...(first === undefined ? [] : [`NOT (${isBefore(first)})`]),
    ...(end === undefined ? [] : [`(${isBefore(end)})`]),
  ];
  const where = clauses.length === 0 ? "" : ` WHERE ${clauses.join(" AND ")}`;
  return `SELECT ${columns}, ${range} AS r FROM (${rows}) AS divided${where}`;
}

/** Writes the rows of some ranges, each range in a folder `r=<range>` of a place that must be empty; at most `MOST_RANGES` at once. */
export const unloadRangesSql = <Start>(
  divided: Divided<Start>,
  range: readonly [number, number],
  location: string,
): string =>
  `UNLOAD (${rangedSql(divided, range)}) TO ${textLiteral(location)} WITH (format = 'JSON', compression = 'GZIP', partitioned_by = ARRAY['r'])`;

/** Rows and characters, the sum of `columns`, of each range: columns r, n and chars. `MOST_RANGES` ranges at once, each of which reads the table. */
export const sizesSql = <Start>(divided: Divided<Start>): string =>
  groupsOfRanges(divided.starts.length + 1)
    .map(
      (range) =>
        `SELECT r, count(*) AS n, sum(chars) AS chars FROM (${rangedSql(divided, range)}) AS ranged GROUP BY r`,
    )
    .join(" UNION ALL ");
