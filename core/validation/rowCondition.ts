import {
  COMPARISONS,
  type Comparison,
  type ConditionTree,
  columnsOfCondition,
  type RowTest,
  testOf,
} from "./conditionTree.ts";
import { readRowExpression } from "./rowExpression.ts";

/** Which rows an expectation is about, and which columns that depends on. */
export interface RowCondition {
  readonly tree: ConditionTree;
  readonly holds: RowTest;
  readonly columns: readonly string[];
}

/** The typed form that Great Expectations writes since 1.4. */
function typed(condition: Readonly<Record<string, unknown>>): ConditionTree | undefined {
  const column = (condition.column as { name?: unknown } | undefined)?.name;
  if (condition.type === "pass_through") return treeOf(condition.pass_through_filter);
  if (condition.type === "and" || condition.type === "or")
    return joined(condition.type, condition.conditions);
  if (typeof column !== "string") return undefined;
  const operand = { kind: "column", name: column } as const;
  if (condition.type === "nullity")
    return { kind: "missing", operand, wantsMissing: condition.is_null === true };
  if (condition.type !== "comparison") return undefined;
  const { operator, parameter } = condition;
  if (operator === "IN" || operator === "NOT_IN") {
    if (!Array.isArray(parameter)) return undefined;
    return { kind: "in", operand, values: parameter, wantsMember: operator === "IN" };
  }
  if (!COMPARISONS.includes(operator as Comparison)) return undefined;
  const right = { kind: "literal", value: parameter } as const;
  return { kind: "comparison", left: operand, operator: operator as Comparison, right };
}

function joined(kind: "and" | "or", conditions: unknown): ConditionTree | undefined {
  if (!Array.isArray(conditions)) return undefined;
  const parts = conditions.map(treeOf).filter((part) => part !== undefined);
  return parts.length < conditions.length ? undefined : { kind, parts };
}

function treeOf(condition: unknown): ConditionTree | undefined {
  if (typeof condition === "string") return readRowExpression(condition);
  if (typeof condition === "object" && condition !== null) return typed(condition as Record<string, unknown>);
  return undefined;
}

/**
 * Row filter as Great Expectations takes it: typed, or text for pandas' `query` or for the `great_expectations` parser. Anything
 * else is refused, never ignored: the answer is then undefined.
 */
export function readRowCondition(condition: unknown): RowCondition | undefined {
  const tree = treeOf(condition);
  return tree === undefined ? undefined : { tree, holds: testOf(tree), columns: columnsOfCondition(tree) };
}
