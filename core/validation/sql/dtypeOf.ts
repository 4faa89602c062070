import type { Dtype } from "../types.ts";
import type { Cells } from "./cells.ts";
import type { Answers, Scope } from "./scope.ts";

/** The type that pandas gives the column, by all rows of the table. */
export function dtypeOf(scope: Scope, { sql, kind }: Cells): (answers: Answers) => Dtype {
  const [present, rows] = [scope.measure(`count(${sql})`), scope.measure("count(*)")];
  return (answers) => {
    const [found, all] = [answers.count(present), answers.count(rows)];
    // pandas takes a column of a CSV file without a value for one of floats.
    if (found === 0) return all > 0 && scope.cells.table.isTypedByColumn === true ? "float64" : "object_";
    if (kind === "string" || (kind === "boolean" && found < all)) return "object_";
    if (kind === "boolean") return "bool";
    return kind === "integer" && found === all ? "int64" : "float64";
  };
}
