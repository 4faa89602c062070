/** Column map expectations: each value is expected or not; nulls are ignored, `mostly` is a share of the rest (GX ColumnMapExpectation). */
import { type Evaluator, isNull, type ResultFormat, type Row } from "./types.ts";

type Kwargs = Readonly<Record<string, unknown>>;
type Test = (value: unknown) => boolean;

const PARTIAL = 20;

/** Collects what GX reports of a map expectation. `countsNulls`: null expectations look at all rows and omit `missing_*`. */
class MapEvaluator implements Evaluator {
  #elements = 0;
  #missing = 0;
  readonly #unexpected: unknown[] = [];
  readonly #indexes: number[] = [];
  readonly #column: string;
  readonly #mostly: number;
  readonly #test: Test;
  readonly #countsNulls: boolean;

  constructor(kwargs: Kwargs, test: Test, countsNulls = false) {
    this.#column = String(kwargs.column);
    this.#mostly = typeof kwargs.mostly === "number" ? kwargs.mostly : 1;
    this.#test = test;
    this.#countsNulls = countsNulls;
  }

  add(row: Row): void {
    const value = row[this.#column];
    const index = this.#elements++;
    if (!this.#countsNulls && isNull(value)) {
      this.#missing += 1;
      return;
    }
    if (!this.#test(value)) {
      this.#unexpected.push(value ?? null);
      this.#indexes.push(index);
    }
  }

  finish(format: ResultFormat): { success: boolean; result: Record<string, unknown> } {
    const considered = this.#elements - this.#missing;
    const unexpected = this.#unexpected.length;
    // GX divides exactly so; 1 - u/n would round differently.
    const success = considered === 0 || (considered - unexpected) / considered >= this.#mostly;
    return { success, result: this.#report(format, considered, unexpected) };
  }

  #report(format: ResultFormat, considered: number, unexpected: number): Record<string, unknown> {
    if (format === "BOOLEAN_ONLY") return {};
    const percent = (part: number, whole: number): number | null => (whole === 0 ? null : (part / whole) * 100);
    const result: Record<string, unknown> = {
      element_count: this.#elements,
      unexpected_count: unexpected,
      unexpected_percent: percent(unexpected, considered),
      partial_unexpected_list: this.#unexpected.slice(0, PARTIAL),
    };
    if (!this.#countsNulls) {
      result.missing_count = this.#missing;
      result.missing_percent = percent(this.#missing, this.#elements);
      result.unexpected_percent_total = percent(unexpected, this.#elements);
      result.unexpected_percent_nonmissing = percent(unexpected, considered);
    }
    if (format === "BASIC") return result;
    result.partial_unexpected_counts = countValues(this.#unexpected.slice(0, PARTIAL));
    result.partial_unexpected_index_list = this.#indexes.slice(0, PARTIAL);
    if (format === "COMPLETE") {
      result.unexpected_list = this.#unexpected;
      result.unexpected_index_list = this.#indexes;
    }
    return result;
  }
}

function countValues(values: readonly unknown[]): { value: unknown; count: number }[] {
  const counts = new Map<unknown, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1));
}

/** Values seen more than once are unexpected, every one of them: known only after the last row. */
class UniqueEvaluator implements Evaluator {
  readonly #kwargs: Kwargs;
  readonly #rows: Row[] = [];
  constructor(kwargs: Kwargs) {
    this.#kwargs = kwargs;
  }
  add(row: Row): void {
    this.#rows.push({ [String(this.#kwargs.column)]: row[String(this.#kwargs.column)] });
  }
  finish(format: ResultFormat): { success: boolean; result: Record<string, unknown> } {
    const counts = new Map<unknown, number>();
    const column = String(this.#kwargs.column);
    for (const row of this.#rows) counts.set(row[column], (counts.get(row[column]) ?? 0) + 1);
    const map = new MapEvaluator(this.#kwargs, (value) => counts.get(value) === 1);
    for (const row of this.#rows) map.add(row);
    return map.finish(format);
  }
}

const numberOf = (value: unknown): number => (typeof value === "number" ? value : Number(value));
const bound = (kwargs: Kwargs, name: string): number | null => (kwargs[name] === undefined || kwargs[name] === null ? null : numberOf(kwargs[name]));

/** Inclusive unless strict; at least one bound. */
export function betweenTest(kwargs: Kwargs): (value: number) => boolean {
  const min = bound(kwargs, "min_value");
  const max = bound(kwargs, "max_value");
  return (value) => {
    if (min !== null && (kwargs.strict_min === true ? value <= min : value < min)) return false;
    return !(max !== null && (kwargs.strict_max === true ? value >= max : value > max));
  };
}

const asText = (value: unknown): string => String(value);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function ordered(kwargs: Kwargs, direction: 1 | -1): Test {
  let before: number | string | undefined;
  return (value) => {
    const current = value as number | string;
    const last = before;
    before = current;
    if (last === undefined) return true;
    if (current === last) return kwargs.strictly !== true;
    return direction === 1 ? current > last : current < last;
  };
}

function lengths(kwargs: Kwargs): Test {
  const test = betweenTest(kwargs);
  return (value) => test([...asText(value)].length);
}

function typeTest(names: readonly string[]): Test {
  const known: Record<string, Test> = {
    int: (value) => typeof value === "number" && Number.isInteger(value),
    float: (value) => typeof value === "number",
    str: (value) => typeof value === "string",
    bool: (value) => typeof value === "boolean",
  };
  const aliases: Record<string, string> = { int64: "int", INTEGER: "int", float64: "float", DOUBLE: "float", object: "str", string: "str", VARCHAR: "str", boolean: "bool", BOOLEAN: "bool" };
  return (value) => names.some((name) => known[aliases[name] ?? name]?.(value) === true);
}

/** Python's regular expressions that JavaScript reads alike; `re.search` semantics. */
const search = (pattern: unknown): Test => {
  const regex = new RegExp(String(pattern), "u");
  return (value) => regex.test(asText(value));
};

export const COLUMN_MAP: Readonly<Record<string, (kwargs: Kwargs) => Evaluator>> = {
  expect_column_values_to_not_be_null: (k) => new MapEvaluator(k, (value) => !isNull(value), true),
  expect_column_values_to_be_null: (k) => new MapEvaluator(k, isNull, true),
  expect_column_values_to_be_unique: (k) => new UniqueEvaluator(k),
  expect_column_values_to_be_between: (k) => {
    const test = betweenTest(k);
    return new MapEvaluator(k, (value) => typeof value === "number" && test(value));
  },
  expect_column_values_to_be_in_set: (k) => {
    const known = new Set(list(k.value_set));
    return new MapEvaluator(k, (value) => k.value_set == null || known.has(value));
  },
  expect_column_values_to_not_be_in_set: (k) => {
    const known = new Set(list(k.value_set));
    return new MapEvaluator(k, (value) => !known.has(value));
  },
  expect_column_values_to_be_of_type: (k) => new MapEvaluator(k, typeTest([String(k.type_)])),
  expect_column_values_to_be_in_type_list: (k) => new MapEvaluator(k, typeTest(list(k.type_list).map(String))),
  expect_column_values_to_match_regex: (k) => new MapEvaluator(k, search(k.regex)),
  expect_column_values_to_not_match_regex: (k) => {
    const test = search(k.regex);
    return new MapEvaluator(k, (value) => !test(value));
  },
  expect_column_values_to_match_regex_list: (k) => {
    const tests = list(k.regex_list).map(search);
    return new MapEvaluator(k, (value) => (k.match_on === "all" ? tests.every((test) => test(value)) : tests.some((test) => test(value))));
  },
  expect_column_value_lengths_to_be_between: (k) => new MapEvaluator(k, lengths(k)),
  expect_column_value_lengths_to_equal: (k) => new MapEvaluator(k, (value) => [...asText(value)].length === k.value),
  expect_column_values_to_be_increasing: (k) => new MapEvaluator(k, ordered(k, 1)),
  expect_column_values_to_be_decreasing: (k) => new MapEvaluator(k, ordered(k, -1)),
};
