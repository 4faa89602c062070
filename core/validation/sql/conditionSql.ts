import type { ConditionTree, Operand } from "../conditionTree.ts";
import { shown, unlike } from "../messages.ts";
import { type Cells, comparable, isIn, isNumeric, literalFor, type TableCells } from "./cells.ts";
import { Unsupported } from "./types.ts";

/** A row condition as a clause that is true or false for every row, never NULL. Throws Unsupported where the streaming engine would fail on a row. */
export function conditionSql(tree: ConditionTree, cells: TableCells): string {
  if ("parts" in tree) {
    const [sign, ofNone] = tree.kind === "and" ? [" AND ", "TRUE"] : [" OR ", "FALSE"];
    return `(${tree.parts.map((part) => conditionSql(part, cells)).join(sign) || ofNone})`;
  }
  if ("part" in tree) return `(NOT ${conditionSql(tree.part, cells)})`;
  if (tree.kind === "true")
    throw new Unsupported(
      "row_condition: expected comparisons, got a column by itself; compare it with True",
    );
  const column = columnOf(tree.operand, cells);
  if (tree.kind === "missing") return `(${column.sql} IS NULL)`;
  if (tree.kind === "in") return `coalesce(${isIn(column, tree.values)}, FALSE)`;
  const value = literalOf(tree.right, column, cells);
  // A missing value is unequal to everything, and so is one of another type.
  if (value !== undefined)
    return `coalesce(${comparable(column)} ${tree.operator === "==" ? "=" : tree.operator} ${value}, FALSE)`;
  if (tree.operator === "==") return "FALSE";
  throw new Unsupported(
    `row_condition: ${unlike(`a value of the type of column ${shown(column.name)}`, tree.right.name ?? (tree.right as { value: unknown }).value)}`,
  );
}

function columnOf(operand: Operand, cells: TableCells): Cells {
  if (operand.name !== undefined) return cells.column(operand.name);
  throw new Unsupported(`row_condition: ${unlike("a column", operand.value)}; write it on the right`);
}

/** What compares with the column; undefined where no cell can. */
function literalOf(operand: Operand, column: Cells, cells: TableCells): string | undefined {
  if (operand.name === undefined) return literalFor(column, operand.value);
  const other = cells.column(operand.name);
  return isNumeric(other) === isNumeric(column) ? comparable(other) : undefined;
}
