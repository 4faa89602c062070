import { unlike } from "./messages.ts";
import { Moment, momentOf } from "./moment.ts";
import { compareValues, valueKey } from "./pythonValues.ts";
import { type Columns, ExpectationError, isMissing } from "./types.ts";

/** Whether the row at a place of a batch is one. */
export type RowTest = (columns: Columns, place: number) => boolean;
type Getter = (columns: Columns, place: number) => unknown;
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type Operand =
  | { readonly kind: "column"; readonly name: string }
  | { readonly kind: "literal"; readonly value: unknown };

/** Which rows an expectation is about. */
export type ConditionTree =
  | { readonly kind: "and" | "or"; readonly parts: readonly ConditionTree[] }
  | { readonly kind: "not"; readonly part: ConditionTree }
  | { readonly kind: "missing"; readonly operand: Operand; readonly wantsMissing: boolean }
  | {
      readonly kind: "in";
      readonly operand: Operand;
      readonly values: readonly unknown[];
      readonly wantsMember: boolean;
    }
  | {
      readonly kind: "comparison";
      readonly left: Operand;
      readonly operator: Comparison;
      readonly right: Operand;
    }
  | { readonly kind: "true"; readonly operand: Operand };

export const COMPARISONS: readonly Comparison[] = ["==", "!=", "<=", ">=", "<", ">"];

/** Columns that the condition depends on. */
export function columnsOfCondition(tree: ConditionTree): string[] {
  const nameOf = (operand: Operand): string[] => (operand.kind === "column" ? [operand.name] : []);
  switch (tree.kind) {
    case "and":
    case "or":
      return [...new Set(tree.parts.flatMap(columnsOfCondition))];
    case "not":
      return columnsOfCondition(tree.part);
    case "comparison":
      return [...nameOf(tree.left), ...nameOf(tree.right)];
    default:
      return nameOf(tree.operand);
  }
}

const getter = (operand: Operand): Getter =>
  operand.kind === "column" ? (columns, i) => columns[operand.name]?.[i] : () => operand.value;

/** The condition as a test of one row. It throws ExpectationError where values cannot be compared. */
export function testOf(tree: ConditionTree): RowTest {
  switch (tree.kind) {
    case "and": {
      const tests = tree.parts.map(testOf);
      return (columns, i) => tests.every((test) => test(columns, i));
    }
    case "or": {
      const tests = tree.parts.map(testOf);
      return (columns, i) => tests.some((test) => test(columns, i));
    }
    case "not": {
      const test = testOf(tree.part);
      return (columns, i) => !test(columns, i);
    }
    case "missing": {
      const get = getter(tree.operand);
      return (columns, i) => isMissing(get(columns, i)) === tree.wantsMissing;
    }
    case "in": {
      const get = getter(tree.operand);
      const members = new Set(tree.values.map(valueKey));
      return (columns, i) =>
        (!isMissing(get(columns, i)) && members.has(valueKey(get(columns, i)))) === tree.wantsMember;
    }
    case "comparison":
      return comparisonTest(getter(tree.left), tree.operator, getter(tree.right));
    case "true": {
      const get = getter(tree.operand);
      return (columns, i) => isTrue(get(columns, i));
    }
  }
}

function isTrue(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new ExpectationError(`row_condition: ${unlike("true or false", value)}`);
}

/** pandas reads text beside a time as one; beside a day it does not. */
const besideTime = (value: unknown, other: unknown): unknown =>
  typeof value === "string" && other instanceof Moment && !other.isDay
    ? (momentOf(value, false) ?? value)
    : value;

/** Compares as pandas does: a missing value is unequal to everything. */
function comparisonTest(left: Getter, operator: Comparison, right: Getter): RowTest {
  return (columns, i) => {
    const [given, beside] = [left(columns, i), right(columns, i)];
    if (isMissing(given) || isMissing(beside)) return operator === "!=";
    const [a, b] = [besideTime(given, beside), besideTime(beside, given)];
    if (operator === "==" || operator === "!=") return (valueKey(a) === valueKey(b)) === (operator === "==");
    const order = compareValues(a, b);
    if (order === 0) return operator === "<=" || operator === ">=";
    return order < 0 === operator.startsWith("<");
  };
}
