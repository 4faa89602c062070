import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseSuite, type Suite } from "../../../core/validation/index.ts";
import { runSuiteInSql, type SqlTable, unsupportedBy } from "../../../core/validation/sql/index.ts";
import { type CsvCase, comparable, csvCases } from "../../support/csvCases.ts";
import { createTaken } from "../../support/takenIn.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

let db: TestDatabase;
before(async () => {
  db = await openDatabase();
});
after(() => db.close());

/** The table of the Data stage; undefined for a file that delimited text cannot hold, which the stage refuses. */
async function tableOf(csv: string): Promise<SqlTable | undefined> {
  try {
    return await createTaken(db, csv, { timeColumn: "no such column", labelColumn: "no such column" });
  } catch (error) {
    if (/^BadData: data\.csv: data row/.test(String(error))) return undefined;
    throw error;
  }
}

/** Places of the expectations that run. */
function keptOf(suite: Suite, table: SqlTable, resultFormat: CsvCase["format"]): number[] {
  const problems = unsupportedBy(db.dialect.name, suite, table, { resultFormat });
  if (problems.some((problem) => problem.startsWith("result_format"))) return [];
  const refused = new Set(problems.map((problem) => Number(/\[(\d+)\]/.exec(problem)?.[1])));
  return suite.expectations.flatMap((_, i) => (refused.has(i) ? [] : [i]));
}

test("a CSV file means to the Data stage's SQL what it means to Great Expectations 1.24.1 with pandas, in every field", async (t) => {
  const counts = { compared: 0, refused: 0, "of files that are refused": 0 };
  for (const { format, csv, expectations, results } of csvCases()) {
    const table = await tableOf(csv);
    if (table === undefined) {
      counts["of files that are refused"] += expectations.length;
      continue;
    }
    const suite = parseSuite({ name: "s", expectations });
    const resultFormat = typeof format === "string" ? { result_format: format } : format;
    const kept = keptOf(suite, table, resultFormat);
    counts.refused += expectations.length - kept.length;
    if (kept.length === 0) continue;
    const runnable = {
      ...suite,
      expectations: kept.map((i) => suite.expectations[i] as Suite["expectations"][0]),
    };
    const got = await runSuiteInSql(runnable, table, { runner: db, dialect: db.dialect, resultFormat });
    got.results.forEach(({ success, result, exception_info: { raised_exception: raised } }, at) => {
      const i = kept[at] as number;
      const what = `${JSON.stringify(expectations[i])} ${JSON.stringify(format)}\n${csv.slice(0, 300)}`;
      const ours = { success, raised, result: raised ? {} : result };
      assert.deepEqual(comparable(ours), comparable(results[i]), what);
      counts.compared++;
    });
  }
  t.diagnostic(`${db.dialect.name}: ${JSON.stringify(counts)}`);
  assert.ok(counts.compared > 2500, JSON.stringify(counts));
});
