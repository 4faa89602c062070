import { DtypeFinder } from "./columnDtype.ts";
import { batchOf } from "./columnEvaluator.ts";
import { columnsOf, type EvaluatorOf, ExpectationRun } from "./expectationRun.ts";
import { EXPECTATIONS } from "./expectations.ts";
import type {
  ColumnBatch,
  ExpectationResult,
  ResultFormat,
  ResultFormatName,
  Row,
  Suite,
  SuiteResult,
} from "./types.ts";

export interface SuiteRunnerOptions {
  /** Default SUMMARY, as in Great Expectations. */
  readonly resultFormat?: ResultFormatName | ResultFormat;
  /** Columns of the data in their order. Default: the keys of the first row. */
  readonly columns?: readonly string[];
  /** Columns whose values must not appear in results; counts and row numbers still do. */
  readonly sensitiveColumns?: readonly string[];
  /** What evaluates an expectation, for an engine that gets its numbers elsewhere. Default: EXPECTATIONS. */
  readonly evaluatorOf?: EvaluatorOf;
}

/** Single rows that are evaluated together. */
const GATHERED_ROWS = 1024;

const streaming: EvaluatorOf = ({ type, kwargs }, reporting) => EXPECTATIONS[type]?.(kwargs, reporting);

/**
 * Evaluates a suite over one pass of rows. `add` rows in their order, then `finish` once. Memory grows only with
 * what an expectation must remember (distinct values, medians, quantiles, duplicates, COMPLETE lists).
 */
export class SuiteRunner {
  readonly #suite: Suite;
  readonly #runs: readonly ExpectationRun[];
  #columns: readonly string[] | undefined;
  #rows = 0;
  #gathered: Row[] = [];
  /** Of the columns whose type some expectation asks for. */
  #types = new Map<string, DtypeFinder>();
  #unexpectedRows: readonly (readonly number[] | undefined)[] = [];

  constructor(suite: Suite, options: SuiteRunnerOptions = {}) {
    const { resultFormat = "SUMMARY", sensitiveColumns = [], evaluatorOf = streaming } = options;
    const format = typeof resultFormat === "string" ? { result_format: resultFormat } : resultFormat;
    this.#suite = suite;
    this.#runs = suite.expectations.map((config) => {
      const isShown = !columnsOf(config).some((column) => sensitiveColumns.includes(column));
      return new ExpectationRun(config, format, isShown, evaluatorOf);
    });
    for (const name of this.#runs.flatMap((run) => run.typedColumns))
      this.#types.set(name, new DtypeFinder());
    if (options.columns !== undefined) this.#begin(options.columns);
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
    for (const run of this.#runs) run.add(batch, this.#rows);
    this.#rows += rows;
  }

  /** The first rows say what columns there are, unless the options did. */
  #begin(columns: readonly string[]): void {
    this.#columns = columns;
    for (const run of this.#runs) run.check(columns);
  }

  finish(): SuiteResult {
    this.#flush();
    const table = {
      columns: this.#columns ?? [],
      dtypeOf: (column: string) => this.#types.get(column)?.dtype ?? "object_",
    };
    const finished = this.#runs.map((run) => run.finish(table));
    const results = finished.map(([result]) => result);
    this.#unexpectedRows = finished.map(([, rows]) => rows);
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
