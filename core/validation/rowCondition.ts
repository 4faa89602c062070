import {
  COMPARISONS,
  type ConditionTree,
  columnsOfCondition,
  comparison,
  type RowTest,
  testOf,
  unless,
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
  const { type, operator, parameter } = condition;
  const name = (condition.column as { name?: unknown } | undefined)?.name;
  if (type === "pass_through") return treeOf(condition.pass_through_filter);
  if (type === "and" || type === "or") return joined(type, condition.conditions);
  if (typeof name !== "string") return undefined;
  const operand = { name };
  if (type === "nullity") return unless(condition.is_null !== true, { kind: "missing", operand });
  if (type !== "comparison") return undefined;
  if (operator === "IN" || operator === "NOT_IN")
    return Array.isArray(parameter)
      ? unless(operator === "NOT_IN", { kind: "in", operand, values: parameter })
      : undefined;
  return COMPARISONS.includes(operator as string)
    ? comparison(operand, operator as string, { value: parameter })
    : undefined;
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
