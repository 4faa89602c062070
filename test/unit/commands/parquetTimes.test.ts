/** Days and times that Parquet keeps as such, in files and results frozen by test/vectors/generateParquetTimes.py. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { run, write } from "../../support/commands.ts";

const VECTORS = new URL("../../vectors/", import.meta.url).pathname;

interface Case {
  readonly expectation: unknown;
  readonly success: boolean;
  readonly raised: boolean;
  readonly result: Record<string, unknown>;
}

/** Missing members of a set come in Python's order of sets, which is none. */
function sorted(result: Record<string, unknown>): Record<string, unknown> {
  const { partial_missing_list: missing } = result;
  return Array.isArray(missing) ? { ...result, partial_missing_list: missing.toSorted() } : result;
}

test("validate judges days and times of Parquet files as Great Expectations 1.24.1 does, in every field", async () => {
  const cases = JSON.parse(readFileSync(`${VECTORS}parquetTimes.json`, "utf8")) as Case[];
  const suite = write(
    "times-suite.json",
    JSON.stringify({ name: "s", expectations: cases.map(({ expectation }) => expectation) }),
  );
  const { out } = await run(
    ...["validate", "--suite", suite, "--data", `${VECTORS}parquet/none.parquet`],
    ...[
      "--format",
      "json",
      "--result-format",
      '{"result_format": "COMPLETE", "return_unexpected_index_query": true}',
    ],
  );

  const { results } = JSON.parse(out);
  assert.ok(cases.length > 40);
  cases.forEach(({ expectation, success, raised, result }, i) => {
    const { success: ours, exception_info: info, result: got } = results[i];
    // Whoever failed by an exception has its own words for it, and no result.
    const expected = { success, raised, result: raised ? {} : sorted(result) };
    const found = {
      success: ours,
      raised: info.raised_exception,
      result: info.raised_exception ? {} : sorted(got),
    };
    assert.deepEqual(found, expected, JSON.stringify(expectation));
  });
});
