import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { passOver } from "../../../cli/readers/index.ts";
import {
  asksForRows,
  parseSuite,
  type ResultFormat,
  type SuiteResult,
  SuiteRunner,
  UnexpectedRows,
} from "../../../core/validation/index.ts";
import { comparable, csvCases } from "../../support/csvCases.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-csv-"));
after(() => rmSync(folder, { recursive: true }));

async function validated(
  csv: string,
  expectations: readonly unknown[],
  resultFormat: ResultFormat = { result_format: "SUMMARY" },
): Promise<SuiteResult> {
  const file = join(folder, "data.csv");
  writeFileSync(file, csv);
  const suite = parseSuite({ name: "s", expectations });
  let runner = new SuiteRunner(suite);
  let columns: string[] = [];
  const result = await passOver(file, () => {
    runner = new SuiteRunner(suite, { resultFormat });
    return {
      add(batch) {
        columns = Object.keys(batch.columns);
        runner.add(batch);
      },
      finish: () => runner.finish(),
    };
  });
  if (!asksForRows(resultFormat)) return result;
  return passOver(file, () => {
    const rows = new UnexpectedRows(runner, columns, { resultFormat });
    return { add: (batch) => rows.add(batch), finish: () => rows.finish(result) };
  });
}

test("a CSV file means what it means to Great Expectations 1.24.1 with pandas, in every field", async () => {
  let compared = 0;
  for (const { format, csv, expectations, results } of csvCases()) {
    const got = await validated(
      csv,
      expectations,
      typeof format === "string" ? { result_format: format } : format,
    );
    got.results.forEach(({ success, result, exception_info: { raised_exception: raised } }, i) => {
      const what = `${JSON.stringify(expectations[i])} ${JSON.stringify(format)}\n${csv.slice(0, 300)}`;
      const ours = { success, raised, result: raised ? {} : result };
      assert.deepEqual(comparable(ours), comparable(results[i]), what);
      compared++;
    });
  }
  assert.ok(compared > 8000, `only ${compared} results`);
});

const typesOf = async (csv: string): Promise<unknown[]> => {
  const names = csv.slice(0, csv.indexOf("\n")).split(",");
  const expectations = names.map((column) => ({
    type: "expect_column_values_to_be_of_type",
    kwargs: { column, type_: "object" },
  }));
  return (await validated(csv, expectations)).results.map(({ result }) => result.observed_value);
};

test("columns have the types that pandas gives them: text beside numbers, missing values and decimals count", async () => {
  const csv = [
    "whole,missing,decimal,truth,holes,text,late,void",
    "1,1,1.0,True,true,a,1,",
    "2,NA,2.0,FALSE,,7,2,NULL",
    "3,3,3.0,true,false,,0x10,nan",
  ].join("\n");

  assert.deepEqual(await typesOf(csv), [
    "int64",
    "float64",
    "float64",
    "bool",
    "object_",
    "object_",
    "object_",
    "float64",
  ]);
});

test("a column whose first text comes after batches of numbers is text from its first row on", async () => {
  const rows = Array.from({ length: 30_000 }, (_, i) => `${i},1.50`);
  rows[25_000] = "x,y";
  const { results } = await validated(`a,b\n${rows.join("\n")}\n`, [
    { type: "expect_column_values_to_be_in_set", kwargs: { column: "b", value_set: ["1.50", "y"] } },
    { type: "expect_column_values_to_match_regex", kwargs: { column: "a", regex: "^(\\d+|x)$" } },
    { type: "expect_table_row_count_to_equal", kwargs: { value: 30_000 } },
  ]);

  assert.deepEqual(
    results.map(({ success }) => success),
    [true, true, true],
  );
});

test("whole numbers beyond doubles are told apart, in orders too, and counted as numbers", async () => {
  const ids = ["9007199254740993", "9007199254740992", "9007199254740994", "5", "1234567890123456789"];
  const { results } = await validated(`id,text\n${ids.map((id) => `${id},x`).join("\n")}\n`, [
    { type: "expect_column_values_to_be_unique", kwargs: { column: "id" } },
    { type: "expect_column_values_to_be_of_type", kwargs: { column: "id", type_: "int64" } },
    { type: "expect_column_max_to_be_between", kwargs: { column: "id", max_value: 2e18 } },
    { type: "expect_column_values_to_be_increasing", kwargs: { column: "id" } },
    { type: "expect_column_values_to_match_regex", kwargs: { column: "id", regex: "^\\d+$" } },
    {
      type: "expect_column_unique_value_count_to_be_between",
      kwargs: { column: "id", min_value: 5, max_value: 5 },
    },
    { type: "expect_column_distinct_values_to_be_in_set", kwargs: { column: "id", value_set: [5] } },
    { type: "expect_column_pair_values_to_be_equal", kwargs: { column_A: "id", column_B: "text" } },
    { type: "expect_column_value_lengths_to_equal", kwargs: { column: "id", value: 16, mostly: 0.6 } },
    { type: "expect_column_values_to_be_dateutil_parseable", kwargs: { column: "id" } },
  ]);

  assert.deepEqual(
    results.map(({ success }) => success),
    [true, true, true, false, true, true, false, false, true, false],
  );
  assert.equal(results[2]?.result.observed_value, 1234567890123456789n);
  assert.deepEqual(results[3]?.result.partial_unexpected_list, [9007199254740992n, 5]);
  assert.deepEqual(results[6]?.result.partial_unexpected_list, [
    9007199254740992n,
    9007199254740993n,
    9007199254740994n,
    1234567890123456789n,
  ]);
  assert.match(results[9]?.exception_info.exception_message ?? "", /expected text, got 9007199254740993/);
});
