import { DtypeFinder } from "./columnDtype.ts";
import { batchOf, byName } from "./columnEvaluator.ts";
import { EXPECTATIONS } from "./expectations.ts";
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
  type ResultFormatName,
  type Row,
  type Selection,
  type Suite,
  type SuiteResult,
  type TableFacts,
} from "./types.ts";

export interface SuiteRunnerOptions {
  /** Default SUMMARY, as in Great Expectations. */
  readonly resultFormat?: ResultFormatName | ResultFormat;
  /** Columns of the data in their order. Default: the keys of the first row. */
  readonly columns?: readonly string[];
  /** Columns whose values must not appear in results; counts and row numbers still do. */
  readonly sensitiveColumns?: readonly string[];
  /** What evaluates an expectation, for an engine that gets its numbers elsewhere. Default: EXPECTATIONS. */
  readonly evaluatorOf?: (config: ExpectationConfig, reporting: Reporting) => Evaluator | undefined;
}

interface Running {
  readonly config: ExpectationConfig;
  readonly condition: RowCondition | undefined;
  /** Whether values of its columns may be shown. */
  readonly isShown: boolean;
  evaluator: Evaluator | undefined;
  selected: number;
  error: ExpectationError | undefined;
}

const EXAMPLES = 20;
/** Single rows that are evaluated together. */
const GATHERED_ROWS = 1024;

/** Columns that an expectation is about. */
export function columnsOf({ kwargs }: Pick<ExpectationConfig, "kwargs">): string[] {
  const single = [kwargs.column, kwargs.column_A, kwargs.column_B].filter((c) => typeof c === "string");
  return [...single, ...(Array.isArray(kwargs.column_list) ? kwargs.column_list.map(String) : [])];
}

function streaming({ type, kwargs }: ExpectationConfig, reporting: Reporting): Evaluator | undefined {
  return EXPECTATIONS[type]?.(kwargs, reporting);
}

/** Expectations that observe values of the column, not only how many or how large on average. */
const OBSERVES_VALUES =
  /^expect_column_(min|max|median|quantile_values|most_common_value|distinct_values|kl_divergence)_to_/;
const HIDDEN_MESSAGE =
  "the values cannot be evaluated; why is not said here, because that would show values of a sensitive column";

function shownOf(
  { isShown, config }: Running,
  result: ExpectationResult["result"],
): ExpectationResult["result"] {
  if (isShown || !OBSERVES_VALUES.test(config.type)) return result;
  const { observed_value: _value, details: _details, partial_unexpected_list: _list, ...rest } = result;
  return rest;
}

/** All that BOOLEAN_ONLY lets through, where it was asked for. */
function queryOf(outcome: EvaluatorResult | undefined): ExpectationResult["result"] {
  const { unexpected_index_query: query } = outcome?.result ?? {};
  return query === undefined ? {} : { unexpected_index_query: query };
}

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

/** Runs `body`; an expectation that cannot be evaluated is noted, anything else is a fault of ours and goes on up. */
function guarded<T>(running: Running, body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    running.error = error;
    running.evaluator = undefined;
    return undefined;
  }
}

/**
 * Evaluates a suite over one pass of rows. `add` rows in their order, then `finish` once. Memory grows only with
 * what an expectation must remember (distinct values, medians, quantiles, duplicates, COMPLETE lists).
 */
export class SuiteRunner {
  #suite: Suite;
  #running: Running[];
  #columns: readonly string[] | undefined;
  #rows = 0;
  #gathered: Row[] = [];
  /** Of the columns whose type some expectation asks for. */
  #types = new Map<string, DtypeFinder>();
  readonly #format: ResultFormat;
  #unexpectedRows: readonly (readonly number[] | undefined)[] = [];

  constructor(suite: Suite, options: SuiteRunnerOptions = {}) {
    const given = options.resultFormat ?? "SUMMARY";
    this.#format = typeof given === "string" ? { result_format: given } : given;
    this.#suite = suite;
    this.#columns = options.columns;
    const sensitive = new Set(options.sensitiveColumns ?? []);
    const evaluatorOf = options.evaluatorOf ?? streaming;
    this.#running = suite.expectations.map((config) => {
      const isShown = !columnsOf(config).some((c) => sensitive.has(c));
      const reporting = reportingOf(this.#format, isShown);
      const given = config.kwargs.row_condition ?? undefined;
      const condition = given === undefined ? undefined : readRowCondition(given);
      const running: Running = {
        config,
        condition,
        isShown,
        evaluator: undefined,
        selected: 0,
        error: undefined,
      };
      running.evaluator = guarded(running, () => evaluatorOf(config, reporting));
      for (const name of running.evaluator?.typedColumns ?? []) this.#types.set(name, new DtypeFinder());
      return running;
    });
    if (this.#columns !== undefined) this.#checkColumns(this.#columns);
  }

  /** A missing column is an error of each expectation on it (but not of the table expectations about columns). */
  #checkColumns(columns: readonly string[]): void {
    const known = new Set(columns);
    for (const running of this.#running) {
      const isAboutColumns =
        running.config.type === "expect_column_to_exist" || running.config.type.startsWith("expect_table_");
      const needed = [
        ...(isAboutColumns ? [] : columnsOf(running.config)),
        ...(running.condition?.columns ?? []),
      ];
      const missing = needed.filter((c) => !known.has(c));
      if (missing.length > 0) {
        guarded(running, () => {
          throw new ExpectationError(
            `The column "${missing[0]}" in BatchData does not exist. Columns: ${columns.join(", ")}`,
          );
        });
      }
    }
  }

  /** Adds one row, rows, or rows in columns, in their order. Single rows are gathered, since columns are what costs least. */
  add(data: Row | readonly Row[] | ColumnBatch): void {
    if (isColumnBatch(data)) {
      this.#flush();
      this.#addBatch(data);
      return;
    }
    for (const row of Array.isArray(data) ? (data as readonly Row[]) : [data as Row]) {
      if (this.#gathered.push(row) === GATHERED_ROWS) this.#flush();
    }
  }

  #flush(): void {
    const rows = this.#gathered;
    const [first] = rows;
    if (first === undefined) return;
    this.#gathered = [];
    this.#addBatch(batchOf(rows, this.#columns ?? Object.keys(first)));
  }

  #addBatch(batch: ColumnBatch): void {
    const { columns, rows, floats } = batch;
    if (this.#columns === undefined) this.#begin(Object.keys(columns));
    for (const [name, finder] of this.#types) finder.add(columns[name] ?? [], floats?.has(name));
    for (const running of this.#running) {
      const { evaluator } = running;
      if (evaluator === undefined) continue;
      guarded(running, () => {
        const selection = selected(running, batch, this.#rows);
        running.selected += selection.rows;
        evaluator.add(selection);
      });
    }
    this.#rows += rows;
  }

  /** The first rows say what columns there are, unless the options did. */
  #begin(columns: readonly string[]): void {
    this.#columns = columns;
    this.#checkColumns(columns);
  }

  finish(): SuiteResult {
    this.#flush();
    const outcomes = this.#running.map((running) => this.#outcome(running));
    const results = this.#running.map((running, i) => this.#result(running, outcomes[i]));
    this.#unexpectedRows = outcomes.map((outcome) => outcome?.unexpectedRows);
    const successful = results.filter((r) => r.success).length;
    const evaluated = results.length;
    return {
      success: successful === evaluated,
      results,
      suite_name: this.#suite.name,
      suite_parameters: this.#suite.parameters,
      statistics: {
        evaluated_expectations: evaluated,
        successful_expectations: successful,
        unsuccessful_expectations: evaluated - successful,
        success_percent: evaluated === 0 ? null : (successful / evaluated) * 100,
      },
      meta: this.#suite.meta,
      id: this.#suite.id ?? null,
    };
  }

  /** After `finish`: of each expectation on rows, the indices of unexpected ones, as many as the result format needs. */
  get unexpectedRows(): readonly (readonly number[] | undefined)[] {
    return this.#unexpectedRows;
  }

  #outcome(running: Running): EvaluatorResult | undefined {
    const facts: TableFacts = {
      rows: running.selected,
      columns: this.#columns ?? [],
      dtypeOf: (column) => this.#types.get(column)?.dtype ?? "object_",
    };
    return guarded(running, () => running.evaluator?.finish(facts));
  }

  #result(running: Running, outcome: EvaluatorResult | undefined): ExpectationResult {
    const { type, kwargs, meta, severity, id } = running.config;
    const message = running.error && !running.isShown ? HIDDEN_MESSAGE : (running.error?.message ?? null);
    return {
      success: outcome?.success ?? false,
      expectation_config: { type, kwargs, meta, severity, ...(id === undefined ? {} : { id }) },
      result:
        this.#format.result_format === "BOOLEAN_ONLY"
          ? queryOf(outcome)
          : shownOf(running, outcome?.result ?? {}),
      meta: {},
      exception_info: {
        raised_exception: message !== null,
        exception_traceback: null,
        exception_message: message,
      },
    };
  }
}

/** The rows of a batch, or those that meet the condition. */
function selected({ condition, config }: Running, batch: ColumnBatch, firstIndex: number): Selection {
  if (condition === undefined) return { ...batch, indices: firstIndex };
  const places: number[] = [];
  for (let place = 0; place < batch.rows; place++)
    if (condition.holds(batch.columns, place)) places.push(place);
  const pick = (cells: ArrayLike<unknown> = []): ArrayLike<unknown> => {
    const picked = places.map((place) => cells[place]);
    return cells instanceof Float64Array ? Float64Array.from(picked as number[]) : picked;
  };
  const columns = byName(columnsOf(config), (name) => pick(batch.columns[name]));
  return { rows: places.length, columns, indices: places.map((place) => firstIndex + place) };
}

function isColumnBatch(data: unknown): data is ColumnBatch {
  const batch = data as Partial<ColumnBatch>;
  return typeof batch.rows === "number" && typeof batch.columns === "object" && batch.columns !== null;
}

export { parseSuite } from "./parseSuite.ts";

/** What a gate needs: critical failures stop, warnings are reported, info is neither. */
export function verdictOf(result: SuiteResult): {
  readonly verdict: "pass" | "fail";
  readonly critical: readonly ExpectationResult[];
  readonly warnings: readonly ExpectationResult[];
} {
  const failed = result.results.filter((r) => !r.success);
  const isCritical = (r: ExpectationResult): boolean =>
    r.expectation_config.severity === "critical" || r.exception_info.raised_exception;
  const critical = failed.filter(isCritical);
  const warnings = failed.filter((r) => !isCritical(r) && r.expectation_config.severity === "warning");
  return { verdict: critical.length === 0 ? "pass" : "fail", critical, warnings };
}
