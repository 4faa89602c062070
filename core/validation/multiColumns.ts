import { asNumber } from "./collectors.ts";
import { byName, onCells } from "./columnEvaluator.ts";
import { DuplicateFinder } from "./duplicates.ts";
import { listKwarg, numberKwarg, textKwarg } from "./kwargs.ts";
import { MapTally } from "./mapResult.ts";
import { badKwarg } from "./messages.ts";
import { compareValues, tupleKey, valueKey } from "./pythonValues.ts";
import { type EvaluatorFactory, isMissing, type Kwargs, type Reporting } from "./types.ts";

type RowIgnored = (values: readonly unknown[]) => boolean;

const all: RowIgnored = (values) => values.every(isMissing);
const any: RowIgnored = (values) => values.some(isMissing);
const PAIR_RULES: Readonly<Record<string, RowIgnored>> = {
  both_values_are_missing: all,
  either_value_is_missing: any,
  neither: () => false,
};
const LIST_RULES: Readonly<Record<string, RowIgnored>> = {
  all_values_are_missing: all,
  any_value_is_missing: any,
  never: () => false,
};

function ignoreRule(
  kwargs: Kwargs,
  rules: Readonly<Record<string, RowIgnored>>,
  fallback: string,
): RowIgnored {
  const name = String(kwargs.ignore_row_if ?? fallback);
  const rule = rules[name];
  if (rule === undefined) {
    throw badKwarg("ignore_row_if", `one of ${Object.keys(rules).join(", ")}`, name);
  }
  return rule;
}

/** What becomes of a row that counts: found unexpected or not at once, or when all rows are there. */
interface Judge {
  add(values: readonly unknown[], shown: unknown, index: number): void;
  finish?(): void;
}

/** An expectation on the cells of several columns of a row. */
function several(
  columnsOf: (kwargs: Kwargs) => readonly string[],
  rules: Readonly<Record<string, RowIgnored>>,
  fallback: string,
  judgeOf: (kwargs: Kwargs, tally: MapTally, reporting: Reporting) => Judge,
): EvaluatorFactory {
  return (kwargs, reporting) => {
    const columns = columnsOf(kwargs);
    const isIgnored = ignoreRule(kwargs, rules, fallback);
    const tally = new MapTally(kwargs, reporting);
    const judge = judgeOf(kwargs, tally, reporting);
    const isPair = rules === PAIR_RULES;
    const add = (values: readonly unknown[], index: number): void => {
      tally.rows++;
      if (isIgnored(values)) tally.missing++;
      else judge.add(values, isPair ? values : byName(columns, (_, i) => values[i]), index);
    };
    return onCells(columns, add, ({ dtypeOf }) => {
      judge.finish?.();
      return tally.result(columns.map((column) => dtypeOf(column) === "float64"));
    });
  };
}

type Prepare = (kwargs: Kwargs) => (values: readonly unknown[]) => boolean;

/** Judges each row by itself. */
const byRow =
  (prepare: Prepare) =>
  (kwargs: Kwargs, tally: MapTally): Judge => {
    const isExpected = prepare(kwargs);
    return {
      add: (values, shown, index) => isExpected(values) || tally.addUnexpected(shown, index),
    };
  };

export const pairOf = (kwargs: Kwargs): string[] => [
  textKwarg(kwargs, "column_A"),
  textKwarg(kwargs, "column_B"),
];
export const listOf = (kwargs: Kwargs): string[] => listKwarg(kwargs, "column_list").map(String);

const pair = (prepare: Prepare): EvaluatorFactory =>
  several(pairOf, PAIR_RULES, "both_values_are_missing", byRow(prepare));

const list = (judgeOf: (kwargs: Kwargs, tally: MapTally, reporting: Reporting) => Judge): EvaluatorFactory =>
  several(listOf, LIST_RULES, "all_values_are_missing", judgeOf);

export const compoundUnique = list((_, tally, reporting) => {
  const duplicates = new DuplicateFinder(reporting);
  return {
    add: (values, shown, index) => duplicates.add(tupleKey(values), shown, index),
    finish: () => duplicates.report(tally),
  };
});

function sumOf(values: readonly unknown[]): number {
  // A missing part makes the sum missing, which equals nothing.
  return values.reduce<number>(
    (total, value) => total + (isMissing(value) ? Number.NaN : asNumber(value)),
    0,
  );
}

export const pairGreater = pair((kwargs) => {
  const isEqualOkay = kwargs.or_equal === true;
  return ([a, b]) => {
    if (isMissing(a) || isMissing(b)) return false;
    const order = compareValues(a, b);
    return order > 0 || (isEqualOkay && order === 0);
  };
});
export const pairEqual = pair(
  () =>
    ([a, b]) =>
      !isMissing(a) && !isMissing(b) && valueKey(a) === valueKey(b),
);
export const pairInSet = pair((kwargs) => {
  const members = new Set((listKwarg(kwargs, "value_pairs_set") as unknown[][]).map(tupleKey));
  return (values) => members.has(tupleKey(values));
});
export const uniqueWithinRecord = list(
  byRow(() => (values) => new Set(values.map(valueKey)).size === values.length),
);
export const sumEqual = list(
  byRow((kwargs) => {
    const total = numberKwarg(kwargs, "sum_total");
    return (values) => sumOf(values) === total;
  }),
);
