import { pythonRegex } from "../regex/index.ts";
import { isEqualJson, isMultiple, isOfType, isRecord } from "./values.ts";

/** A compiled schema or keyword: whether a value is valid. */
export type Check = (value: unknown) => boolean;

/** Keywords whose meaning does not depend on other schemas. Each holds for values of other kinds. */
export const SIMPLE_KEYWORDS: Readonly<Record<string, (given: unknown) => Check>> = {
  type: (given) => {
    const types = Array.isArray(given) ? given : [given];
    return (value) => types.some((type) => isOfType(value, type));
  },
  enum: (given) => (value) => (given as unknown[]).some((one) => isEqualJson(one, value)),
  const: (given) => (value) => isEqualJson(given, value),
  multipleOf: (given) => onNumber((x) => isMultiple(x, given as number)),
  minimum: (given) => onNumber((x) => x >= (given as number)),
  maximum: (given) => onNumber((x) => x <= (given as number)),
  exclusiveMinimum: (given) => onNumber((x) => x > (given as number)),
  exclusiveMaximum: (given) => onNumber((x) => x < (given as number)),
  minLength: (given) => onText((text) => Array.from(text).length >= (given as number)),
  maxLength: (given) => onText((text) => Array.from(text).length <= (given as number)),
  pattern: (given) => {
    const regex = pythonRegex(given as string);
    return onText((text) => regex.test(text));
  },
  minItems: (given) => onArray((items) => items.length >= (given as number)),
  maxItems: (given) => onArray((items) => items.length <= (given as number)),
  uniqueItems: (given) =>
    onArray(
      (items) => given === false || !items.some((a, i) => items.slice(0, i).some((b) => isEqualJson(a, b))),
    ),
  required: (given) => onRecord((record) => (given as string[]).every((key) => Object.hasOwn(record, key))),
  minProperties: (given) => onRecord((record) => Object.keys(record).length >= (given as number)),
  maxProperties: (given) => onRecord((record) => Object.keys(record).length <= (given as number)),
  dependentRequired: (given) =>
    onRecord((record) =>
      Object.entries(given as Record<string, string[]>).every(
        ([key, needed]) => !Object.hasOwn(record, key) || needed.every((k) => Object.hasOwn(record, k)),
      ),
    ),
};

const onNumber = (test: (x: number) => boolean): Check => {
  return (value) => typeof value !== "number" || test(value);
};
const onText = (test: (text: string) => boolean): Check => {
  return (value) => typeof value !== "string" || test(value);
};
export const onArray = (test: (items: readonly unknown[]) => boolean): Check => {
  return (value) => !Array.isArray(value) || test(value);
};
export const onRecord = (test: (record: Readonly<Record<string, unknown>>) => boolean): Check => {
  return (value) => !isRecord(value) || test(value);
};

const isText = (x: unknown): boolean => typeof x === "string";
const isCount = (x: unknown): boolean => Number.isInteger(x) && (x as number) >= 0;
const isNumber = (x: unknown): boolean => typeof x === "number";
const isTextList = (x: unknown): boolean => Array.isArray(x) && x.every(isText);
const TYPES = ["null", "boolean", "object", "array", "number", "string", "integer"];
const isType = (x: unknown): boolean => TYPES.includes(x as string);

/** What each simple keyword must hold, by the specification's own schema. */
export const KEYWORD_FORMS: Readonly<
  Record<string, readonly [form: string, test: (given: unknown) => boolean]>
> = {
  type: [
    `one of ${TYPES.join(", ")} or a list of them`,
    (x) => isType(x) || (Array.isArray(x) && x.length > 0 && x.every(isType) && new Set(x).size === x.length),
  ],
  enum: ["a list", Array.isArray],
  multipleOf: ["a number above 0", (x) => isNumber(x) && (x as number) > 0],
  ...Object.fromEntries(
    ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map((k) => [k, ["a number", isNumber]]),
  ),
  ...Object.fromEntries(
    [
      "minLength",
      "maxLength",
      "minItems",
      "maxItems",
      "minProperties",
      "maxProperties",
      "minContains",
      "maxContains",
    ].map((k) => [k, ["a whole number from 0", isCount]]),
  ),
  pattern: ["text", isText],
  uniqueItems: ["true or false", (x) => typeof x === "boolean"],
  required: [
    "a list of different texts",
    (x) => isTextList(x) && new Set(x as string[]).size === (x as string[]).length,
  ],
  dependentRequired: ["lists of texts by name", (x) => isRecord(x) && Object.values(x).every(isTextList)],
};
