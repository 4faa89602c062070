import type { Cell } from "./types.ts";

/** A number from a cell; NaN when there is none in it. Text counts when it is a plain decimal number. */
export function numberOf(cell: Cell): number {
  if (typeof cell === "number") return cell;
  if (typeof cell === "boolean") return cell ? 1 : 0;
  if (typeof cell !== "string") return Number.NaN;
  const text = cell.trim();
  // Number() also takes "", "0x10" and "Infinity", which no one means as a measured value.
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/** A category from a cell; undefined when it is missing. */
export function categoryOf(cell: Cell): string | undefined {
  if (cell === null || cell === undefined || cell === "" || Number.isNaN(cell)) return undefined;
  return typeof cell === "string" ? cell : String(cell);
}
