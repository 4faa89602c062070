import { unlike } from "./messages.ts";
import { Moment, momentOf } from "./moment.ts";
import { compareValues, valueKey } from "./pythonValues.ts";
import { type Columns, ExpectationError, isMissing } from "./types.ts";

/** Whether the row at a place of a batch is one. */
export type RowTest = (columns: Columns, place: number) => boolean;
type Getter = (columns: Columns, place: number) => unknown;
export type Comparison = "==" | "<" | "<=" | ">" | ">=";
/** The cell of a column, or a literal. */
export type Operand = { readonly name: string } | { readonly name?: undefined; readonly value: unknown };

/** Which rows an expectation is about. */
export type ConditionTree =
  | { readonly kind: "and" | "or"; readonly parts: readonly ConditionTree[] }
  | { readonly kind: "not"; readonly part: ConditionTree }
  | { readonly kind: "missing"; readonly operand: Operand }
  | { readonly kind: "true"; readonly operand: Operand }
  | { readonly kind: "in"; readonly operand: Operand; readonly values: readonly unknown[] }
  | {
      readonly kind: "comparison";
      readonly operand: Operand;
      readonly operator: Comparison;
      readonly right: Operand;
    };

export const COMPARISONS = ["==", "!=", "<=", ">=", "<", ">"];

/** The condition, or that it does not hold. */
export const unless = (isNegated: boolean, part: ConditionTree): ConditionTree =>
  isNegated ? { kind: "not", part } : part;

/** `operator`: one of COMPARISONS. A column by itself is on the left. */
export function comparison(left: Operand, operator: string, right: Operand): ConditionTree {
  if (left.name === undefined && right.name !== undefined)
    return comparison(
      right,
      operator.replace(/[<>]/, (sign) => (sign === "<" ? ">" : "<")),
      left,
    );
  return operator === "!="
    ? unless(true, comparison(left, "==", right))
    : { kind: "comparison", operand: left, operator: operator as Comparison, right };
}

/** Columns that the condition depends on. */
export function columnsOfCondition(tree: ConditionTree): string[] {
  if ("parts" in tree) return [...new Set(tree.parts.flatMap(columnsOfCondition))];
  if ("part" in tree) return columnsOfCondition(tree.part);
  const operands = "right" in tree ? [tree.operand, tree.right] : [tree.operand];
  return operands.flatMap(({ name }) => name ?? []);
}

function getter(operand: Operand): Getter {
  const { name } = operand;
  return name === undefined ? () => operand.value : (columns, i) => columns[name]?.[i];
}

/** The condition as a test of one row. It throws ExpectationError where values cannot be compared. */
export function testOf(tree: ConditionTree): RowTest {
  if ("parts" in tree) {
    const tests = tree.parts.map(testOf);
    return tree.kind === "and"
      ? (columns, i) => tests.every((test) => test(columns, i))
      : (columns, i) => tests.some((test) => test(columns, i));
  }
  if ("part" in tree) {
    const test = testOf(tree.part);
    return (columns, i) => !test(columns, i);
  }
  const get = getter(tree.operand);
  switch (tree.kind) {
    case "missing":
      return (columns, i) => isMissing(get(columns, i));
    case "in": {
      const members = new Set(tree.values.map(valueKey));
      return (columns, i) => !isMissing(get(columns, i)) && members.has(valueKey(get(columns, i)));
    }
    case "comparison":
      return comparisonTest(get, tree.operator, getter(tree.right));
    case "true":
      return (columns, i) => isTrue(get(columns, i));
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
    if (isMissing(given) || isMissing(beside)) return false;
    const [a, b] = [besideTime(given, beside), besideTime(beside, given)];
    if (operator === "==") return valueKey(a) === valueKey(b);
    const order = compareValues(a, b);
    return order === 0 ? operator.endsWith("=") : order < 0 === operator.startsWith("<");
  };
}
