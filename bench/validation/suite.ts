/** The suite of the bench: 62 expectations of the kinds that a suite of a table has, a type and a rule for each column. */
import { COLUMNS } from "./generate.ts";

interface Expectation {
  readonly type: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
}

const WHOLE: Readonly<Record<string, number>> = {
  age: 88,
  visits: 400,
  items: 30,
  returns: 5,
  days_active: 2000,
  tickets: 8,
  score: 850,
  logins: 1500,
  referrals: 12,
};
const TEXT = ["event_time", "customer", "country", "channel", "plan", "device", "email"];

function typeOf(column: string): Expectation {
  const names = TEXT.includes(column)
    ? ["str", "object"]
    : column in WHOLE || column === "id"
      ? ["int64", "float64"]
      : ["float64"];
  return { type: "expect_column_values_to_be_in_type_list", kwargs: { column, type_list: names } };
}

const of = (kind: string, column: string, kwargs: Readonly<Record<string, unknown>> = {}): Expectation => ({
  type: `expect_column_${kind}`,
  kwargs: { column, ...kwargs },
});

/** Some hold, some hold mostly, some fail, so that equal verdicts mean something. */
const RULES: readonly Expectation[] = [
  { type: "expect_table_row_count_to_be_between", kwargs: { min_value: 1000 } },
  { type: "expect_table_columns_to_match_ordered_list", kwargs: { column_list: COLUMNS } },
  of("values_to_be_increasing", "id", { strictly: true }),
  of("values_to_match_regex", "event_time", { regex: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$" }),
  of("values_to_match_regex", "customer", { regex: "^C\\d{7}$", mostly: 0.99 }),
  of("values_to_be_in_set", "country", {
    value_set: ["DE", "FR", "ES", "IT", "PL", "NL", "BE", "AT", "SE", "PT"],
  }),
  of("values_to_not_be_null", "channel", { mostly: 0.9 }),
  of("distinct_values_to_be_in_set", "plan", { value_set: ["basic", "plus", "premium"] }),
  of("values_to_not_be_in_set", "device", { value_set: ["toaster"], mostly: 0.995 }),
  of("values_to_not_match_regex", "email", { regex: "^[^@]*$" }),
  ...Object.entries(WHOLE).map(([column, limit]) =>
    of("values_to_be_between", column, {
      min_value: column === "age" ? 18 : 0,
      max_value: limit,
      ...(limit > 100 ? { mostly: 0.99 } : {}),
    }),
  ),
  ...COLUMNS.filter((column) => column.startsWith("amount_")).map((column, index) => {
    const limit = 10 ** (2 + (index % 4));
    const [low, high] = [0.4 * limit, 0.6 * limit];
    if (index % 4 === 0) return of("mean_to_be_between", column, { min_value: low, max_value: high });
    if (index % 4 === 1) return of("max_to_be_between", column, { min_value: low, max_value: high });
    if (index % 4 === 2) return of("stdev_to_be_between", column, { min_value: 0, max_value: limit });
    return of("values_to_be_between", column, { min_value: 0, max_value: limit, mostly: 0.99 });
  }),
];

/** As Great Expectations writes suites; it gives results in another order, so each carries its number. */
export const SUITE = {
  name: "bench",
  expectations: [...COLUMNS.map(typeOf), ...RULES].map((one, bench) => ({ ...one, meta: { bench } })),
};
