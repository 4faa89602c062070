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

/** Length as Python counts it. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    if ((text.charCodeAt(i) & 0xfc00) !== 0xd800 || (text.charCodeAt(i + 1) & 0xfc00) !== 0xdc00) continue;
    count--;
    i++;
  }
  return count;
}

/** UTF-16 order differs from code-point order above the basic plane: a surrogate comes after every other unit. */
export function codePointOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number): boolean => (unit & 0xf800) === 0xd800;

/** Python type names that a value answers to. */
export function typeName(value: unknown): "int" | "float" | "str" | "bool" | "datetime" | "object" {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "bigint") return "int";
  if (typeof value === "string") return "str";
  return value instanceof Date ? "datetime" : "object";
}

/**
 * Key under which equal values meet: 1 and 1.0 are equal, 1 and "1" are not, True equals 1 as in Python. Text stands for itself, so that
 * nothing is made for it; what is not text or number begins with a character that text keys do not begin with.
 */
export function valueKey(value: unknown): string | number {
  if (typeof value === "string") return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value instanceof Date ? `\0d${value.getTime()}` : `\0j${JSON.stringify(value)}`;
}
