import { boundOf, Moment } from "../moment.ts";
import type { Kwargs } from "../types.ts";
import { type Cells, comparable, literalFor } from "./cells.ts";
import { textLiteral } from "./literals.ts";

/** Clause of values outside min_value and max_value; undefined where the column's type does not compare with them. */
export function outsideBounds(cells: Cells, kwargs: Kwargs): string | undefined {
  const clauses: string[] = [];
  for (const [given, sign, isStrict] of [
    [kwargs.min_value, "<", kwargs.strict_min],
    [kwargs.max_value, ">", kwargs.strict_max],
  ] as const) {
    const bound = boundOf(given);
    if (bound === null) continue;
    const literal = bound instanceof Moment ? timeLiteral(cells, bound) : literalFor(cells, bound);
    if (literal === undefined) return undefined;
    clauses.push(`${comparable(cells)} ${sign}${isStrict === true ? "=" : ""} ${literal}`);
  }
  return clauses.join(" OR ");
}

/** Days and times are compared by their ISO text; text that is neither does not compare with one, and a day not with a time of day. */
function timeLiteral({ moment }: Cells, { milliseconds, isDay }: Moment): string | undefined {
  const iso = new Date(milliseconds).toISOString();
  if (moment === "time") return textLiteral(iso);
  return moment === "day" && isDay ? textLiteral(iso.slice(0, 10)) : undefined;
}
