import { compareValues, valueKey } from "./pythonValues.ts";
import { isMissing, type Row } from "./types.ts";

type Test = (row: Row) => boolean;

const CLAUSE =
  /^\(?\s*(?:col\(\s*["']([^"']+)["']\s*\)|`([^`]+)`|([A-Za-z_]\w*))\s*(?:\.\s*(notNull|isNull|notnull|isnull|notna|isna)\(\)|(==|!=|<=|>=|<|>)\s*(.+?))\s*\)?$/;

function literal(text: string): unknown {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  if (quoted !== null) return quoted[2];
  if (/^(true|True)$/.test(text)) return true;
  if (/^(false|False)$/.test(text)) return false;
  const number = Number(text);
  return text !== "" && Number.isFinite(number) ? number : undefined;
}

function clauseTest(clause: string): Test | undefined {
  const match = CLAUSE.exec(clause.trim());
  if (match === null) return undefined;
  const column = (match[1] ?? match[2] ?? match[3]) as string;
  if (match[4] !== undefined) {
    const wantsMissing = match[4].toLowerCase().startsWith("is");
    return (row) => isMissing(row[column]) === wantsMissing;
  }
  const value = literal((match[6] as string).trim());
  if (value === undefined) return undefined;
  const operator = match[5] as string;
  return comparison(column, operator, value);
}

function comparison(column: string, operator: string, value: unknown): Test | undefined {
  if (operator === "IN" || operator === "NOT_IN") {
    if (!Array.isArray(value)) return undefined;
    const members = new Set(value.map(valueKey));
    return (row) => (!isMissing(row[column]) && members.has(valueKey(row[column]))) === (operator === "IN");
  }
  if (!["==", "!=", "<", "<=", ">", ">="].includes(operator)) return undefined;
  return (row) => {
    const cell = row[column];
    if (isMissing(cell)) return operator === "!=";
    if (operator === "==") return valueKey(cell) === valueKey(value);
    if (operator === "!=") return valueKey(cell) !== valueKey(value);
    const order = compareValues(cell, value);
    return operator === "<"
      ? order < 0
      : operator === "<="
        ? order <= 0
        : operator === ">"
          ? order > 0
          : order >= 0;
  };
}

/** The typed form that Great Expectations writes since 1.4. */
function typedTest(condition: Readonly<Record<string, unknown>>): Test | undefined {
  const column = (condition.column as { name?: unknown } | undefined)?.name;
  if (condition.type === "pass_through") return rowConditionTest(condition.pass_through_filter);
  if (condition.type === "nullity" && typeof column === "string") {
    return (row) => isMissing(row[column]) === condition.is_null;
  }
  if (condition.type === "comparison" && typeof column === "string") {
    return comparison(column, String(condition.operator), condition.parameter);
  }
  if ((condition.type !== "and" && condition.type !== "or") || !Array.isArray(condition.conditions))
    return undefined;
  const tests = condition.conditions.map(rowConditionTest);
  if (tests.some((t) => t === undefined)) return undefined;
  const holds =
    (row: Row) =>
    (test: Test | undefined): boolean =>
      test?.(row) === true;
  return condition.type === "and" ? (row) => tests.every(holds(row)) : (row) => tests.some(holds(row));
}

/**
 * Row filter in the dialects of Great Expectations and pandas: comparisons of a column with a literal, null tests,
 * joined with `and` or `&`. Anything else is refused, never ignored: the answer is then undefined.
 */
export function rowConditionTest(condition: unknown): Test | undefined {
  if (typeof condition === "object" && condition !== null)
    return typedTest(condition as Record<string, unknown>);
  if (typeof condition !== "string") return undefined;
  const tests = condition.split(/\s+and\s+|\s*&\s*/).map(clauseTest);
  if (tests.some((t) => t === undefined)) return undefined;
  return (row) => tests.every((test) => test?.(row) === true);
}
