/** A CSV file as the Data stage takes it in for Athena, and the table that it then describes. */
import { isUtf8 } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { createTableSql } from "../../core/dataset/large/sql.ts";
import type { SqlTable } from "../../core/validation/sql/index.ts";
import { RowIntake } from "../../lambdas/prepareDataset/large/rowIntake.ts";
import { describedTable } from "../../lambdas/prepareDataset/large/suite.ts";
import { CSV_OPTIONS } from "../../lambdas/shared/csvOptions.ts";
import { FakeObjects } from "./fakes.ts";
import type { TestDatabase } from "./testDatabase.ts";

interface Named {
  readonly timeColumn: string;
  readonly labelColumn: string;
}

export async function takenIn(
  objects: FakeObjects,
  csv: string | Buffer,
  named: Named,
): Promise<ReturnType<RowIntake["end"]>> {
  const intake = new RowIntake(objects, {
    rowsUri: "s3://data/rows",
    name: "0",
    firstRow: 0,
    header: null,
    ...named,
    groupColumn: null,
    isLabel: () => true,
  });
  intake.beginFile("data.csv", { isUtf8: isUtf8(Buffer.from(csv)) });
  for (const record of parse(csv, CSV_OPTIONS)) await intake.add(record);
  return intake.end();
}

export async function createTaken(db: TestDatabase, csv: string, named: Named): Promise<SqlTable> {
  const objects = new FakeObjects();
  const taken = await takenIn(objects, csv, named);
  const lines = [...objects.bodies.values()].flatMap((body) => String(gunzipSync(body)).split("\n"));
  const target = { database: "lake", table: "taken" };
  const declaration = createTableSql({ ...target, columns: taken.columns.length }, "s3://data/rows/");
  await db.createTextTable(
    declaration,
    lines.filter((line) => line !== ""),
  );
  return describedTable(target, taken);
}
