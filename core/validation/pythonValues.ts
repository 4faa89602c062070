import { shown } from "./messages.ts";
import { Moment, readTime } from "./moment.ts";
import { ExpectationError, isMissing } from "./types.ts";

/** Text of a value as Python's str() gives it, on which regular expressions and lengths work. */
export function pythonText(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : floatText(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof Date) return value.toISOString();
  return value instanceof Moment ? value.toJSON().replace("T", " ") : String(value);
}

/** Text of a number that is a float in Python, also where it is whole: "5.0", "1e+16", "1e-05", "inf". */
export function floatText(x: number): string {
  if (!Number.isFinite(x)) return String(x).replace("Infinity", "inf");
  const [digits, exponent] = x.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (x !== 0 && (power < -4 || power >= 16))
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  return Number.isInteger(x) ? `${Object.is(x, -0) ? "-0" : x}.0` : String(x);
}

/** Order of two values of one type; numbers with numbers, text with text (by code point), times with times. */
export function compareValues(a: unknown, b: unknown): number {
  if (isNumeric(a) && isNumeric(b)) {
    if (typeof a === "bigint" || typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
    return Number(a) === Number(b) ? 0 : Number(a) - Number(b);
  }
  if (typeof a === "string" && typeof b === "string") return a === b ? 0 : codePointOrder(a, b);
  const [x, y] = [timeOf(a), timeOf(b)];
  const isUnlike = a instanceof Moment && b instanceof Moment && a.isDay !== b.isDay;
  if (x !== undefined && y !== undefined && !isUnlike) return x - y;
  throw new ExpectationError(
    `comparison not supported between ${kindOf(a)} ${shown(a)} and ${kindOf(b)} ${shown(b)}; give bounds of the column's type`,
  );
}

function timeOf(value: unknown): number | undefined {
  if (value instanceof Moment) return value.milliseconds;
  if (value instanceof Date) return value.getTime();
  return typeof value === "string" ? readTime(value) : undefined;
}

export function isNumeric(value: unknown): value is number | boolean | bigint {
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

/** Python's type of a value. */
export type Kind = "int" | "float" | "str" | "bool" | "date" | "datetime" | "object";

export function kindOf(value: unknown): Kind {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "bigint") return "int";
  if (typeof value === "string") return "str";
  if (value instanceof Moment && value.isDay) return "date";
  return value instanceof Date || value instanceof Moment ? "datetime" : "object";
}

/**
 * Key under which equal values meet: 1 and 1.0 are equal, 1 and "1" are not, True equals 1 as in Python. Text stands for itself, so that
 * nothing is made for it; what is not text or number begins with a character that text keys do not begin with.
 */
export function valueKey(value: unknown): string | number | bigint {
  if (typeof value === "string") return value.charCodeAt(0) === 0 ? `\0s${value}` : value;
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Date) return `\0d${value.getTime()}`;
  return Array.isArray(value) ? `\0l${tupleKey(value)}` : `\0j${JSON.stringify(value)}`;
}

/** Key under which rows of equal values meet. */
export function tupleKey(values: readonly unknown[]): string {
  const keys = values.map((value) => (isMissing(value) ? null : valueKey(value)));
  // Text is told from numbers by its first character; JSON has no infinite ones.
  return JSON.stringify(keys.map((key) => (typeof key === "string" ? `"${key}` : String(key))));
}
