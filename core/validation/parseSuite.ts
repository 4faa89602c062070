import { EXPECTATIONS } from "./expectations.ts";
import { isRecord } from "./jsonSchema/values.ts";
import { shown, unlike } from "./messages.ts";
import { readRowCondition } from "./rowCondition.ts";
import {
  type ExpectationConfig,
  ExpectationError,
  type Severity,
  type Suite,
  SuiteError,
  VERDICT_ONLY,
} from "./types.ts";

const SEVERITIES: readonly Severity[] = ["critical", "warning", "info"];

/** Puts suite parameters where kwargs say {"$PARAMETER": name}, at any depth. */
function resolve(
  value: unknown,
  parameters: Readonly<Record<string, unknown>>,
  where: string,
  problems: string[],
): unknown {
  if (Array.isArray(value)) return value.map((v, i) => resolve(v, parameters, `${where}[${i}]`, problems));
  if (!isRecord(value)) return value;
  const name = value.$PARAMETER;
  if (typeof name === "string") {
    if (name in parameters) return parameters[name];
    problems.push(
      `${where}: expected a suite parameter ${shown(name)}, got only ${shown(Object.keys(parameters))}`,
    );
    return null;
  }
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k, resolve(v, parameters, `${where}.${k}`, problems)]),
  );
}

/** Expectations that only another engine of Great Expectations runs; its pandas engine refuses them too. */
const SQL_ONLY: readonly unknown[] = ["unexpected_rows_expectation"];

function refusalOf(type: unknown): string {
  if (SQL_ONLY.includes(type))
    return `${unlike("an expectation on rows", type)}, which Great Expectations runs in SQL only; say it as a column expectation with a row_condition`;
  const supported = Object.keys(EXPECTATIONS).sort().join(", ");
  return `${unlike("a supported expectation", type)}; supported: ${supported}`;
}

function parseExpectation(
  raw: unknown,
  where: string,
  parameters: Readonly<Record<string, unknown>>,
  problems: string[],
): ExpectationConfig | undefined {
  if (!isRecord(raw)) {
    problems.push(`${where}: ${unlike("an object", raw)}`);
    return undefined;
  }
  const type = raw.type ?? raw.expectation_type;
  if (typeof type !== "string" || !Object.hasOwn(EXPECTATIONS, type)) {
    problems.push(`${where}.type: ${refusalOf(type)}`);
    return undefined;
  }
  const before = problems.length;
  const kwargs = isRecord(raw.kwargs)
    ? (resolve(raw.kwargs, parameters, `${where}.kwargs`, problems) as Record<string, unknown>)
    : {};
  // What an unknown parameter stands for is not there to be checked.
  if (problems.length === before) {
    checkCondition(kwargs, where, problems);
    checkKwargs(type, kwargs, where, problems);
  }
  const severity = (raw.severity ?? "critical") as Severity;
  if (!SEVERITIES.includes(severity))
    problems.push(`${where}.severity: ${unlike('"critical", "warning" or "info"', raw.severity)}`);
  return {
    type,
    kwargs,
    severity,
    meta: isRecord(raw.meta) ? raw.meta : {},
    ...(typeof raw.id === "string" ? { id: raw.id } : {}),
    ...(raw.notes === undefined || raw.notes === null ? {} : { notes: raw.notes }),
    ...(typeof raw.description === "string" ? { description: raw.description } : {}),
  };
}

const CONDITION_PARSERS: readonly unknown[] = [
  "pandas",
  "great_expectations",
  "great_expectations__experimental__",
];

function checkCondition(kwargs: Readonly<Record<string, unknown>>, where: string, problems: string[]): void {
  const { row_condition: condition = null, condition_parser: parser = null } = kwargs;
  if (condition === null) return;
  if (readRowCondition(condition) === undefined)
    problems.push(
      `${where}.kwargs.row_condition: expected comparisons of columns with literals or each other, null tests and lists, joined by and, or, not; got ${shown(condition)}`,
    );
  if (parser !== null && !CONDITION_PARSERS.includes(parser))
    problems.push(`${where}.kwargs.condition_parser: ${unlike('"pandas" or "great_expectations"', parser)}`);
}

/** Arguments of every expectation, and old ones that changed nothing of what it says. */
const COMMON_KWARGS =
  "column row_condition condition_parser mostly result_format catch_exceptions include_config batch_id meta auto profiler_config".split(
    " ",
  );

/**
 * Builds the evaluator once, so that contradictory bounds or a broken regex stop the suite before its first row, and so does an argument that
 * nothing asks for: misspelt, it would be ignored in silence.
 */
function checkKwargs(
  type: string,
  kwargs: Readonly<Record<string, unknown>>,
  where: string,
  problems: string[],
): void {
  const asked = new Set(COMMON_KWARGS);
  const watched = new Proxy(kwargs, {
    get(target, name) {
      asked.add(String(name));
      return target[String(name)];
    },
  });
  try {
    EXPECTATIONS[type]?.(watched, VERDICT_ONLY);
    for (const [name, value] of Object.entries(kwargs))
      if (!asked.has(name) && value !== null && value !== false)
        problems.push(`${where}.kwargs: ${unlike(`only ${[...asked].sort().join(", ")}`, name)}`);
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    problems.push(`${where} (${type}): ${error.message}`);
  }
}

/**
 * Reads a suite of Great Expectations 1.x or 0.x from parsed JSON. An expectation that is not supported is an error
 * that names it and lists what is; all problems of the suite come in one SuiteError.
 */
export function parseSuite(raw: unknown, parameters: Readonly<Record<string, unknown>> = {}): Suite {
  if (!isRecord(raw)) throw new SuiteError([`suite: ${unlike("an object", raw)}`]);
  const problems: string[] = [];
  const name = raw.name ?? raw.expectation_suite_name;
  if (typeof name !== "string") problems.push(`suite.name: ${unlike("text", name)}`);
  if (!Array.isArray(raw.expectations)) {
    problems.push(`suite.expectations: ${unlike("a list", raw.expectations)}`);
    throw new SuiteError(problems);
  }
  const own = isRecord(raw.suite_parameters)
    ? raw.suite_parameters
    : isRecord(raw.evaluation_parameters)
      ? raw.evaluation_parameters
      : {};
  const known = { ...own, ...parameters };
  const expectations = raw.expectations.map((e: unknown, i: number) =>
    parseExpectation(e, `suite.expectations[${i}]`, known, problems),
  );
  if (problems.length > 0) throw new SuiteError(problems);
  return {
    name: name as string,
    ...(typeof raw.id === "string" ? { id: raw.id } : {}),
    expectations: expectations.filter((e) => e !== undefined),
    parameters: known,
    meta: isRecord(raw.meta) ? raw.meta : {},
  };
}
