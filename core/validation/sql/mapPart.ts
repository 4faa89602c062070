import { batchOf, byName } from "../columnEvaluator.ts";
import { MapTally } from "../mapResult.ts";
import type { EvaluatorResult, Kwargs, Reporting, Row, Selection, TableFacts } from "../types.ts";
import { type Cells, isPresent } from "./cells.ts";
import { dtypeOf } from "./dtypeOf.ts";
import type { Answers, ColumnPlanner, Part, Scope } from "./scope.ts";

/** A map expectation in SQL. */
export interface MapQuestion {
  /** Columns whose values the examples show. */
  readonly shown: readonly Cells[];
  /** Clause of rows that do not count; undefined: the expectation is about missing values, and all rows count. */
  readonly missing: string | undefined;
  /** Clause of unexpected rows, also of rows that are missing, which are left out; NULL counts as expected. */
  readonly unexpected: string;
  /** What the streaming engine lists for the values of a row; default: the value itself. */
  readonly listed?: (values: readonly unknown[]) => unknown;
}

/** Counts rows, missing and unexpected ones in the scan, with as many examples as the result format shows. */
export function mapPart(
  scope: Scope,
  kwargs: Kwargs,
  reporting: Reporting,
  { shown, missing, unexpected, listed = ([value]) => value }: MapQuestion,
): Part {
  const clause = missing === undefined ? unexpected : `NOT (${missing}) AND (${unexpected})`;
  const mark = scope.mark(clause);
  const rows = scope.rows();
  const missingCount =
    missing === undefined ? undefined : scope.measure(`count_if(${scope.within(missing)})`);
  const count = scope.measure(`count_if(${mark})`);
  const dtypes = shown.map((cells) => dtypeOf(scope, cells));
  const examples = examplesOf(scope, mark, shown, reporting);
  return {
    finish(answers) {
      const tally = new MapTally(kwargs, reporting);
      tally.rows = answers.count(rows);
      tally.missing = missingCount === undefined ? 0 : answers.count(missingCount);
      for (const [index, ...values] of listsOf(answers, examples))
        tally.addUnexpected(listed(values), Number(index));
      tally.unexpected = answers.count(count);
      const areFloats = dtypes.map((dtype) => dtype(answers) === "float64");
      const result = tally.result(areFloats, missing === undefined);
      return scope.hasOrder ? result : withoutOrder(result);
    },
  };
}

function examplesOf(
  scope: Scope,
  mark: string,
  shown: readonly Cells[],
  { format, examples, showsValues }: Reporting,
): string | undefined {
  const isListed = format !== "BOOLEAN_ONLY" && (showsValues || (format !== "BASIC" && scope.hasOrder));
  if (!isListed || (examples === 0 && format !== "COMPLETE")) return undefined;
  return scope.examples(mark, showsValues ? shown : [], format === "COMPLETE" ? Infinity : examples);
}

function listsOf(answers: Answers, examples: string | undefined): readonly (readonly unknown[])[] {
  return examples === undefined ? [] : ((answers.json(examples) ?? []) as unknown[][]);
}

/** Rows without an order have no index to give. */
function withoutOrder({ success, result }: EvaluatorResult): EvaluatorResult {
  const {
    partial_unexpected_index_list: _partial,
    unexpected_index_list: _all,
    unexpected_index_query: _query,
    ...rest
  } = result;
  return { success, result: rest };
}

/** Facts for evaluators that ask for none. */
export const NO_TABLE: TableFacts = { rows: 0, columns: [], dtypeOf: () => "object_" };

/** Rows that the statements chose, for a streaming evaluator. */
export const selectionOf = (rows: readonly Row[]): Selection => ({
  ...batchOf(rows, Object.keys(rows[0] ?? {})),
  indices: 0,
});

/** What the streaming engine says of rows that the statements chose. */
export function judged(
  scope: Scope,
  kwargs: Kwargs,
  reporting: Reporting,
  rows: readonly Row[],
): EvaluatorResult {
  const evaluator = scope.evaluate(kwargs, reporting);
  evaluator.add(selectionOf(rows));
  return evaluator.finish(NO_TABLE);
}

interface Failing {
  readonly clause: string;
  readonly columns: readonly Cells[];
  /** Rows under the clause that it takes to fail; default one. */
  readonly least?: number;
}

/**
 * An expectation that the streaming engine cannot evaluate on values of this type. `finish` gets the first row that it would
 * fail on, to be given to its own evaluator, which gives its own error; none when there is none.
 */
function failingPart(
  scope: Scope,
  { clause, columns, least = 1 }: Failing,
  finish: (rows: readonly Row[], answers: Answers) => EvaluatorResult,
): Part {
  const mark = scope.mark(clause);
  const first = scope.examples(mark, columns, 1);
  const count = least > 1 ? scope.measure(`count_if(${mark})`) : undefined;
  return {
    finish(answers) {
      const isEnough = count === undefined || answers.count(count) >= least;
      const given = isEnough ? listsOf(answers, first) : [];
      const rows = given.map(([, ...values]) =>
        byName(
          columns.map(({ name }) => name),
          (_, i) => values[i],
        ),
      );
      return finish(rows, answers);
    },
  };
}

/** An aggregate of a column whose values, where there are any, the streaming engine cannot evaluate. */
export const failingAggregate: ColumnPlanner = (scope, cells, kwargs, reporting) =>
  failingPart(scope, { clause: isPresent(cells), columns: [cells] }, (rows) =>
    judged(scope, kwargs, reporting, rows),
  );

/** A map expectation on such a column. */
export function failingMap(
  scope: Scope,
  kwargs: Kwargs,
  reporting: Reporting,
  failing: Failing,
  part: Part,
): Part {
  return failingPart(scope, failing, (rows, answers) => {
    // Twice, because an order takes two.
    scope.evaluate(kwargs, reporting).add(selectionOf([...rows, ...rows]));
    return part.finish(answers);
  });
}
