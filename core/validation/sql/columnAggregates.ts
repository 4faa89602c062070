import * as streaming from "../columnAggregates.ts";
import { mixedWithMissing, observedBetween, quantileRanges, quantilesInRanges } from "../columnAggregates.ts";
import type { EvaluatorResult, Kwargs } from "../types.ts";
import { type Cells, comparable, comparedAs, doubleOf, isNumeric, jsonOf } from "./cells.ts";
import { failingAggregate } from "./mapPart.ts";
import { ranked } from "./ranks.ts";
import type { Answers, ColumnPlanner, Planners, Scope } from "./scope.ts";

type Ask = (scope: Scope, cells: Cells, kwargs: Kwargs) => (answers: Answers) => EvaluatorResult;

/** Aggregates of numbers; text is an error of its first value. */
const ofNumbers =
  (ask: Ask): ColumnPlanner =>
  (scope, cells, kwargs, reporting) =>
    isNumeric(cells)
      ? { finish: ask(scope, cells, kwargs) }
      : failingAggregate(scope, cells, kwargs, reporting);

/** The least or greatest value; of truth values it is one again, not its number. */
function extreme(name: "min" | "max"): ColumnPlanner {
  return (scope, cells, kwargs) => {
    const judge = observedBetween(kwargs);
    const best = `${name}(${scope.selected(comparable(cells))})`;
    const answer = scope.measure(jsonOf(comparedAs(best, cells), scope.dialect));
    const [rows, present] = [scope.rows(), scope.present(cells.sql)];
    return {
      finish(answers) {
        const value = answers.json(answer) ?? null;
        const isText = typeof value === "string" && cells.moment !== "time";
        if (isText && answers.number(present) !== answers.number(rows)) throw mixedWithMissing();
        return judge(cells.kind === "boolean" && value !== null ? value === 1 : value);
      },
    };
  };
}

function computed(sqlOf: (value: string) => string, ofNone: number | null): Ask {
  return (scope, cells, kwargs) => {
    const judge = observedBetween(kwargs);
    const answer = scope.measure(sqlOf(scope.selected(doubleOf(cells))));
    return (answers) => judge(answers.number(answer) ?? ofNone);
  };
}

const median: Ask = (scope, cells, kwargs) => {
  const judge = observedBetween(kwargs);
  const ranks = ranked(scope, cells, [0.5]);
  return (answers) => {
    const { count, at } = ranks(answers);
    if (count === 0) return judge(null);
    const half = count >> 1;
    return judge(count % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2);
  };
};

const quantiles: Ask = (scope, cells, kwargs) => {
  const ranges = quantileRanges(kwargs);
  const ranks = ranked(scope, cells, ranges.quantiles);
  return (answers) => {
    const { count, at } = ranks(answers);
    return quantilesInRanges(ranges, count, at, cells.kind === "boolean");
  };
};

/** Expectations on what a column adds up to. */
export const COLUMN_AGGREGATE_PLANNERS: Planners<ColumnPlanner> = [
  [streaming.mean, ofNumbers(computed((value) => `avg(${value})`, null))],
  [streaming.sum, ofNumbers(computed((value) => `sum(${value})`, 0))],
  [streaming.stdev, ofNumbers(computed((value) => `stddev_samp(${value})`, null))],
  [streaming.median, ofNumbers(median)],
  [streaming.quantiles, ofNumbers(quantiles)],
  [streaming.min, extreme("min")],
  [streaming.max, extreme("max")],
];
