/** Runs a suite over rows in one pass. What it does not know it refuses by name before the first row. */
import { AGGREGATE } from "./aggregate.ts";
import { COLUMN_MAP } from "./columnMap.ts";
import { type Evaluator, type ExpectationConfig, type ExpectationResult, type ResultFormat, type Row, type Suite, SuiteError, type SuiteResult } from "./types.ts";

const REGISTRY: Readonly<Record<string, (kwargs: Readonly<Record<string, unknown>>) => Evaluator>> = { ...COLUMN_MAP, ...AGGREGATE };

/** Expectation types that can be run, sorted. */
export const SUPPORTED_EXPECTATIONS: readonly string[] = Object.keys(REGISTRY).sort();

/** Parses a suite of GX 1.x, or 0.x (`expectation_suite_name`, `expectation_type`); all problems at once. */
export function parseSuite(value: unknown): Suite {
  const given = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const problems: string[] = [];
  const name = given.name ?? given.expectation_suite_name;
  if (typeof name !== "string") problems.push(`name: expected the suite's name, got ${JSON.stringify(name)}`);
  if (!Array.isArray(given.expectations)) problems.push(`expectations: expected a list, got ${JSON.stringify(given.expectations)}`);
  const parameters = (given.suite_parameters ?? given.evaluation_parameters ?? {}) as Record<string, unknown>;
  const expectations = (Array.isArray(given.expectations) ? given.expectations : []).map((entry, index) => parseExpectation(entry, index, parameters, problems));
  if (problems.length > 0) throw new SuiteError(problems);
  return { name: name as string, expectations, suite_parameters: parameters };
}

function parseExpectation(entry: unknown, index: number, parameters: Record<string, unknown>, problems: string[]): ExpectationConfig {
  const given = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
  const where = `expectations[${index}]`;
  const type = given.type ?? given.expectation_type;
  if (typeof type !== "string" || !REGISTRY[type])
    problems.push(`${where}.type: ${JSON.stringify(type)} is not supported; use one of ${SUPPORTED_EXPECTATIONS.join(", ")}`);
  const kwargs = resolve((given.kwargs ?? {}) as Record<string, unknown>, parameters, where, problems);
  if (kwargs.row_condition !== undefined && kwargs.row_condition !== null) problems.push(`${where}.kwargs.row_condition: row conditions are not supported; filter the data instead`);
  const mostly = kwargs.mostly;
  if (mostly !== undefined && (typeof mostly !== "number" || mostly < 0 || mostly > 1)) problems.push(`${where}.kwargs.mostly: expected 0 to 1, got ${JSON.stringify(mostly)}`);
  for (const key of ["regex", ...(Array.isArray(kwargs.regex_list) ? ["regex_list"] : [])]) checkRegex(kwargs[key], `${where}.kwargs.${key}`, problems);
  if (typeof kwargs.min_value === "number" && typeof kwargs.max_value === "number" && kwargs.min_value > kwargs.max_value)
    problems.push(`${where}.kwargs: expected min_value to be at most max_value, got ${kwargs.min_value} and ${kwargs.max_value}`);
  return { type: String(type), kwargs, meta: (given.meta ?? {}) as Record<string, unknown>, severity: (given.severity ?? "critical") as "critical" };
}

function checkRegex(value: unknown, where: string, problems: string[]): void {
  for (const pattern of Array.isArray(value) ? value : value === undefined ? [] : [value])
    try {
      new RegExp(String(pattern), "u");
    } catch (error) {
      problems.push(`${where}: ${JSON.stringify(pattern)} is not a regular expression that can be run here (${error instanceof Error ? error.message : String(error)})`);
    }
}

/** `{"$PARAMETER": "name"}` stands for a suite parameter. */
function resolve(kwargs: Record<string, unknown>, parameters: Record<string, unknown>, where: string, problems: string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(kwargs).map(([key, value]) => {
      const name = typeof value === "object" && value !== null ? (value as Record<string, unknown>).$PARAMETER : undefined;
      if (typeof name !== "string") return [key, value];
      if (!(name in parameters)) problems.push(`${where}.kwargs.${key}: expected a suite parameter ${JSON.stringify(name)}, got ${JSON.stringify(Object.keys(parameters))}`);
      return [key, parameters[name]];
    }),
  );
}

export class SuiteRunner {
  readonly #suite: Suite;
  readonly #format: ResultFormat;
  readonly #evaluators: { readonly config: ExpectationConfig; readonly evaluator: Evaluator }[];

  /** Throws {@link SuiteError} through {@link parseSuite} before this, never at the first row. */
  constructor(suite: Suite, options: { readonly resultFormat?: ResultFormat } = {}) {
    this.#suite = suite;
    this.#format = options.resultFormat ?? "SUMMARY";
    this.#evaluators = suite.expectations.map((config) => ({ config, evaluator: (REGISTRY[config.type] as (kwargs: Row) => Evaluator)(config.kwargs) }));
  }

  add(row: Row): void {
    for (const { evaluator } of this.#evaluators) evaluator.add(row);
  }

  finish(): SuiteResult {
    const results = this.#evaluators.map(({ config, evaluator }): ExpectationResult => {
      const { success, result } = evaluator.finish(this.#format);
      return { success, expectation_config: config, result, meta: {}, exception_info: { raised_exception: false, exception_traceback: null, exception_message: null } };
    });
    const successful = results.filter((result) => result.success).length;
    return {
      success: successful === results.length,
      results,
      suite_name: this.#suite.name,
      suite_parameters: this.#suite.suite_parameters ?? {},
      statistics: {
        evaluated_expectations: results.length,
        successful_expectations: successful,
        unsuccessful_expectations: results.length - successful,
        success_percent: results.length === 0 ? null : (successful / results.length) * 100,
      },
      meta: {},
    };
  }
}
