import { onCells } from "./columnEvaluator.ts";
import { DuplicateFinder } from "./columnMaps.ts";
import { listKwarg, mostlyKwarg, numberKwarg, textKwarg } from "./kwargs.ts";
import { MapTally } from "./mapResult.ts";
import { compareValues, valueKey } from "./pythonValues.ts";
import { type EvaluatorFactory, ExpectationError, isMissing, type Kwargs } from "./types.ts";

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
    throw new ExpectationError(
      `kwargs.ignore_row_if: expected one of ${Object.keys(rules).join(", ")}, got ${JSON.stringify(name)}`,
    );
  }
  return rule;
}

function pair(prepare: (kwargs: Kwargs) => (a: unknown, b: unknown) => boolean): EvaluatorFactory {
  return (kwargs, reporting) => {
    const columns = [textKwarg(kwargs, "column_A"), textKwarg(kwargs, "column_B")] as const;
    const isIgnored = ignoreRule(kwargs, PAIR_RULES, "both_values_are_missing");
    const isExpected = prepare(kwargs);
    const mostly = mostlyKwarg(kwargs);
    const tally = new MapTally(reporting);
    const add = (values: readonly unknown[], index: number): void => {
      tally.rows++;
      if (isIgnored(values)) tally.missing++;
      else if (!isExpected(values[0], values[1])) tally.addUnexpected(values, index);
    };
    return onCells(columns, add, () => tally.result(mostly));
  };
}

function list(prepare: (kwargs: Kwargs) => (values: readonly unknown[]) => boolean): EvaluatorFactory {
  return (kwargs, reporting) => {
    const columns = listKwarg(kwargs, "column_list").map(String);
    const isIgnored = ignoreRule(kwargs, LIST_RULES, "all_values_are_missing");
    const isExpected = prepare(kwargs);
    const mostly = mostlyKwarg(kwargs);
    const tally = new MapTally(reporting);
    const add = (values: readonly unknown[], index: number): void => {
      tally.rows++;
      if (isIgnored(values)) tally.missing++;
      else if (!isExpected(values)) tally.addUnexpected(record(columns, values), index);
    };
    return onCells(columns, add, () => tally.result(mostly));
  };
}

function record(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((c, i) => [c, values[i]]));
}

const compoundUnique: EvaluatorFactory = (kwargs, reporting) => {
  const columns = listKwarg(kwargs, "column_list").map(String);
  const isIgnored = ignoreRule(kwargs, LIST_RULES, "all_values_are_missing");
  const mostly = mostlyKwarg(kwargs);
  const tally = new MapTally(reporting);
  const duplicates = new DuplicateFinder();
  const add = (values: readonly unknown[], index: number): void => {
    tally.rows++;
    if (isIgnored(values)) tally.missing++;
    else duplicates.add(JSON.stringify(values.map(valueKey)), record(columns, values), index);
  };
  return onCells(columns, add, () => {
    duplicates.report(tally);
    return tally.result(mostly);
  });
};

function sumOf(values: readonly unknown[]): number {
  return values.reduce<number>((total, value) => {
    // A missing part makes the sum missing, which equals nothing.
    if (isMissing(value)) return Number.NaN;
    if (typeof value !== "number")
      throw new ExpectationError(`expected numbers, got ${JSON.stringify(value)}`);
    return total + value;
  }, 0);
}

/** Expectations on several columns of a row, by type. */
export const MULTI_COLUMNS: Readonly<Record<string, EvaluatorFactory>> = {
  expect_column_pair_values_a_to_be_greater_than_b: pair((kwargs) => {
    const isEqualOkay = kwargs.or_equal === true;
    return (a, b) => {
      if (isMissing(a) || isMissing(b)) return false;
      const order = compareValues(a, b);
      return order > 0 || (isEqualOkay && order === 0);
    };
  }),
  expect_column_pair_values_to_be_equal: pair(
    () => (a, b) => !isMissing(a) && !isMissing(b) && valueKey(a) === valueKey(b),
  ),
  expect_column_pair_values_to_be_in_set: pair((kwargs) => {
    const key = (values: readonly unknown[]): string =>
      JSON.stringify(values.map((v) => (isMissing(v) ? null : valueKey(v))));
    const members = new Set((listKwarg(kwargs, "value_pairs_set") as unknown[][]).map(key));
    return (a, b) => members.has(key([a, b]));
  }),
  expect_compound_columns_to_be_unique: compoundUnique,
  expect_select_column_values_to_be_unique_within_record: list(
    () => (values) => new Set(values.map(valueKey)).size === values.length,
  ),
  expect_multicolumn_sum_to_equal: list((kwargs) => {
    const total = numberKwarg(kwargs, "sum_total");
    return (values) => sumOf(values) === total;
  }),
};
