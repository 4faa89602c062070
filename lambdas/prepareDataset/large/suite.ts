/** Runs the model's suite in Athena, with the types that the whole column gives a cell, as pandas reads CSV. */
import type { LargeTable } from "../../../core/dataset/large/sql.ts";
import { type CsvKind, NO_CELLS } from "../../../core/validation/csvCells.ts";
import { ATHENA, runSuiteInSql, SqlDataError, type SqlTable } from "../../../core/validation/sql/index.ts";
import type { SuiteResult } from "../../../core/validation/types.ts";
import type { AthenaStatements } from "../../shared/athena.ts";
import { SluiceError } from "../../shared/errors.ts";
import { namedSuiteProblem, readSuite } from "../validate.ts";
import type { TakenIn } from "./rowIntake.ts";

/** @throws SluiceError `InvalidInput` for a suite that Athena cannot run, with every expectation of it */
export async function runInAthena(
  athena: AthenaStatements,
  expectations: string,
  table: SqlTable,
  sensitive: readonly string[],
): Promise<SuiteResult> {
  try {
    const options = { runner: athena, dialect: ATHENA, sensitiveColumns: sensitive };
    return await runSuiteInSql(readSuite(expectations), table, options);
  } catch (error) {
    if (error instanceof SqlDataError)
      throw new SluiceError("BadData", `data: ${error.problems.join("; ")}`, { cause: error });
    throw namedSuiteProblem(error);
  }
}

/** The rows as they were taken in. */
export const describedTable = (
  { database, table }: Pick<LargeTable, "database" | "table">,
  { columns, kinds }: Pick<TakenIn, "columns" | "kinds">,
): SqlTable => ({
  name: [database, table],
  columns: columns.map((name, at) => ({ name, source: `c${at}`, type: typeOf(kinds[at]) })),
  rowNumber: "n",
  isText: true,
  isTypedByColumn: true,
});

/** Longer whole numbers have no type here: an expectation on them is refused by name. */
const LONGEST = "bigint";

function typeOf(kind: CsvKind = NO_CELLS): string {
  if (kind.values === "texts") return "varchar";
  if (kind.values === "truths") return "boolean";
  // Floats are told from whole numbers by their digits, unless these are more than a double holds.
  if (kind.hasDecimal || (kind.hasMissing && kind.width !== "double")) return "double";
  return kind.width === "unsigned" ? `more than ${LONGEST}` : LONGEST;
}
