import { arnMatches, wildcardMatches } from "./wildcard.ts";

/** Values of condition keys for one request, keys in lower case. */
export type ConditionContext = Readonly<Record<string, string | readonly string[] | undefined>>;

export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

interface Comparison {
  readonly matches: (actual: string, expected: string) => boolean;
  readonly negated: boolean;
}

const lower = (text: string): string => text.toLowerCase();
const number = (compare: (a: number, b: number) => boolean) => (a: string, b: string) =>
  compare(Number(a), Number(b));
const date = (compare: (a: number, b: number) => boolean) => (a: string, b: string) =>
  compare(Date.parse(a), Date.parse(b));

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: { matches: (a, b) => a === b, negated: false },
  StringNotEquals: { matches: (a, b) => a === b, negated: true },
  StringEqualsIgnoreCase: { matches: (a, b) => lower(a) === lower(b), negated: false },
  StringNotEqualsIgnoreCase: { matches: (a, b) => lower(a) === lower(b), negated: true },
  StringLike: { matches: (a, b) => wildcardMatches(b, a), negated: false },
  StringNotLike: { matches: (a, b) => wildcardMatches(b, a), negated: true },
  ArnEquals: { matches: (a, b) => arnMatches(b, a), negated: false },
  ArnNotEquals: { matches: (a, b) => arnMatches(b, a), negated: true },
  ArnLike: { matches: (a, b) => arnMatches(b, a), negated: false },
  ArnNotLike: { matches: (a, b) => arnMatches(b, a), negated: true },
  Bool: { matches: (a, b) => lower(a) === lower(b), negated: false },
  NumericEquals: { matches: number((a, b) => a === b), negated: false },
  NumericNotEquals: { matches: number((a, b) => a === b), negated: true },
  NumericLessThan: { matches: number((a, b) => a < b), negated: false },
  NumericLessThanEquals: { matches: number((a, b) => a <= b), negated: false },
  NumericGreaterThan: { matches: number((a, b) => a > b), negated: false },
  NumericGreaterThanEquals: { matches: number((a, b) => a >= b), negated: false },
  DateLessThan: { matches: date((a, b) => a < b), negated: false },
  DateLessThanEquals: { matches: date((a, b) => a <= b), negated: false },
  DateGreaterThan: { matches: date((a, b) => a > b), negated: false },
  DateGreaterThanEquals: { matches: date((a, b) => a >= b), negated: false },
  DateEquals: { matches: date((a, b) => a === b), negated: false },
};

interface Operator {
  readonly comparison: Comparison | "Null";
  readonly ifExists: boolean;
  readonly set: "any" | "all" | undefined;
}

/** @returns undefined for an operator that the sandbox does not know; policies that use one are refused when they are written */
export function parseOperator(name: string): Operator | undefined {
  const set = name.startsWith("ForAnyValue:") ? "any" : name.startsWith("ForAllValues:") ? "all" : undefined;
  const plain = name.replace(/^For(AnyValue|AllValues):/, "");
  if (plain === "Null") return { comparison: "Null", ifExists: false, set };
  const ifExists = plain.endsWith("IfExists");
  const comparison = comparisons[plain.replace(/IfExists$/, "")];
  return comparison ? { comparison, ifExists, set } : undefined;
}

export const supportedOperators: readonly string[] = [...Object.keys(comparisons), "Null"];

/** Every operator and every key must hold; of the values under one key, one must. */
export function conditionsHold(block: ConditionBlock | undefined, context: ConditionContext): boolean {
  return Object.entries(block ?? {}).every(([name, keys]) => {
    const operator = parseOperator(name);
    if (!operator) return false;
    return Object.entries(keys).every(([key, expected]) =>
      holds(operator, context[lower(key)], expected, context),
    );
  });
}

function holds(
  operator: Operator,
  raw: string | readonly string[] | undefined,
  expected: readonly string[],
  context: ConditionContext,
): boolean {
  const actual = raw === undefined ? [] : typeof raw === "string" ? [raw] : raw;
  const { comparison } = operator;
  if (comparison === "Null")
    return expected.some((want) => (lower(want) === "true") === (actual.length === 0));
  if (actual.length === 0)
    return operator.ifExists || operator.set === "all" || (comparison.negated && operator.set !== "any");
  const wanted = expected.map((value) => substitute(value, context));
  const one = (value: string): boolean => {
    const found = wanted.some((want) => comparison.matches(value, want));
    return comparison.negated ? !found : found;
  };
  return operator.set === "any" || (operator.set === undefined && !comparison.negated)
    ? actual.some(one)
    : actual.every(one);
}

/** Policy variables such as `${aws:PrincipalArn}`. */
export function substitute(value: string, context: ConditionContext): string {
  return value.replace(/\$\{([^}]+)\}/g, (whole, name: string) => {
    if (name === "*" || name === "?" || name === "$") return name;
    const found = context[lower(name)];
    return typeof found === "string" ? found : whole;
  });
}
