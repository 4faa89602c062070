import type { Cells } from "./cells.ts";
import { numberLiteral, textLiteral } from "./literals.ts";
import { sqlRegex } from "./regexSql.ts";
import type { Scope } from "./scope.ts";
import { Unsupported } from "./types.ts";

/** Text of a cell as Python's str() gives it. */
function textOf({ name, sql, kind }: Cells): string {
  if (kind === "string") return sql;
  if (kind === "integer") return `CAST(${sql} AS VARCHAR)`;
  if (kind === "boolean") return `CASE WHEN ${sql} THEN 'True' WHEN NOT ${sql} THEN 'False' END`;
  throw new Unsupported(
    `column ${JSON.stringify(name)}: expected text or whole numbers, got fractions, whose text differs between engines; bound them as numbers`,
  );
}

/** Whether a Python regular expression is found in the text of the cell. */
export function matches(scope: Scope, cells: Cells, regex: string): string {
  return scope.dialect.isMatch(textOf(cells), textLiteral(sqlRegex(regex, scope.dialect)));
}

/** Half a surrogate pair as JSON writes it; JSON itself lets it pass, the JSON readers of databases do not. */
const HALF_PAIR = "\\\\u[dD][89a-fA-F][0-9a-fA-F][0-9a-fA-F]";

/** Whether the cell is not JSON. */
export function isNoJson({ dialect }: Scope, { sql, kind }: Cells): string {
  switch (kind) {
    case "boolean":
      // Python's text of it is True or False.
      return "TRUE";
    case "integer":
      return "FALSE";
    case "number":
      return `abs(${sql}) > ${numberLiteral(Number.MAX_VALUE)}`;
    case "string": {
      // A slash stands in: it may stand in a string, and behind a backslash.
      const text = dialect.replaceAll(sql, textLiteral(HALF_PAIR), "'/'");
      return `NOT coalesce(${dialect.isJson(text)}, FALSE)`;
    }
  }
}
