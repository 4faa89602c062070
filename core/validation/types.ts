import { ProblemsError } from "../problemsError.ts";

/** One row; absent keys, undefined, null and NaN are missing values. */
export type Row = Readonly<Record<string, unknown>>;

/** Cells by column. */
export type Columns = Readonly<Record<string, ArrayLike<unknown>>>;

export type Severity = "critical" | "warning" | "info";

export type ResultFormatName = "BOOLEAN_ONLY" | "BASIC" | "SUMMARY" | "COMPLETE";

/** Great Expectations' result format, as a name or with its options. */
export interface ResultFormat {
  readonly result_format: ResultFormatName;
  readonly partial_unexpected_count?: number;
  readonly exclude_unexpected_values?: boolean;
  /** Whether the query for unexpected rows is written. Default: in COMPLETE. */
  readonly return_unexpected_index_query?: boolean;
  /** Write the first unexpected rows with all their columns; see `UnexpectedRows`. */
  readonly include_unexpected_rows?: boolean;
  /** Columns that tell rows apart, written in the place of their numbers; see `UnexpectedRows`. */
  readonly unexpected_index_column_names?: readonly string[];
}

/** One expectation of a suite, with parameters put in. */
export interface ExpectationConfig {
  readonly type: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly severity: Severity;
  readonly id?: string;
  readonly notes?: unknown;
  readonly description?: string;
}

export interface Suite {
  readonly name: string;
  readonly id?: string;
  readonly expectations: readonly ExpectationConfig[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface ExceptionInfo {
  readonly raised_exception: boolean;
  readonly exception_traceback: string | null;
  readonly exception_message: string | null;
}

/** Result of one expectation, in the shape that Great Expectations writes. */
export interface ExpectationResult {
  readonly success: boolean;
  readonly expectation_config: {
    readonly type: string;
    readonly kwargs: Readonly<Record<string, unknown>>;
    readonly meta: Readonly<Record<string, unknown>>;
    readonly severity: Severity;
    readonly id?: string;
  };
  readonly result: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly exception_info: ExceptionInfo;
}

/** Result of a suite, in the shape that Great Expectations writes. */
export interface SuiteResult {
  readonly success: boolean;
  readonly results: readonly ExpectationResult[];
  readonly suite_name: string;
  readonly suite_parameters: Readonly<Record<string, unknown>>;
  readonly statistics: {
    readonly evaluated_expectations: number;
    readonly successful_expectations: number;
    readonly unsuccessful_expectations: number;
    readonly success_percent: number | null;
  };
  readonly meta: Readonly<Record<string, unknown>>;
  readonly id: string | null;
}

/** A suite that cannot be run as it is: every problem, each with where, what was expected and what came. */
export class SuiteError extends ProblemsError {
  readonly code = "InvalidSuite";
  constructor(problems: readonly string[]) {
    super("SuiteError", problems);
  }
}

/** An expectation that could not be evaluated on this data; becomes its `exception_info`, never a pass. */
export class ExpectationError extends Error {
  override readonly name = "ExpectationError";
}

/** Rows in columns, as readers of column files give them; in a `Float64Array` NaN is a missing cell. */
export interface ColumnBatch {
  readonly rows: number;
  readonly columns: Columns;
  /**
   * Columns that are floats if they are numbers, since some, here or before, is missing or was written as a decimal ("1.0"). Where it is not given,
   * whole numbers are taken for integers.
   */
  readonly floats?: ReadonlySet<string>;
}

/** Rows that an expectation is about. */
export interface Selection extends ColumnBatch {
  /** Index in the data of each row, or of the first one where they follow each other. */
  readonly indices: ArrayLike<number> | number;
}

/** Reads one pass of rows and then says how the expectation came out. */
export interface Evaluator {
  /** Columns whose types `finish` asks for. */
  readonly typedColumns?: readonly string[];
  add(rows: Selection): void;
  finish(table: TableFacts): EvaluatorResult;
}

export interface TableFacts {
  /** Rows that the expectation is about. */
  readonly rows: number;
  readonly columns: readonly string[];
  /** Type of one of an evaluator's `typedColumns`, by all rows of the table. */
  dtypeOf(column: string): Dtype;
}

/** Name of the NumPy type that pandas gives a column. */
export type Dtype = "int64" | "float64" | "bool" | "datetime64" | "object_";

export interface EvaluatorResult {
  readonly success: boolean;
  readonly result: Readonly<Record<string, unknown>>;
  /** Of a map expectation, the indices of unexpected rows, as many as `Reporting` asks for. */
  readonly unexpectedRows?: readonly number[];
}

/** How results are to be written: the format, how many examples, and whether values may be shown. */
export interface Reporting {
  readonly format: ResultFormatName;
  readonly examples: number;
  readonly showsValues: boolean;
  /** How many indices of unexpected rows are kept. */
  readonly indices: number;
  readonly writesQuery: boolean;
}

/** For an evaluator whose verdict alone counts. */
export const VERDICT_ONLY: Reporting = {
  format: "BOOLEAN_ONLY",
  examples: 0,
  showsValues: false,
  indices: 0,
  writesQuery: false,
};

export type EvaluatorFactory = (kwargs: Kwargs, reporting: Reporting) => Evaluator;
export type Kwargs = Readonly<Record<string, unknown>>;

export function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined || (typeof value === "number" && Number.isNaN(value));
}
