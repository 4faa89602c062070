import { unlike } from "../messages.ts";
import { Unsupported } from "./types.ts";

/** Name in double quotes, which makes any character part of the name, in Trino and DuckDB alike. */
export function identifier(name: string): string {
  return `"${checked(name).replaceAll('"', '""')}"`;
}

/** Text in single quotes; standard SQL knows no other escape than the doubled quote, so a backslash is itself. */
export function textLiteral(text: string): string {
  return `'${checked(text).replaceAll("'", "''")}'`;
}

/** A number as a literal of type DOUBLE: with an exponent, else it would be a DECIMAL and compare otherwise. */
export function numberLiteral(value: number): string {
  if (!Number.isFinite(value)) throw new Unsupported(`expected finite numbers, got ${value}`);
  const text = value.toExponential().toUpperCase();
  return value < 0 ? `(${text})` : text;
}

/** U+0000 and half surrogate pairs have no place in a statement. */
function checked(text: string): string {
  if (text.includes("\0") || !text.isWellFormed())
    throw new Unsupported(unlike("text without U+0000 and half surrogate pairs", text));
  return text;
}
