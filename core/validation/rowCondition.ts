import { comparison, type RowCondition, readRowExpression } from "./rowExpression.ts";
import { isMissing } from "./types.ts";

/** The typed form that Great Expectations writes since 1.4. */
function typed(condition: Readonly<Record<string, unknown>>): RowCondition | undefined {
  const column = (condition.column as { name?: unknown } | undefined)?.name;
  if (condition.type === "pass_through") return readRowCondition(condition.pass_through_filter);
  if (condition.type === "nullity" && typeof column === "string")
    return { holds: (row) => isMissing(row[column]) === condition.is_null, columns: [column] };
  if (condition.type === "comparison" && typeof column === "string") {
    const holds = comparison(
      (row) => row[column],
      String(condition.operator),
      () => condition.parameter,
    );
    return holds === undefined ? undefined : { holds, columns: [column] };
  }
  if ((condition.type !== "and" && condition.type !== "or") || !Array.isArray(condition.conditions))
    return undefined;
  const parts = condition.conditions.map(readRowCondition).filter((part) => part !== undefined);
  if (parts.length < condition.conditions.length) return undefined;
  return {
    holds:
      condition.type === "and"
        ? (row) => parts.every((part) => part.holds(row))
        : (row) => parts.some((part) => part.holds(row)),
    columns: parts.flatMap((part) => part.columns),
  };
}

/**
 * Row filter as Great Expectations takes it: typed, or text for pandas' `query` or for the `great_expectations` parser. Anything
 * else is refused, never ignored: the answer is then undefined.
 */
export function readRowCondition(condition: unknown): RowCondition | undefined {
  if (typeof condition === "string") return readRowExpression(condition);
  if (typeof condition === "object" && condition !== null) return typed(condition as Record<string, unknown>);
  return undefined;
}
