import type { SqlKind } from "./types.ts";

/** Where the SQL of two engines differs. Everything else is written once, in what Trino and DuckDB share. */
export interface Dialect {
  readonly name: "athena" | "duckdb";
  isNaN(number: string): string;
  /** JSON text of a non-missing value. */
  json(value: string): string;
  /** Whether the text is JSON by RFC 8259. The text must not hold half a surrogate pair as an escape. */
  isJson(text: string): string;
  isMatch(text: string, pattern: string): string;
  replaceAll(text: string, pattern: string, replacement: string): string;
  /** The value of the row before, leaving out NULLs. */
  previous(value: string, order: string): string;
  /** A time as ISO text in UTC with milliseconds, finer parts left out, as the Parquet reader gives it. */
  isoText(time: string): string;
  /** Elements with a separator between; NULL when there is no list. */
  join(list: string, separator: string): string;
  /** Meaning of a column by its type; days and times are turned to text. undefined: no expectation can be run on it. */
  kindOf(type: string): SqlKind | "day" | "time" | undefined;
  /** Regular expressions know look-arounds (Joni does, RE2 does not). */
  readonly hasLookArounds: boolean;
  readonly limits: {
    /** Bytes of one statement. */
    readonly statementBytes: number;
    /** Subqueries in one statement: Trino stops at 100 to 150 stages (query.max-stage-count), of which each takes two to four. */
    readonly subqueries: number;
    /** Aggregates in one statement: Trino compiles them to one class of limited size. */
    readonly aggregates: number;
    /** Examples of one expectation, by min_by. */
    readonly examples: number;
  };
}

const KINDS: readonly (readonly [RegExp, SqlKind | "day" | "time"])[] = [
  [/^(tiny|small|big|hu?ge)?int(eger)?$|^u(tiny|small|big)?int(eger)?$/, "integer"],
  [/^(double( precision)?|real|float[48]?|decimal.*|numeric.*)$/, "number"],
  [/^bool(ean)?$/, "boolean"],
  [/^(varchar|char|string|text|bpchar).*$/, "string"],
  [/^date$/, "day"],
  [/^(timestamp(\(\d+\))?( without time zone)?|timestamp_(s|ms|ns)|datetime)$/, "time"],
];

function kindOf(type: string): SqlKind | "day" | "time" | undefined {
  return KINDS.find(([pattern]) => pattern.test(type.trim().toLowerCase()))?.[1];
}

/** Trino's SQL as Athena's engine version 3 runs it. */
export const ATHENA: Dialect = {
  name: "athena",
  isNaN: (number) => `is_nan(${number})`,
  json: (value) => `json_format(CAST(${value} AS JSON))`,
  isJson: (text) => `TRY(json_parse(${text})) IS NOT NULL`,
  isMatch: (text, pattern) => `regexp_like(${text}, ${pattern})`,
  replaceAll: (text, pattern, replacement) => `regexp_replace(${text}, ${pattern}, ${replacement})`,
  previous: (value, order) => `lag(${value}) IGNORE NULLS OVER (ORDER BY ${order})`,
  isoText: (time) => `to_iso8601(CAST(date_trunc('millisecond', ${time}) AS timestamp(3))) || 'Z'`,
  join: (list, separator) => `array_join(${list}, ${separator})`,
  kindOf,
  hasLookArounds: true,
  // Query string length: Athena's quota, 262,144 bytes. min_by: Trino takes at most 10,000 rows.
  limits: { statementBytes: 262_144, subqueries: 15, aggregates: 200, examples: 10_000 },
};

/** DuckDB, for tests and local files; regular expressions are RE2's. */
export const DUCKDB: Dialect = {
  name: "duckdb",
  isNaN: (number) => `isnan(${number})`,
  json: (value) => `CAST(to_json(${value}) AS VARCHAR)`,
  // json_valid lets NaN, infinities and commas before a closing bracket pass; outside of strings, none is JSON.
  isJson: (text) =>
    `json_valid(${text}) AND NOT regexp_matches(regexp_replace(${text}, '"(?:[^"\\\\]|\\\\.)*"', '""', 'g'), '(?i)nan|inf|,\\s*[\\]}]')`,
  isMatch: (text, pattern) => `regexp_matches(${text}, ${pattern})`,
  replaceAll: (text, pattern, replacement) => `regexp_replace(${text}, ${pattern}, ${replacement}, 'g')`,
  previous: (value, order) => `lag(${value} IGNORE NULLS) OVER (ORDER BY ${order})`,
  isoText: (time) => `strftime(CAST(${time} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ')`,
  join: (list, separator) => `array_to_string(${list}, ${separator})`,
  kindOf,
  hasLookArounds: false,
  limits: { statementBytes: 16 * 1024 * 1024, subqueries: 100, aggregates: 1000, examples: 100_000 },
};
