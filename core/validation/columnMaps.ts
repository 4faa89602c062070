import { onColumn } from "./columnEvaluator.ts";
import { isDateutilParseable } from "./dateutil/parse.ts";
import { compileJsonSchema } from "./jsonSchema/compile.ts";
import { boundsTest, insideBounds, listKwarg, mostlyKwarg, numberKwarg, textKwarg } from "./kwargs.ts";
import { MapTally } from "./mapResult.ts";
import { codePoints, compareValues, pythonText, valueKey } from "./pythonValues.ts";
import { pythonRegex } from "./regex/index.ts";
import { strftimeTest } from "./strftime.ts";
import { type EvaluatorFactory, ExpectationError, isMissing, type Kwargs } from "./types.ts";

/**
 * An expectation on each value by itself; missing values are left out. Numbers strictly between the limits that `surely` gives are
 * expected for certain, and need not be asked about one by one.
 */
function perValue(
  prepare: (kwargs: Kwargs) => (value: unknown) => boolean,
  surely: (kwargs: Kwargs) => readonly [number, number] = () => [0, 0],
): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const mostly = mostlyKwarg(kwargs);
    const isExpected = prepare(kwargs);
    const tally = new MapTally(reporting);
    const add = (value: unknown, index: number): void => {
      tally.rows++;
      if (isMissing(value)) tally.missing++;
      else if (!isExpected(value)) tally.addUnexpected(value, index);
    };
    const [low, high] = surely(kwargs);
    const addNumbers = (cells: Float64Array, firstIndex: number): void => {
      tally.rows += cells.length;
      for (let i = 0; i < cells.length; i++) {
        const value = cells[i] as number;
        if (value > low && value < high) continue;
        if (Number.isNaN(value)) tally.missing++;
        else if (!isExpected(value)) tally.addUnexpected(value, firstIndex + i);
      }
    };
    return onColumn(column, add, () => tally.result(mostly), addNumbers);
  };
}

/** be_null and not_be_null: all rows count. */
function aboutMissing(wantsMissing: boolean): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const mostly = mostlyKwarg(kwargs);
    const tally = new MapTally(reporting);
    const add = (value: unknown, index: number): void => {
      tally.rows++;
      if (isMissing(value) !== wantsMissing) tally.addUnexpected(isMissing(value) ? null : value, index);
    };
    const addNumbers = (cells: Float64Array, firstIndex: number): void => {
      tally.rows += cells.length;
      for (let i = 0; i < cells.length; i++) {
        if (Number.isNaN(cells[i]) !== wantsMissing)
          tally.addUnexpected(wantsMissing ? cells[i] : null, firstIndex + i);
      }
    };
    return onColumn(column, add, () => tally.result(mostly, true), addNumbers);
  };
}

/** Every member of a group of equal keys is unexpected, listed in the order of rows. */
export class DuplicateFinder {
  #seen = new Map<string | number, { index: number; value: unknown; isRepeated: boolean }>();
  #repeats: { index: number; value: unknown }[] = [];

  add(key: string | number, value: unknown, index: number): void {
    const first = this.#seen.get(key);
    if (first === undefined) {
      this.#seen.set(key, { index, value, isRepeated: false });
      return;
    }
    if (!first.isRepeated) {
      first.isRepeated = true;
      this.#repeats.push({ index: first.index, value: first.value });
    }
    this.#repeats.push({ index, value });
  }

  report(tally: MapTally): void {
    this.#repeats.sort((a, b) => a.index - b.index);
    for (const { value, index } of this.#repeats) tally.addUnexpected(value, index);
  }
}

const unique: EvaluatorFactory = (kwargs, reporting) => {
  const column = textKwarg(kwargs, "column");
  const mostly = mostlyKwarg(kwargs);
  const tally = new MapTally(reporting);
  const duplicates = new DuplicateFinder();
  const add = (value: unknown, index: number): void => {
    tally.rows++;
    if (isMissing(value)) tally.missing++;
    else duplicates.add(valueKey(value), value, index);
  };
  return onColumn(column, add, () => {
    duplicates.report(tally);
    return tally.result(mostly);
  });
};

function inSet(wantsMember: boolean): EvaluatorFactory {
  return perValue((kwargs) => {
    if (kwargs.value_set === null || kwargs.value_set === undefined) return () => true;
    const members = new Set(listKwarg(kwargs, "value_set").map(valueKey));
    return (value) => members.has(valueKey(value)) === wantsMember;
  });
}

/** Values compared with the one before; the first passes, missing ones are skipped. */
function ordered(sign: 1 | -1): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const mostly = mostlyKwarg(kwargs);
    const isStrict = kwargs.strictly === true;
    const tally = new MapTally(reporting);
    let previous: unknown;
    const add = (value: unknown, index: number): void => {
      tally.rows++;
      if (isMissing(value)) {
        tally.missing++;
        return;
      }
      if (previous !== undefined) {
        const step = sign * compareValues(value, previous);
        if (step < 0 || (isStrict && step === 0)) tally.addUnexpected(value, index);
      }
      previous = value;
    };
    return onColumn(column, add, () => tally.result(mostly));
  };
}

function regexList(kwargs: Kwargs, wantsMatch: boolean): (value: unknown) => boolean {
  const patterns = listKwarg(kwargs, "regex_list").map((r) => pythonRegex(String(r)));
  if (!wantsMatch) return (value) => !patterns.some((p) => p.test(pythonText(value)));
  const isAll = kwargs.match_on === "all";
  return (value) =>
    isAll
      ? patterns.every((p) => p.test(pythonText(value)))
      : patterns.some((p) => p.test(pythonText(value)));
}

function lengthOf(value: unknown): number {
  if (typeof value === "string") return codePoints(value);
  throw new ExpectationError(`expected text, got ${JSON.stringify(value)}; lengths are of text only`);
}

function isJson(value: unknown): boolean {
  try {
    JSON.parse(pythonText(value));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Text that is no JSON is an error here, not an unexpected value, as in Great Expectations. */
function matchesSchema(value: unknown, isValid: (json: unknown) => boolean): boolean {
  if (typeof value !== "string")
    throw new ExpectationError(`expected JSON text, got ${JSON.stringify(value)}`);
  try {
    return isValid(JSON.parse(value));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    const got = `${JSON.stringify(value.slice(0, 80))} (${error.message})`;
    throw new ExpectationError(`expected JSON that the schema comes to an end on, got ${got}`);
  }
}

/** z-scores need mean and deviation of the whole column first, so its numbers are kept. */
const zScores: EvaluatorFactory = (kwargs, reporting) => {
  const column = textKwarg(kwargs, "column");
  const mostly = mostlyKwarg(kwargs);
  const threshold = numberKwarg(kwargs, "threshold");
  const isDouble = kwargs.double_sided === true;
  const tally = new MapTally(reporting);
  const kept: { value: number; index: number }[] = [];
  const add = (value: unknown, index: number): void => {
    tally.rows++;
    if (isMissing(value)) tally.missing++;
    else if (typeof value === "number") kept.push({ value, index });
    else throw new ExpectationError(`expected numbers, got ${JSON.stringify(value)}`);
  };
  return onColumn(column, add, () => {
    const mean = kept.reduce((sum, k) => sum + k.value, 0) / kept.length;
    const deviation = Math.sqrt(kept.reduce((sum, k) => sum + (k.value - mean) ** 2, 0) / (kept.length - 1));
    for (const { value, index } of kept) {
      const z = (value - mean) / deviation;
      // A column of one value has no z-scores; as in Great Expectations it passes.
      if ((isDouble ? Math.abs(z) : z) >= threshold) tally.addUnexpected(value, index);
    }
    return tally.result(mostly);
  });
};

/** Column-map expectations by type. */
export const COLUMN_MAPS: Readonly<Record<string, EvaluatorFactory>> = {
  expect_column_values_to_not_be_null: aboutMissing(false),
  expect_column_values_to_be_null: aboutMissing(true),
  expect_column_values_to_be_unique: unique,
  expect_column_values_to_be_between: perValue((kwargs) => boundsTest(kwargs), insideBounds),
  expect_column_values_to_be_in_set: inSet(true),
  expect_column_values_to_not_be_in_set: inSet(false),
  expect_column_values_to_match_regex: perValue((kwargs) => {
    const regex = pythonRegex(textKwarg(kwargs, "regex"));
    return (value) => regex.test(pythonText(value));
  }),
  expect_column_values_to_not_match_regex: perValue((kwargs) => {
    const regex = pythonRegex(textKwarg(kwargs, "regex"));
    return (value) => !regex.test(pythonText(value));
  }),
  expect_column_values_to_match_regex_list: perValue((kwargs) => regexList(kwargs, true)),
  expect_column_values_to_not_match_regex_list: perValue((kwargs) => regexList(kwargs, false)),
  expect_column_value_lengths_to_be_between: perValue((kwargs) => {
    const isInside = boundsTest(kwargs);
    return (value) => isInside(lengthOf(value));
  }),
  expect_column_value_lengths_to_equal: perValue((kwargs) => {
    const length = numberKwarg(kwargs, "value");
    return (value) => lengthOf(value) === length;
  }),
  expect_column_values_to_match_strftime_format: perValue((kwargs) => {
    const isDate = strftimeTest(textKwarg(kwargs, "strftime_format"));
    return (value) => {
      if (typeof value !== "string")
        throw new ExpectationError(`expected text, got ${JSON.stringify(value)}`);
      return isDate(value);
    };
  }),
  expect_column_values_to_be_json_parseable: perValue(() => isJson),
  expect_column_values_to_match_json_schema: perValue((kwargs) => {
    const isValid = compileJsonSchema(kwargs.json_schema);
    return (value) => matchesSchema(value, isValid);
  }),
  expect_column_values_to_be_dateutil_parseable: perValue(() => (value) => {
    if (typeof value === "string") return isDateutilParseable(value);
    throw new ExpectationError(
      `expected text, got ${JSON.stringify(value)}; dates are parsed from text only`,
    );
  }),
  expect_column_values_to_be_increasing: ordered(1),
  expect_column_values_to_be_decreasing: ordered(-1),
  expect_column_value_z_scores_to_be_less_than: zScores,
};
