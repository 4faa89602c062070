import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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

test("validate: unexpected rows are named by index columns and written whole, but for sensitive columns", async () => {
  const suite = write(
    "rows-suite.json",
    JSON.stringify({
      name: "s",
      expectations: [{ type: "expect_column_values_to_be_unique", kwargs: { column: "n" } }],
    }),
  );
  const data = write("rows.csv", "id,n,secret\na,1,x\nb,2,y\nc,1,z\n");
  const base = ["validate", "--suite", suite, "--data", data, "--format", "json"];
  const resultOf = (out: string) => JSON.parse(out).results[0].result;

  const named = await run(...base, "--index-columns", "id", "--unexpected-rows", "--sensitive", "secret");
  assert.equal(named.status, 3);
  const { unexpected_rows: rows, partial_unexpected_index_list: list } = resultOf(named.out);
  assert.deepEqual(rows, [
    { id: "a", n: 1 },
    { id: "c", n: 1 },
  ]);
  assert.deepEqual(list, [
    { n: 1, id: "a" },
    { n: 1, id: "c" },
  ]);

  const options = {
    result_format: "BASIC",
    return_unexpected_index_query: true,
    partial_unexpected_count: 1,
  };
  const queried = resultOf((await run(...base, "--result-format", JSON.stringify(options))).out);
  assert.equal(queried.unexpected_index_query, "df.filter(items=[0, 2], axis=0)");
  assert.deepEqual(queried.partial_unexpected_list, [1]);

  for (const column of ["nowhere", "secret"]) {
    const { status, err } = await run(...base, "--index-columns", column, "--sensitive", "secret");
    assert.equal(status, 2);
    assert.match(
      err,
      new RegExp(`unexpected_index_column_names: .* got \\["${column}"\\]; the data have id, n`),
    );
  }
});

test("validate: parameters stand where the suite names them; one that is missing is told alone", async () => {
  const suite = write(
    "parameters-suite.json",
    JSON.stringify({
      name: "s",
      expectations: [
        {
          type: "expect_column_values_to_be_between",
          kwargs: { column: "x", min_value: { $PARAMETER: "low" } },
        },
      ],
    }),
  );
  const data = write("parameters.csv", "x\n5\n");
  const base = ["validate", "--suite", suite, "--data", data];

  assert.equal((await run(...base, "--parameters", '{"low": 5}')).status, 0);
  assert.equal((await run(...base, "--parameters", '{"low": 6}')).status, 3);
  const { status, err } = await run(...base);
  assert.equal(status, 2);
  assert.match(
    err,
    /^error: \S+ suite\.expectations\[0\]\.kwargs\.min_value: expected a suite parameter "low".*\n$/,
  );
  await assert.rejects(run(...base, "--parameters", "5"), /Expected an object as JSON/);
});

test("validate: the page lists every expectation, what failed first, as text", async () => {
  const suite = write(
    "page-suite.json",
    JSON.stringify({
      name: "s",
      expectations: [
        { type: "expect_column_values_to_be_unique", kwargs: { column: "x" } },
        { type: "expect_column_values_to_be_in_set", kwargs: { column: "x", value_set: ["<b>"] } },
      ],
    }),
  );
  const page = write("page.html", "");
  await run("validate", "--suite", suite, "--data", write("page.csv", "x\n<i>\n"), "--html", page);

  const rows = readFileSync(page, "utf8").match(/<tr.*?<\/tr>/g) ?? [];
  assert.match(rows[1] ?? "", /class="marked"><td>FAIL<\/td><td>x<\/td>.*1 of 1 unexpected.*&lt;i&gt;/);
  assert.match(rows[2] ?? "", /<td>pass<\/td><td>x<\/td><td>expect_column_values_to_be_unique/);
});

test("a result for a folder that is not there is refused by name", async () => {
  const suite = write("out-suite.json", '{"name": "s", "expectations": []}');
  const { status, err } = await run(
    ...["validate", "--suite", suite, "--data", write("out.csv", "x\n1\n"), "--out", "/no-such/r.json"],
  );
  assert.equal(status, 2);
  assert.match(err, /\/no-such\/r\.json: expected a folder to write in, got \/no-such, which does not exist/);
});
