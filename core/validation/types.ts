/** Great Expectations suites and results, as GX Core 1.x writes them. */

export type Row = Readonly<Record<string, unknown>>;

export interface ExpectationConfig {
  readonly type: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly severity?: "critical" | "warning" | "info";
}

export interface Suite {
  readonly name: string;
  readonly expectations: readonly ExpectationConfig[];
  readonly suite_parameters?: Readonly<Record<string, unknown>>;
}

export type ResultFormat = "BOOLEAN_ONLY" | "BASIC" | "SUMMARY" | "COMPLETE";

export interface ExpectationResult {
  readonly success: boolean;
  readonly expectation_config: ExpectationConfig;
  readonly result: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly exception_info: { readonly raised_exception: boolean; readonly exception_traceback: null; readonly exception_message: string | null };
}

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
}

/** Measures one expectation in one pass. `finish` may run once, after the last row. */
export interface Evaluator {
  add(row: Row): void;
  finish(format: ResultFormat): { success: boolean; result: Record<string, unknown> };
}

/** A suite that cannot be run: every problem with its place. */
export class SuiteError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`suite is not valid: ${problems.join("; ")}`);
    this.name = "SuiteError";
    this.problems = problems;
  }
}

/** GX's nulls: None, NaN. */
export const isNull = (value: unknown): boolean => value === null || value === undefined || (typeof value === "number" && Number.isNaN(value));
