import { MISSING_WORDS } from "../csvCells.ts";
import { shown } from "../messages.ts";
import { isNumeric as isNumericValue } from "../pythonValues.ts";
import type { Dialect } from "./dialect.ts";
import { identifier, numberLiteral, textLiteral } from "./literals.ts";
import { type SqlColumn, type SqlKind, type SqlTable, Unsupported } from "./types.ts";

/** A column under the short name that statements know it by; missing cells are NULL there. */
export interface Cells {
  readonly name: string;
  readonly sql: string;
  readonly kind: SqlKind;
  /** Text is the ISO text of a day or a time. */
  readonly moment?: "day" | "time";
}

/** A column of the table itself. */
export interface TableColumn extends Cells {
  /** The cells as the table has them. */
  readonly raw: string;
}

/** What an expectation without its column meets; the suite runner makes it that expectation's exception. */
export class NoSuchColumn extends Error {}

/** The columns of a table as expressions: typed, with NULL for what is missing. */
export class TableCells {
  readonly table: SqlTable;
  readonly #dialect: Dialect;
  readonly #places: ReadonlyMap<string, number>;

  constructor(table: SqlTable, dialect: Dialect) {
    this.table = table;
    this.#dialect = dialect;
    this.#places = new Map(table.columns.map(({ name }, i) => [name, i]));
  }

  /** Throws NoSuchColumn, or Unsupported for a column of a type that has no counterpart in the streaming engine. */
  column(name: string): TableColumn {
    const place = this.#places.get(name);
    if (place === undefined) throw new NoSuchColumn();
    const { type, source = name } = this.table.columns[place] as SqlColumn;
    const found = this.#dialect.kindOf(type);
    if (found === undefined)
      throw new Unsupported(
        `column ${shown(name)}: expected a number, text, truth value or time, got type ${shown(type)}; select plain columns in a view`,
      );
    const { isText, isTypedByColumn } = this.table;
    const column = { name, sql: `c${place}`, raw: identifier(source) };
    // Text of times stays text, and where each cell has its own type, so do true and false.
    if (found === "day" || found === "time")
      return { ...column, kind: "string", ...(isText === true ? {} : { moment: found }) };
    const isKept = found !== "boolean" || isText !== true || isTypedByColumn === true;
    return { ...column, kind: isKept ? found : "string" };
  }

  /** The column as the table has it, made what `column` promises. */
  definition(column: TableColumn): string {
    return `${this.table.isText === true ? this.#fromText(column) : this.#fromTyped(column)} AS ${column.sql}`;
  }

  #fromTyped({ raw, kind, moment }: TableColumn): string {
    if (kind === "number") {
      const number = `CAST(${raw} AS DOUBLE)`;
      return `CASE WHEN ${this.#dialect.isNaN(number)} THEN NULL ELSE ${number} END`;
    }
    if (kind === "integer") return `CAST(${raw} AS BIGINT)`;
    if (kind === "boolean") return raw;
    return moment === "time" ? this.#dialect.isoText(raw) : `CAST(${raw} AS VARCHAR)`;
  }

  #fromText({ raw, kind }: TableColumn): string {
    if (this.table.isTypedByColumn === true) return typedByColumn(raw, kind);
    if (kind === "string") return `nullif(${raw}, '')`;
    const isNumber = this.#dialect.isMatch(raw, textLiteral(PLAIN_NUMBER));
    return `CASE WHEN ${isNumber} THEN TRY_CAST(${raw} AS ${kind === "integer" ? "BIGINT" : "DOUBLE"}) END`;
  }

  /** Cells that are there and are not what the column says; undefined where none can be. */
  misfit(column: TableColumn): string | undefined {
    const { raw, kind } = column;
    const { isText, isTypedByColumn } = this.table;
    if (isText !== true || (kind === "string" && isTypedByColumn === true)) return undefined;
    if (kind === "string") return `coalesce(${this.#dialect.isMatch(raw, textLiteral(PLAIN_NUMBER))}, FALSE)`;
    const isThere = isTypedByColumn === true ? `NOT ${isMissingText(raw)}` : `${raw} <> ''`;
    return `${isThere} AND ${this.#fromText(column)} IS NULL`;
  }
}

/** NULL for NULL. */
const isMissingText = (raw: string): string => `${raw} IN ('', ${MISSING_WORDS.map(textLiteral).join(", ")})`;

/** A cell as pandas reads CSV, of a column that is of one kind throughout. */
function typedByColumn(raw: string, kind: SqlKind): string {
  if (kind === "string") return `CASE WHEN NOT ${isMissingText(raw)} THEN ${raw} END`;
  if (kind === "boolean") return `CASE lower(${raw}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END`;
  const digits = `trim(BOTH ' \t' FROM ${raw})`;
  if (kind === "integer") return `TRY_CAST(${digits} AS BIGINT)`;
  const infinite = (sign: string): string => `CAST('${sign}Infinity' AS DOUBLE)`;
  return `CASE WHEN lower(${raw}) IN ('inf', '+inf', 'infinity', '+infinity') THEN ${infinite("")} WHEN lower(${raw}) IN ('-inf', '-infinity') THEN ${infinite("-")} WHEN NOT ${isMissingText(raw)} THEN TRY_CAST(${digits} AS DOUBLE) END`;
}

/** A cell of a CSV file that its reader takes for a number. */
const PLAIN_NUMBER = "\\A[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?\\z";

/** Clause of values that are there. */
export const isPresent = ({ sql }: Cells): string => `${sql} IS NOT NULL`;

export const isNumeric = ({ kind }: Cells): boolean => kind !== "string";

/** Truth values count as 1 and 0. */
export function numberOf({ sql, kind }: Cells): string {
  return kind === "boolean" ? `CASE WHEN ${sql} THEN 1 WHEN NOT ${sql} THEN 0 END` : sql;
}

/** A double, in which sums do not overflow. */
export function doubleOf(cells: Cells): string {
  return `CAST(${numberOf(cells)} AS DOUBLE)`;
}

/** What compares: text as text, anything else as a number. */
export function comparable(cells: Cells): string {
  return cells.kind === "string" ? cells.sql : numberOf(cells);
}

/** An expression whose values are what `comparable` makes of the column's. */
export function comparedAs(sql: string, { name, kind }: Cells): Cells {
  return { name, sql, kind: kind === "boolean" ? "integer" : kind };
}

/** A whole number that doubles do not hold and 64 bits do: compared with whole ones it is to be exact. */
const isLong = (value: unknown): boolean => typeof value === "bigint" && BigInt.asIntN(64, value) === value;

/** A literal that compares with the column; undefined where no cell can equal it. */
export function literalFor(cells: Cells, value: unknown): string | undefined {
  if (typeof value === "string") return cells.kind === "string" ? textLiteral(value) : undefined;
  if (!isNumericValue(value)) return undefined;
  if (cells.kind === "integer" && isLong(value)) return String(value);
  return isNumeric(cells) ? numberLiteral(Number(value)) : undefined;
}

/** Whether the value is one of the list; NULL for NULL. */
export function isIn(cells: Cells, values: readonly unknown[]): string {
  const literals = [...new Set(values.map((value) => memberLiteral(cells, value)))].filter(
    (v) => v !== undefined,
  );
  return literals.length === 0 ? "FALSE" : `${comparable(cells)} IN (${literals.join(", ")})`;
}

/**
 * As `literalFor`, where nothing but equality is asked. One double among the literals would make doubles of all, so a column of whole numbers
 * has whole ones only.
 */
export function memberLiteral(cells: Cells, value: unknown): string | undefined {
  if (!isNumericValue(value)) return literalFor(cells, value);
  const whole = typeof value === "bigint" ? value : Number.isInteger(Number(value)) && BigInt(Number(value));
  if (cells.kind === "integer")
    return whole !== false && BigInt.asIntN(64, whole) === whole ? String(whole) : undefined;
  const isRounded = typeof value === "bigint" && BigInt(Number(value)) !== value;
  return isRounded ? undefined : literalFor(cells, value);
}

/** A cell as JSON text, `null` where it is missing; an infinite number as one that JSON readers take for infinite. */
export function jsonOf({ sql, kind }: Cells, dialect: Dialect): string {
  if (kind === "integer") return `coalesce(CAST(${sql} AS VARCHAR), 'null')`;
  const json = `coalesce(${dialect.json(sql)}, 'null')`;
  if (kind !== "number") return json;
  const most = numberLiteral(Number.MAX_VALUE);
  return `CASE WHEN ${sql} > ${most} THEN '1e999' WHEN ${sql} < -${most} THEN '-1e999' ELSE ${json} END`;
}
