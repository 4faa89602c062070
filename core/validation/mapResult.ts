import { mostlyKwarg } from "./kwargs.ts";
import type { EvaluatorResult, Kwargs, Reporting } from "./types.ts";
import { countValues } from "./valueCounts.ts";

/** Great Expectations lists no more values, COMPLETE or not; indices it lists all. */
const MOST_VALUES = 200;

/** Counts a map expectation and keeps as many examples as the result format asks for. */
export class MapTally {
  rows = 0;
  missing = 0;
  unexpected = 0;
  readonly #mostly: number;
  readonly #reporting: Reporting;
  #values: unknown[] = [];
  #indices: number[] = [];

  constructor(kwargs: Kwargs, reporting: Reporting) {
    this.#mostly = mostlyKwarg(kwargs);
    this.#reporting = reporting;
  }

  addUnexpected(value: unknown, index: number): void {
    this.unexpected++;
    const { format, examples, indices } = this.#reporting;
    if (this.#indices.length < indices) this.#indices.push(index);
    if (format === "BOOLEAN_ONLY") return;
    if (this.#values.length < (format === "COMPLETE" ? MOST_VALUES : Math.min(examples, MOST_VALUES)))
      this.#values.push(value);
  }

  /**
   * `areFloats`: whether the columns whose values are shown are of floats. `countsMissing`: the expectation is about missing values, so all
   * rows count and no missing_* are written.
   */
  result(areFloats: readonly boolean[] = [], countsMissing = false): EvaluatorResult {
    const nonmissing = countsMissing ? this.rows : this.rows - this.missing;
    const success = nonmissing === 0 || (nonmissing - this.unexpected) / nonmissing >= this.#mostly;
    const { format, examples, showsValues, writesQuery } = this.#reporting;
    const unexpectedRows = this.#indices;
    const query = writesQuery
      ? { unexpected_index_query: `df.filter(items=[${unexpectedRows.join(", ")}], axis=0)` }
      : {};
    const percent = (part: number, whole: number): number | null =>
      whole === 0 ? null : (part / whole) * 100;
    const values = this.#values;
    const result: Record<string, unknown> = {
      element_count: this.rows,
      unexpected_count: this.unexpected,
      ...query,
      unexpected_percent: nonmissing === 0 && countsMissing ? null : percent(this.unexpected, nonmissing),
    };
    if (showsValues) result.partial_unexpected_list = values.slice(0, examples);
    if (!countsMissing) {
      result.missing_count = this.missing;
      result.missing_percent = percent(this.missing, this.rows);
      result.unexpected_percent_total = percent(this.unexpected, this.rows);
      result.unexpected_percent_nonmissing = percent(this.unexpected, nonmissing);
    }
    if (format === "BASIC") return { success, result, unexpectedRows };
    if (examples > 0) {
      const counts = showsValues ? countValues(values, examples, areFloats) : undefined;
      if (counts !== undefined) result.partial_unexpected_counts = counts;
      result.partial_unexpected_index_list = unexpectedRows.slice(0, examples);
    }
    if (format === "COMPLETE") {
      if (showsValues) result.unexpected_list = values;
      result.unexpected_index_list = unexpectedRows;
    }
    return { success, result, unexpectedRows };
  }
}
