/** Runs the model's expectation suite over the raw table and keeps the result beside the data. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { areFloats, type CsvKind, CsvKindFinder, cellsOfKind } from "../../core/validation/csvCells.ts";
import { readExactly, writeExactly } from "../../core/validation/exactJson.ts";
import { parseSuite, SuiteRunner } from "../../core/validation/suiteRunner.ts";
import {
  type ExpectationResult,
  type Suite,
  SuiteError,
  type SuiteResult,
} from "../../core/validation/types.ts";
import { SluiceError } from "../shared/errors.ts";
import { parseJson } from "../shared/input.ts";
import { type Objects, sha256 } from "../shared/objects.ts";
import type { Table } from "../shared/table.ts";

export interface ValidateDependencies {
  readonly objects: Objects;
  readonly environment: { readonly DATA_BUCKET: string };
}

export interface Validated {
  readonly uri: string;
  /** False when a critical expectation failed. */
  readonly success: boolean;
  readonly evaluated: number;
  readonly failed: number;
  readonly warnings: number;
  /** One line for each failed critical expectation, with counts and examples. */
  readonly reasons: readonly string[];
}

export async function validate(
  dependencies: ValidateDependencies,
  spec: ModelSpec,
  expectations: string,
  table: Table,
): Promise<Validated> {
  return report(dependencies, spec, run(expectations, table, sensitiveColumns(spec)));
}

/** Keeps the result of a suite and says what it means for the release. */
export async function report(
  { objects, environment }: ValidateDependencies,
  spec: ModelSpec,
  result: SuiteResult,
): Promise<Validated> {
  const text = JSON.stringify(result, writeExactly);
  const uri = `s3://${environment.DATA_BUCKET}/validation/${spec.name}/${sha256(text).slice(0, 32)}.json`;
  await objects.put(uri, text, "application/json");
  const failed = result.results.filter((one) => !one.success);
  const critical = failed.filter((one) => (one.expectation_config.severity ?? "critical") === "critical");
  return {
    uri,
    success: critical.length === 0,
    evaluated: result.results.length,
    failed: critical.length,
    warnings: failed.length - critical.length,
    reasons: critical.map(describe),
  };
}

/** The suite of a build. @throws SluiceError `InvalidInput` with every problem of it */
export function readSuite(expectations: string): Suite {
  return suiteProblemsNamed(() => parseSuite(parseJson("expectations.json", expectations, readExactly)));
}

/** Runs `work`; a suite that cannot be run is the model's fault, and its problems are named. */
export function suiteProblemsNamed<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw namedSuiteProblem(error);
  }
}

export const namedSuiteProblem = (error: unknown): unknown =>
  error instanceof SuiteError
    ? new SluiceError("InvalidInput", `expectations.json: ${error.problems.join("; ")}`, { cause: error })
    : error;

/** Rows that are typed and judged together. */
const BATCH_ROWS = 2048;

/** Columns whose values never leave the data. */
export const sensitiveColumns = ({ features }: ModelSpec): string[] =>
  features.flatMap(({ name, sensitive }) => (sensitive ? [name] : []));

function run(expectations: string, { columns, rows }: Table, sensitive: readonly string[]): SuiteResult {
  const suite = readSuite(expectations);
  return suiteProblemsNamed(() => {
    const runner = new SuiteRunner(suite, { columns, sensitiveColumns: sensitive });
    const kinds = columns.map((_, at) => {
      const finder = new CsvKindFinder();
      for (const row of rows) finder.add(row[at] ?? "");
      return finder.kind;
    });
    const floats = new Set(columns.filter((_, at) => areFloats(kinds[at] as CsvKind)));
    for (let from = 0; from < rows.length; from += BATCH_ROWS) {
      const batch = rows.slice(from, from + BATCH_ROWS);
      const cellsAt = (at: number) =>
        cellsOfKind(
          kinds[at] as CsvKind,
          batch.map((row) => row[at] ?? ""),
        );
      const cells = Object.fromEntries(columns.map((name, at) => [name, cellsAt(at)]));
      runner.add({ rows: batch.length, columns: cells, floats });
    }
    return runner.finish();
  });
}

function describe(one: ExpectationResult): string {
  const { type, kwargs } = one.expectation_config;
  const { result } = one;
  const column = kwargs.column === undefined ? "the table" : `column ${String(kwargs.column)}`;
  const expected = JSON.stringify(
    Object.fromEntries(Object.entries(kwargs).filter(([key]) => key !== "column")),
    writeExactly,
  );
  if (result.unexpected_count !== undefined) {
    const percent = Number(result.unexpected_percent ?? 0).toFixed(2);
    const list = result.partial_unexpected_list as readonly unknown[] | undefined;
    const examples =
      list === undefined
        ? ""
        : `, for example ${JSON.stringify([...new Set(list)].slice(0, 3), writeExactly)}`;
    return `${column}: ${type} ${expected}: ${String(result.unexpected_count)} of ${String(result.element_count)} values (${percent} %) are not${examples}`;
  }
  return `${column}: ${type} ${expected}${result.observed_value === undefined ? "" : `: observed ${JSON.stringify(result.observed_value, writeExactly)}`}`;
}
