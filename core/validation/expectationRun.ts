import { byName } from "./columnEvaluator.ts";
import { type RowCondition, readRowCondition } from "./rowCondition.ts";
import {
  type ColumnBatch,
  type Evaluator,
  type EvaluatorResult,
  type ExpectationConfig,
  ExpectationError,
  type ExpectationResult,
  type Reporting,
  type ResultFormat,
  type Selection,
  type TableFacts,
} from "./types.ts";

/** What evaluates an expectation; undefined for one that cannot be evaluated. */
export type EvaluatorOf = (config: ExpectationConfig, reporting: Reporting) => Evaluator | undefined;

const EXAMPLES = 20;

/** Columns that an expectation is about. */
export function columnsOf({ kwargs }: Pick<ExpectationConfig, "kwargs">): string[] {
  const single = [kwargs.column, kwargs.column_A, kwargs.column_B].filter((c) => typeof c === "string");
  return [...single, ...(Array.isArray(kwargs.column_list) ? kwargs.column_list.map(String) : [])];
}

/** Expectations that observe values of the column, not only how many or how large on average. */
const OBSERVES_VALUES =
  /^expect_column_(min|max|median|quantile_values|most_common_value|distinct_values|kl_divergence)_to_/;
const HIDDEN_MESSAGE =
  "the values cannot be evaluated; why is not said here, because that would show values of a sensitive column";

function reportingOf(format: ResultFormat, isShown: boolean): Reporting {
  const { result_format: name, exclude_unexpected_values: isExcluded = false } = format;
  const examples = format.partial_unexpected_count ?? EXAMPLES;
  const isComplete = name === "COMPLETE";
  const writesQuery = format.return_unexpected_index_query ?? isComplete;
  // Great Expectations writes index columns without values as one entry, which is never cut.
  const asksForAll =
    isComplete || writesQuery || (isExcluded && format.unexpected_index_column_names !== undefined);
  return {
    format: name,
    examples,
    showsValues: isShown && !isExcluded,
    indices: asksForAll ? Infinity : name === "BOOLEAN_ONLY" ? 0 : examples,
    writesQuery,
  };
}

/** One expectation of a suite while rows come. */
export class ExpectationRun {
  readonly config: ExpectationConfig;
  readonly #format: ResultFormat;
  /** Whether values of its columns may be shown. */
  readonly #isShown: boolean;
  readonly #condition: RowCondition | undefined;
  #evaluator: Evaluator | undefined;
  #rows = 0;
  #error: ExpectationError | undefined;

  constructor(config: ExpectationConfig, format: ResultFormat, isShown: boolean, evaluatorOf: EvaluatorOf) {
    this.config = config;
    this.#format = format;
    this.#isShown = isShown;
    const condition = config.kwargs.row_condition ?? undefined;
    this.#condition = condition === undefined ? undefined : readRowCondition(condition);
    this.#evaluator = this.#guarded(() => evaluatorOf(config, reportingOf(format, isShown)));
  }

  /** Columns whose types it asks for. */
  get typedColumns(): readonly string[] {
    return this.#evaluator?.typedColumns ?? [];
  }

  /** Runs `body`; an expectation that cannot be evaluated is noted, anything else is a fault of ours and goes on up. */
  #guarded<T>(body: () => T): T | undefined {
    try {
      return body();
    } catch (error) {
      if (!(error instanceof ExpectationError)) throw error;
      this.#fail(error);
      return undefined;
    }
  }

  #fail(error: ExpectationError): void {
    this.#error = error;
    this.#evaluator = undefined;
  }

  /** A missing column is an error (but not of the table expectations about columns). */
  check(columns: readonly string[]): void {
    const { type } = this.config;
    const isAboutColumns = type === "expect_column_to_exist" || type.startsWith("expect_table_");
    const needed = [...(isAboutColumns ? [] : columnsOf(this.config)), ...(this.#condition?.columns ?? [])];
    const missing = needed.find((column) => !columns.includes(column));
    if (missing !== undefined)
      this.#fail(
        new ExpectationError(
          `The column "${missing}" in BatchData does not exist. Columns: ${columns.join(", ")}`,
        ),
      );
  }

  /** `firstIndex`: of the first row, in the data. */
  add(batch: ColumnBatch, firstIndex: number): void {
    this.#guarded(() => {
      const selection = this.#evaluator && this.#selected(batch, firstIndex);
      if (selection === undefined) return;
      this.#rows += selection.rows;
      this.#evaluator?.add(selection);
    });
  }

  /** The rows of a batch, or those that meet the condition. */
  #selected(batch: ColumnBatch, firstIndex: number): Selection {
    const condition = this.#condition;
    if (condition === undefined) return { ...batch, indices: firstIndex };
    const places: number[] = [];
    for (let place = 0; place < batch.rows; place++)
      if (condition.holds(batch.columns, place)) places.push(place);
    const pick = (cells: ArrayLike<unknown> = []): ArrayLike<unknown> => {
      const picked = places.map((place) => cells[place]);
      return cells instanceof Float64Array ? Float64Array.from(picked as number[]) : picked;
    };
    const columns = byName(columnsOf(this.config), (name) => pick(batch.columns[name]));
    return { rows: places.length, columns, indices: places.map((place) => firstIndex + place) };
  }

  /** Its result, and the indices of its unexpected rows where it has such. */
  finish(table: Omit<TableFacts, "rows">): readonly [ExpectationResult, readonly number[] | undefined] {
    const outcome = this.#guarded(() => this.#evaluator?.finish({ ...table, rows: this.#rows }));
    const { type, kwargs, meta, severity, id } = this.config;
    const message = this.#error === undefined ? null : this.#isShown ? this.#error.message : HIDDEN_MESSAGE;
    const result: ExpectationResult = {
      success: outcome?.success ?? false,
      expectation_config: { type, kwargs, meta, severity, ...(id === undefined ? {} : { id }) },
      result: this.#resultOf(outcome?.result ?? {}),
      meta: {},
      exception_info: {
        raised_exception: message !== null,
        exception_traceback: null,
        exception_message: message,
      },
    };
    return [result, outcome?.unexpectedRows];
  }

  #resultOf(result: EvaluatorResult["result"]): EvaluatorResult["result"] {
    const { unexpected_index_query: query } = result;
    // All that BOOLEAN_ONLY lets through, where it was asked for.
    if (this.#format.result_format === "BOOLEAN_ONLY")
      return query === undefined ? {} : { unexpected_index_query: query };
    if (this.#isShown || !OBSERVES_VALUES.test(this.config.type)) return result;
    const { observed_value: _value, details: _details, partial_unexpected_list: _list, ...rest } = result;
    return rest;
  }
}
