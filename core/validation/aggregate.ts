/** Expectations about a whole column or the table: one observed value against bounds or a set. */
import { betweenTest } from "./columnMap.ts";
import { type Evaluator, isNull, type ResultFormat, type Row } from "./types.ts";

type Kwargs = Readonly<Record<string, unknown>>;

const observed = (success: boolean, value: unknown, format: ResultFormat) => ({
  success,
  result: format === "BOOLEAN_ONLY" ? {} : ({ observed_value: value } as Record<string, unknown>),
});

/** Collects the non-null values of a column, then measures. */
function column(kwargs: Kwargs, measure: (values: unknown[]) => { success: boolean; value: unknown }): Evaluator {
  const values: unknown[] = [];
  const name = String(kwargs.column);
  return {
    add(row: Row): void {
      if (!isNull(row[name])) values.push(row[name]);
    },
    finish(format) {
      const { success, value } = measure(values);
      return observed(success, value, format);
    },
  };
}

/** A number of the column between bounds; a metric that does not exist (empty column) fails, as in GX. */
const numberBetween = (metric: (values: number[]) => number | null) => (kwargs: Kwargs) =>
  column(kwargs, (values) => {
    const value = metric(values as number[]);
    return { success: value !== null && betweenTest(kwargs)(value), value };
  });

const mean = (values: number[]): number | null => (values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length);

/** Sample standard deviation (ddof 1). */
function standardDeviation(values: number[]): number | null {
  const middle = mean(values);
  if (middle === null || values.length < 2) return null;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

function median(values: number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

const set = (value: unknown): Set<unknown> => new Set(Array.isArray(value) ? value : []);
const sortedDistinct = (values: readonly unknown[]): unknown[] => [...new Set(values)].sort((a, b) => ((a as number) < (b as number) ? -1 : 1));

const distinct = (holds: (seen: Set<unknown>, wanted: Set<unknown>) => boolean) => (kwargs: Kwargs) =>
  column(kwargs, (values) => ({ success: holds(new Set(values), set(kwargs.value_set)), value: sortedDistinct(values) }));

const COLUMN: Readonly<Record<string, (kwargs: Kwargs) => Evaluator>> = {
  expect_column_min_to_be_between: numberBetween((values) => (values.length === 0 ? null : values.reduce((a, b) => Math.min(a, b)))),
  expect_column_max_to_be_between: numberBetween((values) => (values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b)))),
  expect_column_mean_to_be_between: numberBetween(mean),
  expect_column_median_to_be_between: numberBetween(median),
  expect_column_sum_to_be_between: numberBetween((values) => values.reduce((sum, value) => sum + value, 0)),
  expect_column_stdev_to_be_between: numberBetween(standardDeviation),
  expect_column_unique_value_count_to_be_between: numberBetween((values) => new Set(values).size),
  expect_column_proportion_of_unique_values_to_be_between: numberBetween((values) => (values.length === 0 ? null : new Set(values).size / values.length)),
  expect_column_distinct_values_to_be_in_set: distinct((seen, wanted) => [...seen].every((value) => wanted.has(value))),
  expect_column_distinct_values_to_contain_set: distinct((seen, wanted) => [...wanted].every((value) => seen.has(value))),
  expect_column_distinct_values_to_equal_set: distinct((seen, wanted) => seen.size === wanted.size && [...seen].every((value) => wanted.has(value))),
};

/** Counts rows and remembers the columns of the first. */
const table = (measure: (rows: number, columns: readonly string[], kwargs: Kwargs) => { success: boolean; value: unknown }) => (kwargs: Kwargs): Evaluator => {
  let rows = 0;
  let columns: readonly string[] = [];
  return {
    add(row) {
      if (rows === 0) columns = Object.keys(row);
      rows += 1;
    },
    finish(format) {
      const { success, value } = measure(rows, columns, kwargs);
      return observed(success, value, format);
    },
  };
};

const TABLE: Readonly<Record<string, (kwargs: Kwargs) => Evaluator>> = {
  expect_table_row_count_to_be_between: table((rows, _, kwargs) => ({ success: betweenTest(kwargs)(rows), value: rows })),
  expect_table_row_count_to_equal: table((rows, _, kwargs) => ({ success: rows === kwargs.value, value: rows })),
  expect_table_column_count_to_be_between: table((_, columns, kwargs) => ({ success: betweenTest(kwargs)(columns.length), value: columns.length })),
  expect_table_column_count_to_equal: table((_, columns, kwargs) => ({ success: columns.length === kwargs.value, value: columns.length })),
  expect_table_columns_to_match_ordered_list: table((_, columns, kwargs) => ({ success: JSON.stringify(columns) === JSON.stringify(kwargs.column_list), value: columns })),
  expect_table_columns_to_match_set: table((_, columns, kwargs) => {
    const wanted = set(kwargs.column_set);
    const missing = [...wanted].some((name) => !columns.includes(name as string));
    const extra = kwargs.exact_match !== false && columns.some((name) => !wanted.has(name));
    return { success: !missing && !extra, value: [...columns].sort() };
  }),
};

const multi: Readonly<Record<string, (kwargs: Kwargs) => Evaluator>> = {
  /** `column_index` is checked where it is given. */
  expect_column_to_exist: (kwargs) => {
    const inner = table((_, columns) => ({
      success: columns.includes(String(kwargs.column)) && (kwargs.column_index == null || columns.indexOf(String(kwargs.column)) === kwargs.column_index),
      value: undefined,
    }))(kwargs);
    return { add: inner.add, finish: () => ({ success: inner.finish("BOOLEAN_ONLY").success, result: {} }) };
  },
};

export const AGGREGATE = { ...COLUMN, ...TABLE, ...multi };
