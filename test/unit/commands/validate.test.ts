import assert from "node:assert/strict";
import { test } from "node:test";
import { run, write } from "../../support/commands.ts";

test("validate: 0 when met, 3 when not, with counts and examples; no values of sensitive columns", async () => {
  const suite = (max: number) =>
    write(
      `suite${max}.json`,
      JSON.stringify({
        name: "s",
        expectations: [
          {
            type: "expect_column_values_to_be_between",
            kwargs: { column: "x", min_value: 0, max_value: max },
          },
        ],
      }),
    );
  const data = write("data.jsonl", '{"x": 1}\n{"x": 77}\n');

  assert.equal((await run("validate", "--suite", suite(100), "--data", data)).status, 0);
  const failed = await run("validate", "--suite", suite(10), "--data", data);
  assert.equal(failed.status, 3);
  assert.match(failed.out, /1 of 2 unexpected \(50 %\), for example \[77\]/);
  assert.doesNotMatch(
    (await run("validate", "--suite", suite(10), "--data", data, "--sensitive", "x")).out,
    /77/,
  );
});
