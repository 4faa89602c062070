import { compareValues, valueKey } from "./pythonValues.ts";
import { ExpectationError, isMissing, type Row } from "./types.ts";

export type RowTest = (row: Row) => boolean;
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

const getter = (operand: Operand): ((row: Row) => unknown) =>
  operand.kind === "column" ? (row) => row[operand.name] : () => operand.value;

/** The condition as a test of one row. It throws ExpectationError where values cannot be compared. */
export function testOf(tree: ConditionTree): RowTest {
  switch (tree.kind) {
    case "and": {
      const tests = tree.parts.map(testOf);
      return (row) => tests.every((test) => test(row));
    }
    case "or": {
      const tests = tree.parts.map(testOf);
      return (row) => tests.some((test) => test(row));
    }
    case "not": {
      const test = testOf(tree.part);
      return (row) => !test(row);
    }
    case "missing": {
      const get = getter(tree.operand);
      return (row) => isMissing(get(row)) === tree.wantsMissing;
    }
    case "in": {
      const get = getter(tree.operand);
      const members = new Set(tree.values.map(valueKey));
      return (row) => (!isMissing(get(row)) && members.has(valueKey(get(row)))) === tree.wantsMember;
    }
    case "comparison":
      return comparisonTest(getter(tree.left), tree.operator, getter(tree.right));
    case "true": {
      const get = getter(tree.operand);
      return (row) => isTrue(get(row));
    }
  }
}

function isTrue(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new ExpectationError(`row_condition: expected true or false, got ${JSON.stringify(value)}`);
}

/** Compares as pandas does: a missing value is unequal to everything. */
function comparisonTest(
  left: (row: Row) => unknown,
  operator: Comparison,
  right: (row: Row) => unknown,
): RowTest {
  return (row) => {
    const [a, b] = [left(row), right(row)];
    if (isMissing(a) || isMissing(b)) return operator === "!=";
    if (operator === "==" || operator === "!=") return (valueKey(a) === valueKey(b)) === (operator === "==");
    const order = compareValues(a, b);
    if (order === 0) return operator === "<=" || operator === ">=";
    return order < 0 === operator.startsWith("<");
  };
}
