import { parseDate } from "./dateutil/parse.ts";
import { perText, perValue } from "./eachValue.ts";
import { compileJsonSchema } from "./jsonSchema/compile.ts";
import { boundsTest, listKwarg, numberKwarg, textKwarg } from "./kwargs.ts";
import { unlike } from "./messages.ts";
import { codePoints } from "./pythonValues.ts";
import { pythonRegex } from "./regex/index.ts";
import { strftimeTest } from "./strftime.ts";
import { type EvaluatorFactory, ExpectationError, type Kwargs } from "./types.ts";

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
  throw new ExpectationError(unlike("text", value));
}

/** Column-map expectations on what the text of a value is, by type. */
export const TEXT_MAPS: Readonly<Record<string, EvaluatorFactory>> = {
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
};
