import { ExpectationError } from "./types.ts";

/** Text of a value as Python's str() gives it, on which regular expressions and lengths work. */
export function pythonText(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof Date) return value.toISOString();
  return String(value);
}

/** Order of two values of one type; numbers with numbers, text with text (by code point), dates with dates. */
export function compareValues(a: unknown, b: unknown): number {
  if (isNumeric(a) && isNumeric(b)) return Number(a) - Number(b);
  if (typeof a === "string" && typeof b === "string") return a === b ? 0 : codePointOrder(a, b);
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  throw new ExpectationError(
    `comparison not supported between ${typeName(a)} ${JSON.stringify(a)} and ${typeName(b)} ${JSON.stringify(b)}; give bounds of the column's type`,
  );
}

function isNumeric(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint";
}

/** UTF-16 order differs from code-point order above the basic plane. */
export function codePointOrder(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const gap = (x[i]?.codePointAt(0) as number) - (y[i]?.codePointAt(0) as number);
    if (gap !== 0) return gap;
  }
  return x.length - y.length;
}

/** Python type names that a value answers to. */
export function typeName(value: unknown): "int" | "float" | "str" | "bool" | "datetime" | "object" {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "bigint") return "int";
  if (typeof value === "string") return "str";
  return value instanceof Date ? "datetime" : "object";
}

/** Key under which equal values meet: 1 and 1.0 are equal, 1 and "1" are not, True equals 1 as in Python. */
export function valueKey(value: unknown): string | number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string") return `s${value}`;
  if (value instanceof Date) return `d${value.getTime()}`;
  return `j${JSON.stringify(value)}`;
}
