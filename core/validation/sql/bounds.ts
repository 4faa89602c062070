import type { Kwargs } from "../types.ts";
import { type Cells, comparable, literalFor } from "./cells.ts";

/** Clause of values outside min_value and max_value; undefined where the column's type does not compare with them. */
export function outsideBounds(cells: Cells, kwargs: Kwargs): string | undefined {
  const { min_value: min = null, max_value: max = null } = kwargs;
  const clauses: string[] = [];
  for (const [bound, sign, isStrict] of [
    [min, "<", kwargs.strict_min],
    [max, ">", kwargs.strict_max],
  ] as const) {
    if (bound === null) continue;
    const literal = literalFor(cells, bound);
    if (literal === undefined) return undefined;
    clauses.push(`${comparable(cells)} ${sign}${isStrict === true ? "=" : ""} ${literal}`);
  }
  return clauses.join(" OR ");
}
