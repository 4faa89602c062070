/** Captures and labels that are too many for a Lambda: as text that Athena's tables read, and what Athena is asked about them. Trino's SQL. */
import { identifier, textLiteral } from "../../validation/sql/literals.ts";
import type { Joined, Label } from "../join.ts";
import type { Cells } from "../mergeRows.ts";
import { sizesSql, unloadRangesSql } from "./rangeSql.ts";
import { DELIMITER } from "./rows.ts";

/** Tables below one folder: what was served, and the labels that came. */
export interface JoinTables {
  readonly database: string;
  readonly captures: string;
  readonly labels: string;
}

interface Served {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly features: readonly (string | null)[];
}

/**
 * Lines of both tables without their ends; numbers from 0 in the order in which they count. Ids, features and values are JSON, which writes
 * each text in one way only and needs no line ends, so that a table of delimited text holds any of them.
 */
export const capturedLine = (number: number, { id, at, features }: Served): string =>
  [
    number,
    JSON.stringify(id),
    new Date(at).toISOString(),
    JSON.stringify(features.map((feature) => feature ?? "")),
  ].join(DELIMITER);
export const labelLine = (number: number, { id, value }: Label): string =>
  [number, JSON.stringify(id), JSON.stringify(value)].join(DELIMITER);

export const createCapturesSql = ({ database, captures }: JoinTables, location: string): string =>
  createSql(database, captures, "t string, cells string", location);
export const createLabelsSql = ({ database, labels }: JoinTables, location: string): string =>
  createSql(database, labels, "label string", location);

const createSql = (database: string, table: string, columns: string, location: string): string =>
  `CREATE EXTERNAL TABLE IF NOT EXISTS ${database}.${table} (n bigint, id string, ${columns}) STORED AS TEXTFILE LOCATION ${textLiteral(location)}`;

const named = ({ database }: JoinTables, table: string): string =>
  `${identifier(database)}.${identifier(table)}`;

/** Of repeated captures the first counts, of repeated labels the last. */
function joinedSql(tables: JoinTables): string {
  const captures = `SELECT id, min_by(t, n) AS t, min_by(cells, n) AS cells FROM ${named(tables, tables.captures)} GROUP BY id`;
  const labels = `SELECT id, max_by(label, n) AS label FROM ${named(tables, tables.labels)} GROUP BY id`;
  return `SELECT c.t AS t, c.id AS id, c.cells AS cells, l.label AS label FROM (${captures}) AS c JOIN (${labels}) AS l ON c.id = l.id`;
}

/** Rows of one time lie in one range. */
const isBefore = (start: string): string => `t < ${textLiteral(start)}`;

/**
 * Writes the joined rows of some ranges, each range in a folder of its own; at most `MOST_RANGES` at once. `starts`: first times of all ranges but the
 * first, rising.
 */
export const unloadJoinedSql = (
  tables: JoinTables,
  starts: readonly string[],
  range: readonly [number, number],
  location: string,
): string =>
  unloadRangesSql(
    { rows: joinedSql(tables), columns: "t, id, cells, label", starts, isBefore },
    range,
    location,
  );

/** Joined rows and their characters in each range: columns r, n and chars. */
export const joinedSizesSql = (tables: JoinTables, starts: readonly string[]): string =>
  sizesSql({
    rows: joinedSql(tables),
    columns: "length(id) + length(cells) + length(label) AS chars",
    starts,
    isBefore,
  });

/** How many there are of each kind: columns what and n. */
export function countsSql(tables: JoinTables): string {
  const [captures, labels] = [named(tables, tables.captures), named(tables, tables.labels)];
  const before = `SELECT label, lag(label) OVER (PARTITION BY id ORDER BY n) AS earlier FROM ${labels}`;
  const counts: Record<keyof JoinCounted, string> = {
    captures: `count(*) AS n FROM ${captures}`,
    observations: `count(DISTINCT id) AS n FROM ${captures}`,
    labels: `count(*) AS n FROM ${labels}`,
    labelledIds: `count(DISTINCT id) AS n FROM ${labels}`,
    conflicting: `count(*) AS n FROM (${before}) AS pairs WHERE label <> earlier`,
  };
  return Object.entries(counts)
    .map(([what, count]) => `SELECT '${what}' AS what, ${count}`)
    .join(" UNION ALL ");
}

export interface JoinCounted {
  /** Captured rows, repeated ones too. */
  readonly captures: number;
  readonly observations: number;
  /** Labels, repeated ones too. */
  readonly labels: number;
  readonly labelledIds: number;
  readonly conflicting: number;
}

/** The counts that `joinLabels` gives. */
export const joinCounts = (counted: JoinCounted, joined: number): Joined["counts"] => ({
  observations: counted.observations,
  labels: counted.labelledIds,
  joined,
  duplicateObservations: counted.captures - counted.observations,
  repeatedLabels: counted.labels - counted.labelledIds,
  conflictingLabels: counted.conflicting,
  labelsWithoutObservation: counted.labelledIds - joined,
  observationsWithoutLabel: counted.observations - joined,
});

export interface JoinedRow {
  readonly id: string;
  readonly cells: Cells;
}

/** Reads one line of UNLOAD's JSON. */
export function unloadedJoin(json: string): JoinedRow {
  const { t, id, cells, label } = JSON.parse(json) as Readonly<Record<string, string>>;
  const text = (value: string | undefined): unknown => JSON.parse(value as string);
  return {
    id: text(id) as string,
    cells: [t as string, ...(text(cells) as string[]), text(label) as string],
  };
}

/** The order of `joinLabels`: by time, rows of one time by their ids. Sorts in place. */
export const orderJoined = (rows: JoinedRow[]): JoinedRow[] =>
  rows.sort((a, b) => byText(a.cells[0] as string, b.cells[0] as string) || byText(a.id, b.id));

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
