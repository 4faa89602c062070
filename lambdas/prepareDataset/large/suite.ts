/** Runs the model's suite in Athena, with the types that the whole column gives a cell, as pandas reads CSV. */
import type { LargeTable } from "../../../core/dataset/large/sql.ts";
import { ATHENA, runSuiteInSql, SqlDataError, type SqlTable } from "../../../core/validation/sql/index.ts";
import type { SuiteResult } from "../../../core/validation/types.ts";
import type { AthenaStatements } from "../../shared/athena.ts";
import { SluiceError } from "../../shared/errors.ts";
import { namedSuiteProblem, readSuite } from "../validate.ts";
import type { ColumnKind } from "./rowIntake.ts";

/** @throws SluiceError `InvalidInput` for a suite that Athena cannot run, with every expectation of it */
export async function runInAthena(
  athena: AthenaStatements,
  expectations: string,
  { database, table }: Pick<LargeTable, "database" | "table">,
  columns: readonly string[],
  kinds: readonly ColumnKind[],
): Promise<SuiteResult> {
  const described: SqlTable = {
    name: [database, table],
    columns: columns.map((name, at) => ({ name, source: `c${at}`, type: typeOf(kinds[at]) })),
    rowNumber: "n",
    isText: true,
    isTypedByColumn: true,
  };
  try {
    return await runSuiteInSql(readSuite(expectations), described, { runner: athena, dialect: ATHENA });
  } catch (error) {
    if (error instanceof SqlDataError)
      throw new SluiceError("BadData", `data: ${error.problems.join("; ")}`, { cause: error });
    throw namedSuiteProblem(error);
  }
}

function typeOf(kind: ColumnKind | undefined): string {
  if (!kind?.isNumber) return "varchar";
  return kind.isWhole ? "bigint" : "double";
}
