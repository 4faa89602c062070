import { asNumber, Numbers } from "./collectors.ts";
import { type IndexOf, onColumn } from "./columnEvaluator.ts";
import { parseDate } from "./dateutil/parse.ts";
import { DuplicateFinder } from "./duplicates.ts";
import { compileJsonSchema } from "./jsonSchema/compile.ts";
import { boundsTest, insideBounds, listKwarg, mostlyKwarg, numberKwarg, textKwarg } from "./kwargs.ts";
import { MapTally } from "./mapResult.ts";
import { codePoints, compareValues, floatText, pythonText, shown, valueKey } from "./pythonValues.ts";
import { pythonRegex } from "./regex/index.ts";
import { strftimeTest } from "./strftime.ts";
import {
  type Dtype,
  type Evaluator,
  type EvaluatorFactory,
  ExpectationError,
  isMissing,
  type Kwargs,
} from "./types.ts";

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
    const add = (value: unknown, place: number, indexOf: IndexOf): void => {
      tally.rows++;
      if (isMissing(value)) tally.missing++;
      else if (!isExpected(value)) tally.addUnexpected(value, indexOf(place));
    };
    const [low, high] = surely(kwargs);
    const addNumbers = (cells: Float64Array, indexOf: IndexOf): void => {
      tally.rows += cells.length;
      for (let i = 0; i < cells.length; i++) {
        const value = cells[i] as number;
        if (value > low && value < high) continue;
        if (Number.isNaN(value)) tally.missing++;
        else if (!isExpected(value)) tally.addUnexpected(value, indexOf(i));
      }
    };
    return onColumn(column, add, () => tally.result(mostly), addNumbers);
  };
}

/**
 * An expectation whose meaning depends on the type of its column, which is known at the end only: evaluated both ways, the second one as long as
 * the cells leave it possible.
 */
function eitherWay(
  first: EvaluatorFactory,
  second: EvaluatorFactory,
  when: { isSecond(dtype: Dtype): boolean; isPossible(cell: unknown): boolean },
): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const [one, other] = [first(kwargs, reporting), second(kwargs, reporting)];
    let isPossible = true;
    return {
      typedColumns: [column],
      add(rows) {
        one.add(rows);
        const cell = firstPresent(rows.columns[column] ?? []);
        isPossible &&= cell === undefined || when.isPossible(cell);
        if (isPossible) other.add(rows);
      },
      finish: (table) => (isPossible && when.isSecond(table.dtypeOf(column)) ? other : one).finish(table),
    };
  };
}

/** An expectation on the text of each value: of whole numbers "5" in a column of integers, "5.0" in one of floats. */
function perText(prepare: (kwargs: Kwargs) => (text: string) => boolean): EvaluatorFactory {
  const as = (textOf: (value: unknown) => string): EvaluatorFactory =>
    perValue((kwargs) => {
      const isExpected = prepare(kwargs);
      return (value) => isExpected(textOf(value));
    });
  return eitherWay(
    as(pythonText),
    as((value) => (typeof value === "number" ? floatText(value) : pythonText(value))),
    { isSecond: (dtype) => dtype === "float64", isPossible: (cell) => typeof cell === "number" },
  );
}

function firstPresent(cells: ArrayLike<unknown>): unknown {
  for (let i = 0; i < cells.length; i++) if (!isMissing(cells[i])) return cells[i];
  return undefined;
}

/** be_null and not_be_null: all rows count. */
function aboutMissing(wantsMissing: boolean): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const mostly = mostlyKwarg(kwargs);
    const tally = new MapTally(reporting);
    const add = (value: unknown, place: number, indexOf: IndexOf): void => {
      tally.rows++;
      if (isMissing(value) !== wantsMissing)
        tally.addUnexpected(isMissing(value) ? null : value, indexOf(place));
    };
    const addNumbers = (cells: Float64Array, indexOf: IndexOf): void => {
      tally.rows += cells.length;
      for (let i = 0; i < cells.length; i++) {
        if (Number.isNaN(cells[i]) !== wantsMissing)
          tally.addUnexpected(wantsMissing ? cells[i] : null, indexOf(i));
      }
    };
    const finish: Evaluator["finish"] = ({ dtypeOf }) =>
      tally.result(mostly, [dtypeOf(column) === "float64"], true);
    return { typedColumns: [column], ...onColumn(column, add, finish, addNumbers) };
  };
}

const unique: EvaluatorFactory = (kwargs, reporting) => {
  const column = textKwarg(kwargs, "column");
  const mostly = mostlyKwarg(kwargs);
  const tally = new MapTally(reporting);
  const duplicates = new DuplicateFinder(reporting);
  const add = (value: unknown, place: number, indexOf: IndexOf): void => {
    tally.rows++;
    if (isMissing(value)) tally.missing++;
    // Truth values are shown as what they are, not as the numbers that they equal.
    else duplicates.add(typeof value === "boolean" ? String(value) : valueKey(value), value, indexOf(place));
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

/** Values compared with the one before, by their difference; the first passes, missing ones are skipped. */
function orderedBy(
  sign: 1 | -1,
  difference: (value: unknown, previous: unknown) => number,
): EvaluatorFactory {
  return (kwargs, reporting) => {
    const column = textKwarg(kwargs, "column");
    const mostly = mostlyKwarg(kwargs);
    const isStrict = kwargs.strictly === true;
    const tally = new MapTally(reporting);
    let previous: unknown;
    const add = (value: unknown, place: number, indexOf: IndexOf): void => {
      tally.rows++;
      if (isMissing(value)) {
        tally.missing++;
        return;
      }
      if (previous !== undefined) {
        const step = sign * difference(value, previous);
        if (step < 0 || (isStrict && step === 0)) tally.addUnexpected(value, indexOf(place));
      }
      previous = value;
    };
    return onColumn(column, add, () => tally.result(mostly));
  };
}

function difference(value: unknown, previous: unknown): number {
  if (typeof value === "string")
    throw new ExpectationError("expected numbers or times, whose order is judged by differences, got text");
  // Between equal infinite numbers there is no difference that could be wrong.
  const areNumbers = typeof value === "number" && typeof previous === "number";
  return areNumbers ? value - previous : compareValues(value, previous);
}

/** In a column of truth values, pandas' difference is whether two differ; with missing values among them they are numbers to it. */
const ordered = (sign: 1 | -1): EvaluatorFactory =>
  eitherWay(
    orderedBy(sign, difference),
    orderedBy(sign, (value, previous) => (value === previous ? 0 : 1)),
    { isSecond: (dtype) => dtype === "bool", isPossible: (cell) => typeof cell === "boolean" },
  );

function regexList(kwargs: Kwargs, wantsMatch: boolean): (text: string) => boolean {
  const patterns = listKwarg(kwargs, "regex_list").map((r) => pythonRegex(String(r)));
  const isFound = (text: string): boolean => patterns.some((p) => p.test(text));
  if (!wantsMatch) return (text) => !isFound(text);
  return kwargs.match_on === "all" ? (text) => patterns.every((p) => p.test(text)) : isFound;
}

/** What Python's `json.loads` reads: JSON, and three numbers that JSON has no word for. Throws SyntaxError. */
function parsedAsPython(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // In strings, too, the words change; that asks for both in one text.
    const replaced = text.replace(/(?<!-)NaN|Infinity/g, "1e999");
    if (replaced === text) throw error;
    return JSON.parse(replaced);
  }
}

function isJson(value: unknown): boolean {
  try {
    if (typeof value !== "string") return false;
    parsedAsPython(value);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Text that is no JSON is an error here, not an unexpected value, as in Great Expectations. */
function matchesSchema(value: unknown, isValid: (json: unknown) => boolean): boolean {
  try {
    return isValid(parsedAsPython(textOnly(value)));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    const got = `${JSON.stringify(String(value).slice(0, 80))} (${error.message})`;
    throw new ExpectationError(`expected JSON that the schema comes to an end on, got ${got}`);
  }
}

function textOnly(value: unknown): string {
  if (typeof value === "string") return value;
  throw new ExpectationError(`expected text, got ${shown(value)}`);
}

/** z-scores need mean and deviation of the whole column first, so its numbers are kept, at 16 bytes each. */
const zScores: EvaluatorFactory = (kwargs, reporting) => {
  const column = textKwarg(kwargs, "column");
  const mostly = mostlyKwarg(kwargs);
  const threshold = numberKwarg(kwargs, "threshold");
  const isDouble = kwargs.double_sided === true;
  const tally = new MapTally(reporting);
  const [values, indices] = [new Numbers(), new Numbers()];
  let areTruths = false;
  const add = (value: unknown, place: number, indexOf: IndexOf): void => {
    tally.rows++;
    if (isMissing(value)) {
      tally.missing++;
      return;
    }
    areTruths ||= typeof value === "boolean";
    values.add(asNumber(value));
    indices.add(indexOf(place));
  };
  return onColumn(column, add, () => {
    const kept = values.all();
    const mean = kept.reduce((sum, x) => sum + x, 0) / kept.length;
    const deviation = Math.sqrt(kept.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (kept.length - 1));
    const at = indices.all();
    kept.forEach((value, i) => {
      const z = (value - mean) / deviation;
      // A column of one value has no z-scores; as in Great Expectations it passes.
      if ((isDouble ? Math.abs(z) : z) >= threshold)
        tally.addUnexpected(areTruths ? value === 1 : value, at[i] as number);
    });
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
  expect_column_values_to_match_regex: perText((kwargs) => {
    const regex = pythonRegex(textKwarg(kwargs, "regex"));
    return (text) => regex.test(text);
  }),
  expect_column_values_to_not_match_regex: perText((kwargs) => {
    const regex = pythonRegex(textKwarg(kwargs, "regex"));
    return (text) => !regex.test(text);
  }),
  expect_column_values_to_match_regex_list: perText((kwargs) => regexList(kwargs, true)),
  expect_column_values_to_not_match_regex_list: perText((kwargs) => regexList(kwargs, false)),
  expect_column_value_lengths_to_be_between: perText((kwargs) => {
    const isInside = boundsTest(kwargs);
    return (text) => isInside(codePoints(text));
  }),
  expect_column_value_lengths_to_equal: perText((kwargs) => {
    const length = numberKwarg(kwargs, "value");
    return (text) => codePoints(text) === length;
  }),
  expect_column_values_to_match_strftime_format: perValue((kwargs) => {
    const isDate = strftimeTest(textKwarg(kwargs, "strftime_format"));
    return (value) => isDate(textOnly(value));
  }),
  expect_column_values_to_be_json_parseable: perValue(() => isJson),
  expect_column_values_to_match_json_schema: perValue((kwargs) => {
    const isValid = compileJsonSchema(kwargs.json_schema);
    return (value) => matchesSchema(value, isValid);
  }),
  expect_column_values_to_be_dateutil_parseable: perValue(
    () => (value) => parseDate(textOnly(value)) !== undefined,
  ),
  expect_column_values_to_be_increasing: ordered(1),
  expect_column_values_to_be_decreasing: ordered(-1),
  expect_column_value_z_scores_to_be_less_than: zScores,
};
