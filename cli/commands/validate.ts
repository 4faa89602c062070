import { statSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { type Command, InvalidArgumentError } from "commander";
import * as z from "zod";
import { readExactly, writeExactly } from "../../core/validation/exactJson.ts";
import {
  asksForRows,
  type ColumnBatch,
  type ExpectationResult,
  parseSuite,
  type Suite,
  SuiteError,
  type SuiteResult,
  SuiteRunner,
  UnexpectedRows,
  verdictOf,
} from "../../core/validation/index.ts";
import { Moment } from "../../core/validation/moment.ts";
import { InputError, type TypedBatch } from "../readers/index.ts";
import {
  addOutputOptions,
  type Finding,
  number,
  type OutputOptions,
  writeFinding,
} from "./support/output.ts";
import { parseJsonFile } from "./support/profiles.ts";
import { watchedPass } from "./support/progress.ts";
import {
  parseCount,
  parseResultFormat,
  RESULT_FORMATS,
  type RowOptions,
  resultFormatOf,
} from "./support/resultFormat.ts";
import { EXIT, runDecision } from "./support/run.ts";

export interface ValidateOptions extends OutputOptions, RowOptions {
  readonly suite: string;
  readonly data: string;
  readonly sensitive?: string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
}

function parseParameters(text: string): Readonly<Record<string, unknown>> {
  try {
    return z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(text, readExactly as Parameters<typeof JSON.parse>[1]));
  } catch {
    throw new InvalidArgumentError('Expected an object as JSON, such as {"low": 18}.');
  }
}

function readSuite({ suite: file, parameters }: ValidateOptions): Suite {
  const raw = parseJsonFile(file, readExactly, "a suite as JSON, as suggest writes it with --format json");
  try {
    return parseSuite(raw, parameters);
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error;
    throw new SuiteError(error.problems.map((problem) => `${file}: ${problem}`));
  }
}

/** A file of one column whose name looks like several: every expectation on a column then says no more than that it is not there. */
function hintAtSeparator(file: string, [only = "", ...others]: readonly string[]): void {
  const separator = others.length > 0 ? undefined : /[;\t|]/.exec(only)?.[0];
  if (separator === undefined) return;
  process.stderr.write(
    `${file}: expected columns separated by commas, got one named ${JSON.stringify(only)}; is ${JSON.stringify(separator)} meant to separate them?\n`,
  );
}

/** Times as times, not as the text that other commands take them for. */
function withTimes(batch: TypedBatch): ColumnBatch {
  const timed = [...(batch.times ?? [])].map(([name, { isDay }]) => {
    const cells = Array.from(batch.columns[name] ?? [], (cell) =>
      typeof cell === "string" ? new Moment(Date.parse(cell), isDay) : null,
    );
    return [name, cells] as const;
  });
  return timed.length === 0
    ? batch
    : { ...batch, columns: { ...batch.columns, ...Object.fromEntries(timed) } };
}

interface Validated {
  readonly runner: SuiteRunner;
  readonly columns: readonly string[];
  readonly result: SuiteResult;
}

export async function runSuite(options: ValidateOptions): Promise<SuiteResult> {
  // V8 doubles the room for new objects while it runs, up to 100 MB; next to nothing of a batch outlives it, so that is memory for nothing.
  setFlagsFromString("--semi-space-growth-factor=1");
  const suite = readSuite(options);
  const resultFormat = resultFormatOf(options);
  const settings = { resultFormat, sensitiveColumns: options.sensitive ?? [] };
  const asks = asksForRows(resultFormat);
  if (asks && !statSync(options.data, { throwIfNoEntry: false })?.isFile())
    throw new InputError(options.data, "a file, which is read twice for unexpected rows", "none");
  const validated = await watchedPass(options.data, () => {
    let first: Pick<Validated, "runner" | "columns"> | undefined;
    return {
      add(batch) {
        const columns = Object.keys(batch.columns);
        first ??= { columns, runner: new SuiteRunner(suite, { columns, ...settings }) };
        first.runner.add(withTimes(batch));
      },
      finish: (): Validated | undefined => first && { ...first, result: first.runner.finish() },
    };
  });
  if (validated === undefined) throw new InputError(options.data, "rows", "none");
  const { runner, columns, result } = validated;
  hintAtSeparator(options.data, columns);
  if (!asks) return result;
  return watchedPass(options.data, () => {
    const rows = new UnexpectedRows(runner, columns, settings);
    return { add: (batch) => rows.add(withTimes(batch)), finish: () => rows.finish(result) };
  });
}

/** Column or columns of an expectation, what it asks of them, and what came of it. */
function told({ success, expectation_config: { kwargs }, result, exception_info }: ExpectationResult) {
  const { column, column_A, column_B, ...rest } = kwargs;
  const where = [column, column_A, column_B, kwargs.column_list].filter((c) => c !== undefined).join(", ");
  const isCounted = typeof result.unexpected_count === "number" && typeof result.element_count === "number";
  const found = isCounted
    ? `${result.unexpected_count} of ${result.element_count} unexpected (${number(result.unexpected_percent as number)} %)${examplesOf(result.partial_unexpected_list)}`
    : result.observed_value === undefined
      ? ""
      : `observed ${JSON.stringify(result.observed_value, writeExactly)}`;
  const exception = success ? null : exception_info.exception_message;
  return { where, asked: JSON.stringify(rest, writeExactly), found: exception ?? found };
}

const wordOf = ({ success, expectation_config: { severity } }: ExpectationResult): string =>
  success ? "pass" : severity === "critical" ? "FAIL" : severity;

function lineOf(result: ExpectationResult): string {
  const { where, asked, found } = told(result);
  const subject = where === "" ? "" : `${where} `;
  return `${wordOf(result)}  ${subject}${result.expectation_config.type} ${asked}${found === "" ? "" : `: ${found}`}`;
}

const rowOf = (result: ExpectationResult): string[] => {
  const { where, asked, found } = told(result);
  return [wordOf(result), where, result.expectation_config.type, asked, found];
};

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** Nothing for columns whose values must not be shown. */
const examplesOf = (values: unknown): string =>
  Array.isArray(values) && values.length > 0
    ? `, for example ${JSON.stringify(values.slice(0, 5), writeExactly)}`
    : "";

function findingOf(result: SuiteResult): Finding {
  const { verdict, critical, warnings } = verdictOf(result);
  const { evaluated_expectations: all, successful_expectations: passed } = result.statistics;
  const failed = result.results.filter((r) => !r.success);
  const head = `${verdict}: ${passed} of ${all} expectations met, ${counted(critical.length, "critical failure")}, ${counted(warnings.length, "warning")}`;
  const perColumn = new Map<string, [number, number]>();
  for (const one of result.results) {
    const column = String(one.expectation_config.kwargs.column ?? "(table)");
    const counts = perColumn.get(column) ?? [0, 0];
    perColumn.set(column, [counts[0] + (one.success ? 1 : 0), counts[1] + (one.success ? 0 : 1)]);
  }
  return {
    title: `Validation: ${verdict}`,
    text: [head, ...failed.map(lineOf)].join("\n"),
    json: result,
    table: {
      title: "expectations",
      columns: ["verdict", "column", "expectation", "asked", "found"],
      // What failed first.
      rows: [...failed, ...result.results.filter((r) => r.success)].map(rowOf),
      marked: ["FAIL"],
    },
    bars: [
      {
        title: "expectations by column",
        series: ["met", "not met"],
        rows: [...perColumn].map(([label, values]) => ({ label, values })),
      },
    ],
  };
}

export function register(program: Command): void {
  const command = program
    .command("validate")
    .description("run a Great Expectations suite over data; exits 0 success, 3 failed")
    .requiredOption("--suite <file>", "suite as JSON")
    .requiredOption("--data <file>", "data to validate")
    .option("--result-format <format>", `${RESULT_FORMATS} (SUMMARY)`, parseResultFormat)
    .option("--examples <count>", "unexpected values shown of each expectation (20)", parseCount)
    .option("--index-columns <columns...>", "name unexpected rows by these columns, not by their number")
    .option("--unexpected-rows", "write the first unexpected rows with all their columns")
    .option(
      "--parameters <json>",
      'values where the suite says {"$PARAMETER": name}, by name',
      parseParameters,
    )
    .option("--sensitive <columns...>", "columns whose values must not be shown");
  addOutputOptions(command).action((options: ValidateOptions) =>
    runDecision(async () => {
      const result = await runSuite(options);
      writeFinding(findingOf(result), options);
      return verdictOf(result).verdict === "pass" ? EXIT.good : EXIT.bad;
    }),
  );
}
