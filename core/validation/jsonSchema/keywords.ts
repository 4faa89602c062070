import { pythonRegex } from "../regex/index.ts";
import { isEqualJson, isMultiple, isOfType, isRecord } from "./values.ts";

/** A compiled schema or keyword: whether a value is valid. */
export type Check = (value: unknown) => boolean;

/** What a keyword must hold, by the specification's own schema. */
type Form = readonly [expected: string, test: (given: unknown) => boolean];

const isText = (x: unknown): boolean => typeof x === "string";
const isTextList = (x: unknown): boolean => Array.isArray(x) && x.every(isText);
const areDifferent = (list: readonly unknown[]): boolean => new Set(list).size === list.length;
const TYPES = ["null", "boolean", "object", "array", "number", "string", "integer"];
const isType = (x: unknown): boolean => TYPES.includes(x as string);

const ANYTHING: Form = ["", () => true];
const NUMBER: Form = ["a number", (x) => typeof x === "number"];
const COUNT: Form = ["a whole number from 0", (x) => Number.isInteger(x) && (x as number) >= 0];

/** A keyword's form, and its check where its meaning does not depend on other schemas. Each holds for values of other kinds. */
export const KEYWORDS: Readonly<Record<string, readonly [form: Form, check?: (given: never) => Check]>> = {
  type: [
    [
      `one of ${TYPES.join(", ")} or a list of them`,
      (x) => isType(x) || (Array.isArray(x) && x.length > 0 && x.every(isType) && areDifferent(x)),
    ],
    (given: unknown) => {
      const types = Array.isArray(given) ? given : [given];
      return (value) => types.some((type) => isOfType(value, type));
    },
  ],
  enum: [
    ["a list", Array.isArray],
    (given: unknown[]) => (value) => given.some((one) => isEqualJson(one, value)),
  ],
  const: [ANYTHING, (given: unknown) => (value) => isEqualJson(given, value)],
  multipleOf: [
    ["a number above 0", (x) => typeof x === "number" && x > 0],
    (given: number) => onNumber((x) => isMultiple(x, given)),
  ],
  minimum: [NUMBER, (given: number) => onNumber((x) => x >= given)],
  maximum: [NUMBER, (given: number) => onNumber((x) => x <= given)],
  exclusiveMinimum: [NUMBER, (given: number) => onNumber((x) => x > given)],
  exclusiveMaximum: [NUMBER, (given: number) => onNumber((x) => x < given)],
  minLength: [COUNT, (given: number) => onText((text) => Array.from(text).length >= given)],
  maxLength: [COUNT, (given: number) => onText((text) => Array.from(text).length <= given)],
  pattern: [
    ["text", isText],
    (given: string) => {
      const regex = pythonRegex(given);
      return onText((text) => regex.test(text));
    },
  ],
  minItems: [COUNT, (given: number) => onArray((items) => items.length >= given)],
  maxItems: [COUNT, (given: number) => onArray((items) => items.length <= given)],
  minContains: [COUNT],
  maxContains: [COUNT],
  uniqueItems: [
    ["true or false", (x) => typeof x === "boolean"],
    (given: boolean) =>
      onArray((items) => !given || !items.some((a, i) => items.slice(0, i).some((b) => isEqualJson(a, b)))),
  ],
  required: [
    ["a list of different texts", (x) => isTextList(x) && areDifferent(x as unknown[])],
    (given: readonly string[]) => requires(given),
  ],
  minProperties: [COUNT, (given: number) => onRecord((record) => Object.keys(record).length >= given)],
  maxProperties: [COUNT, (given: number) => onRecord((record) => Object.keys(record).length <= given)],
  dependentRequired: [
    ["lists of texts by name", (x) => isRecord(x) && Object.values(x).every(isTextList)],
    (given: Readonly<Record<string, string[]>>) =>
      dependent(Object.entries(given).map(([name, needed]) => [name, requires(needed)])),
  ],
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

export const requires = (names: readonly string[]): Check =>
  onRecord((record) => names.every((name) => Object.hasOwn(record, name)));

/** Checks of the whole record where it has a name. */
export const dependent = (checks: readonly (readonly [name: string, check: Check])[]): Check =>
  onRecord((record) => checks.every(([name, check]) => !Object.hasOwn(record, name) || check(record)));
