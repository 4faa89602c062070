import type { TableCells } from "./cells.ts";
import type { Dialect } from "./dialect.ts";
import { identifier, textLiteral } from "./literals.ts";
import { Asked, misfitName, ROWS } from "./scope.ts";
import { Unsupported } from "./types.ts";

/** A statement, and which answer each of its cells is. */
export type Statement =
  /** One row with a0, a1, ... */
  | { readonly kind: "scan"; readonly sql: string; readonly measures: readonly string[] }
  /** Rows with k, the number of a listing, and v, its JSON text. */
  | { readonly kind: "listings"; readonly sql: string; readonly listings: readonly string[] };

/**
 * The questions of all parts in as few statements as the engine's limits allow: one scan for every aggregate, one union
 * for every listing. Equal questions are asked once. Throws Unsupported when one alone is past a limit.
 */
export function statementsOf(parts: readonly Asked[], cells: TableCells, dialect: Dialect): Statement[] {
  const scans = parts.filter(({ measures }) => measures.size > 0);
  const listings = oneByOne(parts);
  return [
    ...grouped(scans, (asked) => scan(asked, cells), dialect),
    ...grouped(listings, (asked) => listing(asked, cells), dialect),
  ];
}

/** Every listing by itself, with the columns it needs. */
function oneByOne(parts: readonly Asked[]): Asked[] {
  const listings = new Map<string, Asked>();
  for (const part of parts)
    for (const text of part.listings) {
      const asked = new Asked(part.cells, [text]);
      listings.set(text, listings.get(text)?.with(asked) ?? asked);
    }
  return [...listings.values()];
}

/** Fills statements one after the other, each with as many parts as fit. */
function grouped(
  parts: readonly Asked[],
  write: (asked: Asked) => Statement,
  { limits }: Dialect,
): Statement[] {
  const statements: Statement[] = [];
  let group = new Asked();
  let written: Statement | undefined;
  for (const part of parts) {
    const more = group.with(part);
    const tried = write(more);
    const isFit = bytesOf(tried.sql) <= limits.statementBytes && isSmall(more, limits);
    if (!isFit && written !== undefined) statements.push(written);
    group = isFit ? more : part;
    written = isFit ? tried : write(part);
    if (bytesOf(written.sql) > limits.statementBytes)
      throw new Unsupported(
        `expected an expectation whose statement has at most ${limits.statementBytes} bytes, got ${bytesOf(written.sql)}; shorten its list of values`,
      );
  }
  return written === undefined ? statements : [...statements, written];
}

/** In UTF-8. */
const bytesOf = (sql: string): number => new TextEncoder().encode(sql).length;

/** What the engine plans a stage of its own for; text that looks like it only splits statements earlier. */
const SUBQUERY = /IN \(SELECT |^count\(DISTINCT/;

function isSmall({ marks, measures, listings }: Asked, limits: Dialect["limits"]): boolean {
  const subqueries = [...marks.keys(), ...measures].filter((sql) => SUBQUERY.test(sql)).length;
  return subqueries + listings.size <= limits.subqueries && measures.size <= limits.aggregates;
}

/** The table under short names, with NULL for what is missing. */
function base(asked: Asked, cells: TableCells, withMisfits: boolean): string {
  const { name, rowNumber } = cells.table;
  const columns = [...asked.cells.values()];
  const misfits = columns.flatMap((column) => {
    const clause = withMisfits ? cells.misfit(column) : undefined;
    return clause === undefined ? [] : [`coalesce(${clause}, FALSE) AS ${misfitName(column)}`];
  });
  const list = [
    ...(rowNumber === undefined ? [] : [`CAST(${identifier(rowNumber)} AS BIGINT) AS rn`]),
    ...columns.map((column) => cells.definition(column)),
    ...misfits,
  ];
  // A table without columns of interest still has rows to count.
  const selected = list.length === 0 ? "1 AS one" : list.join(", ");
  return `${ROWS} AS (SELECT ${selected} FROM ${name.map(identifier).join(".")})`;
}

function scan(asked: Asked, cells: TableCells): Statement {
  const measures = [...asked.measures];
  const facts = [...asked.facts].map(([sql, alias]) => `${sql} AS ${alias}`);
  const marks = [...asked.marks].map(([sql, alias]) => `${sql} AS ${alias}`);
  const from = facts.length === 0 ? ROWS : `${ROWS} CROSS JOIN sluice_facts`;
  const tables = [
    base(asked, cells, true),
    ...(facts.length === 0 ? [] : [`sluice_facts AS (SELECT ${facts.join(", ")} FROM ${ROWS})`]),
    `sluice_marked AS (SELECT ${[`${ROWS}.*`, ...marks].join(",\n")} FROM ${from})`,
  ];
  const selected = measures.map((sql, i) => `${sql} AS a${i}`).join(",\n");
  return {
    kind: "scan",
    sql: `WITH ${tables.join(",\n")}\nSELECT ${selected}\nFROM sluice_marked`,
    measures,
  };
}

function listing(asked: Asked, cells: TableCells): Statement {
  const listings = [...asked.listings];
  const parts = listings.map((sql, i) => `SELECT ${textLiteral(String(i))} AS k, v FROM (${sql}) AS l${i}`);
  const sql = `WITH ${base(asked, cells, false)}\n${parts.join("\nUNION ALL\n")}`;
  return { kind: "listings", sql, listings };
}
