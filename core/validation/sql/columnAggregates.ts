import { mixedWithMissing, observedBetween, quantileRanges, quantilesInRanges } from "../columnAggregates.ts";
import { textKwarg } from "../kwargs.ts";
import type { EvaluatorResult, Kwargs } from "../types.ts";
import { type Cells, comparable, doubleOf, isNumeric, jsonOf } from "./cells.ts";
import { failingPart, NO_TABLE, selectionOf, streamingOf } from "./mapPart.ts";
import { ranked } from "./ranks.ts";
import type { Answers, Planner, Scope } from "./scope.ts";

type Ask = (scope: Scope, cells: Cells, kwargs: Kwargs) => (answers: Answers) => EvaluatorResult;

/** Aggregates of numbers; text is an error of its first value. */
function ofNumbers(type: string, ask: Ask): Planner {
  return (scope, kwargs, reporting) => {
    const cells = scope.column(textKwarg(kwargs, "column"));
    if (isNumeric(cells)) return { finish: ask(scope, cells, kwargs) };
    const present = { clause: `${cells.sql} IS NOT NULL`, columns: [cells] };
    return failingPart(scope, present, (row) => {
      const evaluator = streamingOf(type, kwargs, reporting);
      if (row !== undefined) evaluator.add(selectionOf([row]));
      return evaluator.finish(NO_TABLE);
    });
  };
}

/** The least or greatest value; of truth values it is one again, not its number. */
function extreme(name: "min" | "max"): Planner {
  return (scope, kwargs) => {
    const cells = scope.column(textKwarg(kwargs, "column"));
    const judge = observedBetween(kwargs);
    const best = `${name}(${scope.selected(comparable(cells))})`;
    const kind = cells.kind === "boolean" ? "integer" : cells.kind;
    const answer = scope.measure(jsonOf({ ...cells, sql: best, kind }, scope.dialect));
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

const NUMBERS: Readonly<Record<string, Ask>> = {
  expect_column_mean_to_be_between: computed((value) => `avg(${value})`, null),
  expect_column_sum_to_be_between: computed((value) => `sum(${value})`, 0),
  expect_column_stdev_to_be_between: computed((value) => `stddev_samp(${value})`, null),
  expect_column_median_to_be_between: median,
  expect_column_quantile_values_to_be_between: quantiles,
};

/** Expectations on what a column adds up to, by type. */
export const COLUMN_AGGREGATE_PLANNERS: Readonly<Record<string, Planner>> = {
  ...Object.fromEntries(Object.entries(NUMBERS).map(([type, ask]) => [type, ofNumbers(type, ask)])),
  expect_column_min_to_be_between: extreme("min"),
  expect_column_max_to_be_between: extreme("max"),
};
