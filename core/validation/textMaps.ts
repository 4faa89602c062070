import { parseDate } from "./dateutil/parse.ts";
import { perText, perValue } from "./eachValue.ts";
import { compileJsonSchema } from "./jsonSchema/compile.ts";
import { boundsTest, listKwarg, numberKwarg, textKwarg } from "./kwargs.ts";
import { shown, unlike } from "./messages.ts";
import { codePoints } from "./pythonValues.ts";
import { pythonRegex } from "./regex/index.ts";
import { strftimeTest } from "./strftime.ts";
import { ExpectationError, type Kwargs } from "./types.ts";

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
    const got = `${shown(String(value).slice(0, 80))} (${error.message})`;
    throw new ExpectationError(`expected JSON that the schema comes to an end on, got ${got}`);
  }
}

function textOnly(value: unknown): string {
  if (typeof value === "string") return value;
  throw new ExpectationError(unlike("text", value));
}

export const matchRegex = perText((kwargs) => {
  const regex = pythonRegex(textKwarg(kwargs, "regex"));
  return (text) => regex.test(text);
});
export const notMatchRegex = perText((kwargs) => {
  const regex = pythonRegex(textKwarg(kwargs, "regex"));
  return (text) => !regex.test(text);
});
export const matchRegexList = perText((kwargs) => regexList(kwargs, true));
export const notMatchRegexList = perText((kwargs) => regexList(kwargs, false));
export const lengthsBetween = perText((kwargs) => {
  const isInside = boundsTest(kwargs);
  return (text) => isInside(codePoints(text));
});
export const lengthsEqual = perText((kwargs) => {
  const length = numberKwarg(kwargs, "value");
  return (text) => codePoints(text) === length;
});
export const matchStrftime = perValue((kwargs) => {
  const isDate = strftimeTest(textKwarg(kwargs, "strftime_format"));
  return (value) => isDate(textOnly(value));
});
export const jsonParseable = perValue(() => isJson);
export const matchJsonSchema = perValue((kwargs) => {
  const isValid = compileJsonSchema(kwargs.json_schema);
  return (value) => matchesSchema(value, isValid);
});
export const dateutilParseable = perValue(() => (value) => parseDate(textOnly(value)) !== undefined);
