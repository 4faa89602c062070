import { shown } from "../messages.ts";
import type { Cells } from "./cells.ts";
import { textLiteral } from "./literals.ts";
import { sqlRegex } from "./regexSql.ts";
import type { Scope } from "./scope.ts";
import { Unsupported } from "./types.ts";

/** Text of a cell as Python's str() gives it: of a whole number "5", or "5.0" where values are missing, which makes pandas' column one of floats. */
export function textOf(scope: Scope, { name, sql, kind }: Cells): string {
  if (kind === "string") return sql;
  if (kind === "integer") {
    const isFloat = scope.fact(`count(*) > count(${sql})`);
    return `CAST(${sql} AS VARCHAR) || CASE WHEN ${isFloat} THEN '.0' ELSE '' END`;
  }
  if (kind === "boolean") return `CASE WHEN ${sql} THEN 'True' WHEN NOT ${sql} THEN 'False' END`;
  throw new Unsupported(
    `column ${shown(name)}: expected text or whole numbers, got fractions, whose text differs between engines; bound them as numbers`,
  );
}

/** Whether a Python regular expression is found in the text of the cell. */
export function matches(scope: Scope, cells: Cells, regex: string): string {
  return scope.dialect.isMatch(textOf(scope, cells), textLiteral(sqlRegex(regex, scope.dialect)));
}

/** Half a surrogate pair as JSON writes it; JSON itself lets it pass, the JSON readers of databases do not. */
const HALF_PAIR = "\\\\u[dD][89a-fA-F][0-9a-fA-F][0-9a-fA-F]";

/** Whether the cell is not text that Python's `json.loads` reads, which knows three numbers that JSON has no word for. */
export function isNoJson({ dialect }: Scope, { sql, kind }: Cells): string {
  if (kind !== "string") return "TRUE";
  // A slash stands in: it may stand in a string, and behind a backslash.
  const halves = dialect.replaceAll(sql, textLiteral(HALF_PAIR), "'/'");
  const text = dialect.replaceAll(halves, "'NaN|-?Infinity'", "'null'");
  return `NOT coalesce(${dialect.isJson(text)}, FALSE)`;
}
