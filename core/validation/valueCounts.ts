import { compareValues, kindOf, valueKey } from "./pythonValues.ts";
import { ExpectationError } from "./types.ts";

export interface ValueCount {
  readonly value: unknown;
  readonly count: number;
}

/**
 * The most frequent values (of equals, the first seen), then in order of count and value, as Python's `Counter` and `sorted` give them; records
 * of several columns are counted as lists. In columns of floats (`areFloats`) no missing value equals another, and missing values have no
 * order. undefined where values do not compare.
 */
export function countValues(
  values: readonly unknown[],
  most: number,
  areFloats: readonly boolean[],
): ValueCount[] | undefined {
  const counts = new Map<unknown, { value: unknown; count: number }>();
  for (const given of values) {
    const value = isRecord(given) ? Object.values(given) : given;
    const isNew = partsOf(value).some((part, i) => part === null && areFloats[i] === true);
    const key = isNew ? Symbol() : valueKey(value);
    const entry = counts.get(key);
    if (entry === undefined) counts.set(key, { value, count: 1 });
    else entry.count++;
  }
  const frequent = [...counts.values()].sort((a, b) => b.count - a.count).slice(0, most);
  try {
    return sortedAsPython(frequent, (a, b) =>
      a.count === b.count ? isLess(a.value, b.value, areFloats) : a.count > b.count,
    );
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && kindOf(value) === "object";

const partsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** By the first part that differs. Throws ExpectationError for parts of different types. */
function isLess(a: unknown, b: unknown, areFloats: readonly boolean[]): boolean {
  const [left, right] = [partsOf(a), partsOf(b)];
  const at = left.findIndex((x, i) => {
    const y = right[i];
    return x === null && y === null ? areFloats[i] : valueKey(x) !== valueKey(y);
  });
  if (at < 0) return false;
  const [x, y] = [left[at], right[at]];
  // Missing is NaN, a number that no number is less than.
  return compareValues(x ?? Number.NaN, y ?? Number.NaN) < 0;
}

/**
 * Python's sort of a short list, comparison by comparison: where values without an order end up, and whether some that cannot be compared
 * meet, depends on which are compared (a run at the start, then binary insertion).
 */
function sortedAsPython<T>(items: readonly T[], less: (a: T, b: T) => boolean): T[] {
  const [first, second] = items as [T, T];
  if (items.length < 2) return [...items];
  const isFalling = less(second, first);
  let run = 2;
  while (run < items.length && less(items[run] as T, items[run - 1] as T) === isFalling) run++;
  const sorted = items.slice(0, run);
  if (isFalling) sorted.reverse();
  for (const item of items.slice(run)) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (less(item, sorted[middle] as T)) high = middle;
      else low = middle + 1;
    }
    sorted.splice(low, 0, item);
  }
  return sorted;
}
