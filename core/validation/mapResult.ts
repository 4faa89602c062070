import { codePointOrder, valueKey } from "./pythonValues.ts";
import type { EvaluatorResult, Reporting } from "./types.ts";

/** Counts a map expectation and keeps as many examples as the result format asks for. */
export class MapTally {
  rows = 0;
  missing = 0;
  unexpected = 0;
  #reporting: Reporting;
  #values: unknown[] = [];
  #indices: number[] = [];

  constructor(reporting: Reporting) {
    this.#reporting = reporting;
  }

  addUnexpected(value: unknown, index: number): void {
    this.unexpected++;
    const { format, examples } = this.#reporting;
    if (format === "BOOLEAN_ONLY") return;
    if (format === "COMPLETE" || this.#values.length < examples) {
      this.#values.push(value);
      this.#indices.push(index);
    }
  }

  /** `countsMissing`: the expectation is about missing values, so all rows count and no missing_* are written. */
  result(mostly: number, countsMissing = false): EvaluatorResult {
    const nonmissing = countsMissing ? this.rows : this.rows - this.missing;
    const success = nonmissing === 0 || (nonmissing - this.unexpected) / nonmissing >= mostly;
    const { format, examples, showsValues } = this.#reporting;
    if (format === "BOOLEAN_ONLY") return { success, result: {} };
    const percent = (part: number, whole: number): number | null =>
      whole === 0 ? null : (part / whole) * 100;
    const shown = showsValues ? this.#values : [];
    const partial = shown.slice(0, examples);
    const result: Record<string, unknown> = {
      element_count: this.rows,
      unexpected_count: this.unexpected,
      unexpected_percent: nonmissing === 0 && countsMissing ? null : percent(this.unexpected, nonmissing),
      partial_unexpected_list: partial,
    };
    if (!countsMissing) {
      result.missing_count = this.missing;
      result.missing_percent = percent(this.missing, this.rows);
      result.unexpected_percent_total = percent(this.unexpected, this.rows);
      result.unexpected_percent_nonmissing = percent(this.unexpected, nonmissing);
    }
    if (format === "BASIC") return { success, result };
    result.partial_unexpected_counts = countValues(shown, examples);
    result.partial_unexpected_index_list = this.#indices.slice(0, examples);
    if (format === "COMPLETE") {
      result.unexpected_list = shown;
      result.unexpected_index_list = this.#indices;
      result.unexpected_index_query = `df.filter(items=[${this.#indices.join(", ")}], axis=0)`;
    }
    return { success, result };
  }
}

/** The most frequent (of equals, the first seen), then in order of count and value. Records of several columns are counted as lists. */
function countValues(values: readonly unknown[], most: number): { value: unknown; count: number }[] {
  const counts = new Map<string | number, { value: unknown; count: number }>();
  for (const given of values) {
    const isRecord =
      typeof given === "object" && given !== null && !Array.isArray(given) && !(given instanceof Date);
    const value = isRecord ? Object.values(given) : given;
    const key = valueKey(value);
    const entry = counts.get(key);
    if (entry === undefined) counts.set(key, { value, count: 1 });
    else entry.count++;
  }
  const frequent = [...counts.values()].sort((a, b) => b.count - a.count).slice(0, most);
  return frequent.sort((a, b) => b.count - a.count || order(a.value, b.value));
}

/** Numbers before text, missing ones last; lists by their first differing part. */
function order(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < a.length; i++) {
      const gap = order(a[i], b[i]);
      if (gap !== 0) return gap;
    }
    return 0;
  }
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  return codePointOrder(String(a), String(b));
}
