import { byName } from "./columnEvaluator.ts";
import { columnsOf } from "./expectationRun.ts";
import { unlike } from "./messages.ts";
import type { SuiteRunner } from "./suiteRunner.ts";
import { type ColumnBatch, isMissing, type ResultFormat, SuiteError, type SuiteResult } from "./types.ts";

const TO_BE_NULL = "expect_column_values_to_be_null";

interface RowOptions {
  readonly resultFormat: ResultFormat;
  readonly sensitiveColumns?: readonly string[];
}

/** Whether a result format asks for more of unexpected rows than their values and numbers. */
export const asksForRows = ({
  include_unexpected_rows,
  unexpected_index_column_names,
}: ResultFormat): boolean => include_unexpected_rows === true || unexpected_index_column_names !== undefined;

/**
 * Puts the rows themselves into a result, as Great Expectations writes them for `include_unexpected_rows` and
 * `unexpected_index_column_names`. Which rows are unexpected is known after the last one only, so all of them are passed a second time: `add`
 * the same batches again, then `finish`. Keeps the rows that are written, no others.
 */
export class UnexpectedRows {
  readonly #options: RowOptions;
  readonly #byExpectation: readonly (readonly number[] | undefined)[];
  /** Indices of rows to keep, rising, and how many of them were kept. */
  readonly #wanted: readonly number[];
  readonly #rows = new Map<number, Readonly<Record<string, unknown>>>();
  #passed = 0;

  /** `runner`: finished, with the same options. Throws SuiteError for index columns that are not in the data or must not be shown. */
  constructor(runner: SuiteRunner, columns: readonly string[], options: RowOptions) {
    const { resultFormat, sensitiveColumns = [] } = options;
    const wrong = (resultFormat.unexpected_index_column_names ?? []).filter(
      (name) => !columns.includes(name) || sensitiveColumns.includes(name),
    );
    if (wrong.length > 0)
      throw new SuiteError([
        `result_format.unexpected_index_column_names: ${unlike("columns of the data whose values may be shown", wrong)}; the data have ${columns.join(", ")}`,
      ]);
    this.#options = options;
    this.#byExpectation = runner.unexpectedRows;
    this.#wanted = [...new Set(this.#byExpectation.flatMap((indices) => indices ?? []))].sort(
      (a, b) => a - b,
    );
  }

  add({ rows, columns }: ColumnBatch): void {
    const { sensitiveColumns = [] } = this.#options;
    const names = Object.keys(columns).filter((name) => !sensitiveColumns.includes(name));
    for (let at = this.#rows.size; at < this.#wanted.length; at++) {
      const index = this.#wanted[at] as number;
      const place = index - this.#passed;
      if (place >= rows) break;
      const cell = (name: string): unknown => columns[name]?.[place];
      this.#rows.set(
        index,
        byName(names, (name) => (isMissing(cell(name)) ? null : cell(name))),
      );
    }
    this.#passed += rows;
  }

  /** The result with the rows in it. */
  finish(result: SuiteResult): SuiteResult {
    const results = result.results.map((one, i) => {
      const indices = this.#byExpectation[i];
      if (indices === undefined || Object.keys(one.result).length === 0) return one;
      const { type, kwargs } = one.expectation_config;
      const { unexpected_index_column_names: names } = this.#options.resultFormat;
      // Great Expectations names the columns in all results but this one's.
      const named =
        names === undefined || type === TO_BE_NULL ? {} : { unexpected_index_column_names: names };
      return {
        ...one,
        result: { ...one.result, ...named, ...this.#written(indices, columnsOf({ kwargs })) },
      };
    });
    return { ...result, results };
  }

  #written(indices: readonly number[], ofExpectation: readonly string[]): Record<string, unknown> {
    const format = this.#options.resultFormat;
    const { result_format: name, unexpected_index_column_names: names } = format;
    const examples = format.partial_unexpected_count ?? 20;
    const isDetailed = name === "SUMMARY" || name === "COMPLETE";
    const entries =
      names === undefined || !isDetailed ? undefined : this.#entries(indices, names, ofExpectation);
    const first = indices.slice(0, examples).map((index) => this.#rows.get(index));
    return {
      ...(format.include_unexpected_rows === true && name !== "BOOLEAN_ONLY"
        ? { unexpected_rows: first }
        : {}),
      ...(entries === undefined || examples === 0
        ? {}
        : { partial_unexpected_index_list: entries.slice(0, examples) }),
      ...(entries === undefined || name !== "COMPLETE" ? {} : { unexpected_index_list: entries }),
    };
  }

  /** What tells the rows apart, beside the values of the expectation; without those one entry with a list for each column. */
  #entries(
    indices: readonly number[],
    names: readonly string[],
    ofExpectation: readonly string[],
  ): unknown[] {
    const cell = (index: number, column: string): unknown => this.#rows.get(index)?.[column];
    if (this.#options.resultFormat.exclude_unexpected_values === true)
      return indices.length === 0 ? [] : [byName(names, (name) => indices.map((index) => cell(index, name)))];
    return indices.map((index) => byName([...ofExpectation, ...names], (name) => cell(index, name)));
  }
}
