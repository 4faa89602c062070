import { readExactly } from "../exactJson.ts";
import { EXPECTATIONS } from "../expectations.ts";
import { shown } from "../messages.ts";
import { SuiteRunner, type SuiteRunnerOptions } from "../suiteRunner.ts";
import {
  type Evaluator,
  type EvaluatorFactory,
  type ExpectationConfig,
  type Reporting,
  type Suite,
  SuiteError,
  type SuiteResult,
} from "../types.ts";
import { NoSuchColumn, TableCells } from "./cells.ts";
import { ATHENA, type Dialect, DUCKDB } from "./dialect.ts";
import { PLANNERS, REFUSALS } from "./planners.ts";
import { type Answers, type Asked, Names, type Part, Scope } from "./scope.ts";
import { type Statement, statementsOf } from "./statements.ts";
import { SqlDataError, type SqlRow, type SqlTable, Unsupported } from "./types.ts";

export type SqlOptions = Pick<SuiteRunnerOptions, "resultFormat" | "sensitiveColumns">;
export type EngineName = "streaming" | Dialect["name"];

const DIALECTS: readonly Dialect[] = [ATHENA, DUCKDB];

/** What to run, in this order, and what the answers then mean. */
export interface SqlPlan {
  readonly suite: Suite;
  readonly table: SqlTable;
  readonly options: SqlOptions;
  readonly statements: readonly Statement[];
  /** Of each expectation; those on columns that are not there have none. */
  readonly parts: ReadonlyMap<ExpectationConfig, Part>;
  /** Measures that count cells of another type than their column's, with the column. */
  readonly misfits: ReadonlyMap<string, string>;
}

/**
 * The statements that answer a suite on a table: one scan for all counts, aggregates and examples, one union for lists of values;
 * more only where the engine's limits ask for it.
 * Throws SuiteError with every expectation that the engine cannot run with the streaming engine's meaning.
 */
export function planSuite(
  suite: Suite,
  table: SqlTable,
  dialect: Dialect,
  options: SqlOptions = {},
): SqlPlan {
  const { planned, problems } = planParts(suite, table, dialect, options);
  if (problems.length > 0) throw new SuiteError(problems);
  const cells = new TableCells(table, dialect);
  const asked = [...planned.values()].map((one) => one.asked);
  const misfits = new Map(asked.flatMap((one) => [...one.misfits]));
  const parts = new Map([...planned].map(([config, { part }]) => [config, part]));
  return { suite, table, options, statements: statementsOf(asked, cells, dialect), parts, misfits };
}

/**
 * Expectations that an engine cannot run, each with its place in the suite, its type, why, and what to do; none when it can run
 * all. What SQL can run depends on the types of columns: without a table only what it can never run is told.
 */
export function unsupportedBy(
  engine: EngineName,
  suite: Suite,
  table?: SqlTable,
  options: SqlOptions = {},
): readonly string[] {
  const dialect = DIALECTS.find(({ name }) => name === engine);
  if (dialect === undefined) return [];
  if (table !== undefined) return planParts(suite, table, dialect, options).problems;
  return suite.expectations.flatMap((config, i) =>
    PLANNERS.has(EXPECTATIONS[config.type]) ? [] : [problemOf(config, i, dialect, refusalOf(config.type))],
  );
}

const refusalOf = (type: string): string =>
  `${REFUSALS.get(EXPECTATIONS[type]) ?? "it has no counterpart in SQL"}; run it with the streaming engine`;

function problemOf(
  { type, kwargs }: ExpectationConfig,
  index: number,
  { name }: Dialect,
  why: string,
): string {
  const column = kwargs.column === undefined ? "" : ` on ${shown(kwargs.column)}`;
  return `suite.expectations[${index}] (${type}${column}) on engine ${name}: ${why}`;
}

interface Planned {
  readonly part: Part;
  readonly asked: Asked;
}

/** What a result format asks of rows that no statement here gives. */
function rowOptions({ resultFormat = "SUMMARY" }: SqlOptions): string[] {
  if (typeof resultFormat === "string") return [];
  const { include_unexpected_rows: hasRows, return_unexpected_index_query: hasQuery } = resultFormat;
  const asked = {
    include_unexpected_rows: hasRows === true,
    unexpected_index_column_names: resultFormat.unexpected_index_column_names !== undefined,
    return_unexpected_index_query: hasQuery === true && resultFormat.result_format !== "COMPLETE",
  };
  return Object.entries(asked).flatMap(([name, isAsked]) =>
    isAsked
      ? [`result_format.${name}: it has no counterpart in SQL; run the suite with the streaming engine`]
      : [],
  );
}

/** The suite runner says how each expectation is reported; what it would evaluate is planned instead. */
function planParts(suite: Suite, table: SqlTable, dialect: Dialect, options: SqlOptions) {
  const cells = new TableCells(table, dialect);
  const names = new Names();
  const planned = new Map<ExpectationConfig, Planned>();
  const problems = rowOptions(options);
  runnerOf(suite, table, options, (config, reporting) => {
    try {
      const evaluate = EXPECTATIONS[config.type] as EvaluatorFactory;
      const scope = new Scope(cells, dialect, names, config.kwargs, evaluate);
      const planner = PLANNERS.get(evaluate);
      if (planner === undefined) throw new Unsupported(refusalOf(config.type));
      const part = planner(scope, config.kwargs, reporting);
      // Alone it must fit; with others, statements are split.
      statementsOf([scope.asked], cells, dialect);
      planned.set(config, { part, asked: scope.asked });
    } catch (error) {
      if (error instanceof NoSuchColumn) return undefined;
      if (!(error instanceof Unsupported)) throw error;
      problems.push(problemOf(config, suite.expectations.indexOf(config), dialect, error.message));
    }
    return undefined;
  });
  return { planned, problems };
}

function runnerOf(
  suite: Suite,
  table: SqlTable,
  options: SqlOptions,
  evaluatorOf: (config: ExpectationConfig, reporting: Reporting) => Evaluator | undefined,
): SuiteRunner {
  return new SuiteRunner(suite, { ...options, columns: table.columns.map(({ name }) => name), evaluatorOf });
}

/**
 * The results of a suite from the rows of each statement, in the order of the plan's statements; the same objects that
 * the streaming engine writes, without indices where the table has no row number.
 * Throws SqlDataError when cells are not of their column's type.
 */
export function finishSuite(plan: SqlPlan, rows: readonly (readonly SqlRow[])[]): SuiteResult {
  const answers = answersOf(plan.statements, rows);
  const problems = [...plan.misfits].flatMap(([measure, column]) => {
    const count = answers.count(measure);
    return count === 0
      ? []
      : [
          `column ${shown(column)}: expected cells of one type, got ${count} of another; correct the type in the schema, or run the streaming engine`,
        ];
  });
  if (problems.length > 0) throw new SqlDataError(problems);
  const runner = runnerOf(plan.suite, plan.table, plan.options, (config) => {
    const part = plan.parts.get(config);
    return part && { add() {}, finish: () => part.finish(answers) };
  });
  return runner.finish();
}

function answersOf(statements: readonly Statement[], rows: readonly (readonly SqlRow[])[]): Answers {
  const found = new Map<string, unknown>();
  statements.forEach((statement, at) => {
    const given = rows[at];
    if (given === undefined)
      throw new Error(`expected the rows of ${statements.length} statements, got ${rows.length}`);
    if (statement.kind === "scan")
      statement.measures.forEach((measure, i) => {
        found.set(measure, given[0]?.[`a${i}`]);
      });
    else
      statement.listings.forEach((listing, i) => {
        const own = given.filter(({ k }) => k === String(i));
        found.set(
          listing,
          own.map(({ v }) => parsed(v)),
        );
      });
  });
  const number = (measure: string): number | null => {
    const value = found.get(measure) ?? null;
    return value === null ? null : Number(value);
  };
  return {
    number,
    count: (measure) => number(measure) ?? 0,
    json(measure) {
      const value = found.get(measure) ?? null;
      return value === null ? undefined : parsed(value);
    },
    listed: (listing) => (found.get(listing) ?? []) as readonly unknown[],
  };
}

const parsed = (json: unknown): unknown => JSON.parse(String(json), readExactly);
