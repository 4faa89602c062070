import type { ConditionTree, Operand } from "../conditionTree.ts";
import { shown, unlike } from "../messages.ts";
import { type Cells, comparable, isIn, isNumeric, literalFor, type TableCells } from "./cells.ts";
import { Unsupported } from "./types.ts";

/** A row condition as a clause that is true or false for every row, never NULL. Throws Unsupported where the streaming engine would fail on a row. */
export function conditionSql(tree: ConditionTree, cells: TableCells): string {
  switch (tree.kind) {
    case "and":
    case "or": {
      const parts = tree.parts.map((part) => conditionSql(part, cells));
      if (parts.length === 0) return tree.kind === "and" ? "TRUE" : "FALSE";
      return `(${parts.join(tree.kind === "and" ? " AND " : " OR ")})`;
    }
    case "not":
      return `(NOT ${conditionSql(tree.part, cells)})`;
    case "missing":
      return missingSql(tree.operand, tree.wantsMissing, cells);
    case "in": {
      const column = columnOf(tree.operand, cells);
      const member = `coalesce(${isIn(column, tree.values)}, FALSE)`;
      return tree.wantsMember ? member : `(NOT ${member})`;
    }
    case "comparison":
      return comparisonSql(tree, cells);
    case "true":
      throw new Unsupported(
        "row_condition: expected comparisons, got a column by itself; compare it with True",
      );
  }
}

function columnOf(operand: Operand, cells: TableCells): Cells {
  if (operand.kind === "column") return cells.column(operand.name);
  throw new Unsupported(`row_condition: ${unlike("a column", operand.value)}; write it on the right`);
}

function missingSql(operand: Operand, wantsMissing: boolean, cells: TableCells): string {
  return `(${columnOf(operand, cells).sql} IS ${wantsMissing ? "" : "NOT "}NULL)`;
}

const FLIPPED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

function comparisonSql(
  { left, operator, right }: Extract<ConditionTree, { kind: "comparison" }>,
  cells: TableCells,
): string {
  if (left.kind === "literal" && right.kind === "column")
    return comparisonSql(
      {
        kind: "comparison",
        left: right,
        operator: (FLIPPED[operator] ?? operator) as typeof operator,
        right: left,
      },
      cells,
    );
  const column = columnOf(left, cells);
  const other = right.kind === "column" ? cells.column(right.name) : undefined;
  const value =
    other === undefined
      ? literalFor(column, (right as { value: unknown }).value)
      : isNumeric(other) === isNumeric(column)
        ? comparable(other)
        : undefined;
  // A missing value is unequal to everything, and so is one of another type.
  const otherwise = operator === "!=" ? "TRUE" : "FALSE";
  if (value !== undefined) {
    const sign = operator === "==" ? "=" : operator === "!=" ? "<>" : operator;
    return `coalesce(${comparable(column)} ${sign} ${value}, ${otherwise})`;
  }
  if (operator === "==" || operator === "!=") return otherwise;
  throw new Unsupported(
    `row_condition: ${unlike(`a value of the type of column ${shown(column.name)}`, right.kind === "column" ? right.name : right.value)}`,
  );
}
