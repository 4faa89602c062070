import { MapTally } from "../mapResult.ts";
import { EXPECTATIONS } from "../parseSuite.ts";
import type { Evaluator, EvaluatorResult, Kwargs, Reporting, Row, Selection, TableFacts } from "../types.ts";
import type { Cells } from "./cells.ts";
import { dtypeOf } from "./dtypeOf.ts";
import type { Answers, Part, Scope } from "./scope.ts";

/** A map expectation in SQL. */
export interface MapQuestion {
  readonly mostly: number;
  /** Columns whose values the examples show. */
  readonly shown: readonly Cells[];
  /** Clause of rows that do not count; undefined: the expectation is about missing values, and all rows count. */
  readonly missing: string | undefined;
  /** Clause of unexpected rows, also of rows that are missing, which are left out; NULL counts as expected. */
  readonly unexpected: string;
  readonly hasSubquery?: boolean;
  /** What the streaming engine lists for the values of a row; default: the value itself. */
  readonly listed?: (values: readonly unknown[]) => unknown;
}

/** Counts rows, missing and unexpected ones in the scan, with as many examples as the result format shows. */
export function mapPart(scope: Scope, reporting: Reporting, question: MapQuestion): Part {
  const { mostly, shown, missing, unexpected, listed = ([value]) => value } = question;
  const clause = missing === undefined ? unexpected : `NOT (${missing}) AND (${unexpected})`;
  const mark = scope.mark(clause, question.hasSubquery);
  const rows = scope.rows();
  const missingCount =
    missing === undefined ? undefined : scope.measure(`count_if(${scope.within(missing)})`);
  const count = scope.measure(`count_if(${mark})`);
  const dtypes = shown.map((cells) => dtypeOf(scope, cells));
  const examples = examplesOf(scope, mark, shown, reporting);
  return {
    finish(answers) {
      const tally = new MapTally(reporting);
      tally.rows = answers.number(rows) ?? 0;
      tally.missing = missingCount === undefined ? 0 : (answers.number(missingCount) ?? 0);
      for (const [index, ...values] of listsOf(answers, examples))
        tally.addUnexpected(listed(values), Number(index));
      tally.unexpected = answers.number(count) ?? 0;
      const areFloats = dtypes.map((dtype) => dtype(answers) === "float64");
      const result = tally.result(mostly, areFloats, missing === undefined);
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
  return scope.examples(
    mark,
    showsValues ? shown : [],
    format === "COMPLETE" ? Number.POSITIVE_INFINITY : examples,
  );
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

/** The streaming engine's evaluator of an expectation, to judge rows that the statements chose. */
export function streamingOf(type: string, kwargs: Kwargs, reporting: Reporting): Evaluator {
  const evaluator = EXPECTATIONS[type]?.(kwargs, reporting);
  if (evaluator === undefined) throw new Error(`${type} has no streaming evaluator`);
  return evaluator;
}

/** Facts for evaluators that ask for none. */
export const NO_TABLE: TableFacts = { rows: 0, columns: [], dtypeOf: () => "object_" };

/** Rows that the statements chose, for a streaming evaluator. */
export function selectionOf(rows: readonly Row[]): Selection {
  const names = Object.keys(rows[0] ?? {});
  const columns = Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));
  return { rows: rows.length, columns, indices: 0 };
}

export interface Failing {
  readonly clause: string;
  readonly columns: readonly Cells[];
  /** Rows under the clause that it takes to fail; default one. */
  readonly least?: number;
}

/**
 * An expectation that the streaming engine cannot evaluate on values of this type. `finish` gets the first row that it would
 * fail on, to be given to its own evaluator, which gives its own error; undefined when there is none.
 */
export function failingPart(
  scope: Scope,
  { clause, columns, least = 1 }: Failing,
  finish: (row: Row | undefined, answers: Answers) => EvaluatorResult,
): Part {
  const mark = scope.mark(clause);
  const first = scope.examples(mark, columns, 1);
  const count = least > 1 ? scope.measure(`count_if(${mark})`) : undefined;
  return {
    finish(answers) {
      const [given] = listsOf(answers, first);
      const isEnough = count === undefined || (answers.number(count) ?? 0) >= least;
      if (given === undefined || !isEnough) return finish(undefined, answers);
      const [, ...values] = given;
      return finish(Object.fromEntries(columns.map(({ name }, i) => [name, values[i]])), answers);
    },
  };
}

/** A map expectation whose values, where there are any, the streaming engine cannot evaluate. */
export function failingMap(scope: Scope, failing: Failing, evaluator: () => Evaluator, part: Part): Part {
  return failingPart(scope, failing, (row, answers) => {
    // Twice, because an order takes two.
    if (row !== undefined) evaluator().add(selectionOf([row, row]));
    return part.finish(answers);
  });
}
