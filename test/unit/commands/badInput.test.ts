import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ran, run, write } from "../../support/commands.ts";

const between = {
  type: "expect_column_values_to_be_between",
  kwargs: { column: "a", min_value: 0, max_value: 10 },
};
const present = { type: "expect_column_values_to_not_be_null", kwargs: { column: "b" } };
const SUITE = { name: "s", expectations: [between, present] };

async function outcome(data: string, suite: unknown = SUITE): Promise<Ran> {
  const file = write("suite.json", typeof suite === "string" ? suite : JSON.stringify(suite));
  return run("validate", "--suite", file, "--data", data);
}

const text = (content: string): Promise<Ran> => outcome(write("data.csv", content));

test("a CSV file that is none is refused with file, line, column, what was expected and what came", async () => {
  const refused: readonly (readonly [content: string | Uint8Array, message: RegExp])[] = [
    ["a,b\n1,x\n2,y,z\n", /data\.csv:3: expected 2 values, got 3: "2,y,z"/],
    ["a,b\n1,x\n2\n", /data\.csv:3: expected 2 values, got 1: "2"/],
    ['a,b\n1,x"y\n', /data\.csv:2, column "b": expected quotes around a whole value, got "x\\""/],
    ['a,b\n1,"x\n', /data\.csv:2, column "b": expected a closing quote, got none up to the end/],
    [
      Buffer.from("a,b\n1,caf\xe9\n", "latin1"),
      /data\.csv:2, column "b": expected UTF-8 text, got byte 0xe9 after "caf"/,
    ],
    [Buffer.from("\ufeffa,b\n1,x\n", "utf16le"), /data\.csv:1: expected UTF-8 text, got UTF-16/],
    ["", /data\.csv: expected a header line and rows, got an empty file/],
    ["a,a\n1,2\n", /data\.csv:1: expected each column once, got "a" twice/],
    ["a,,b\n1,2,3\n", /data\.csv:1: expected a name for column 2, got ""/],
  ];

  for (const [content, message] of refused) {
    const { status, err } = await outcome(write("data.csv", content));
    assert.match(err, message);
    assert.equal(status, 2, String(message));
  }
});

test("a line of 100 MB, or a quote that is never closed, ends soon and in little memory", async () => {
  const files = [
    write("line.csv", `a,b\n1,${"x".repeat(100_000_000)}\n`),
    write("quote.csv", `a,b\n1,"x\n${"2,y\n".repeat(10_000_000)}`),
  ];
  const started = performance.now();
  const before = process.memoryUsage().rss;

  for (const file of files) {
    const { status, err } = await outcome(file);
    assert.match(
      err,
      /:2: expected records of at most 16777216 bytes, got a longer one; is a quote missing\?/,
    );
    assert.equal(status, 2);
  }
  assert.ok(performance.now() - started < 3000, `${performance.now() - started} ms`);
  assert.ok(process.memoryUsage().rss - before < 300 * 2 ** 20);
});

test("what only looks odd is read as Great Expectations reads it", async () => {
  assert.equal((await text("\ufeffa,b\r\n1,x\r\n")).status, 0);
  assert.equal((await text('a,b\n1,"x ""y"", z"\n')).status, 0);
  assert.equal((await text("a,b\n")).status, 0);
  assert.match((await text("a,b\n1,NaN\n")).out, /b expect_column_values_to_not_be_null.* 1 of 1 unexpected/);
  for (const number of ["1e400", "0x10"]) {
    const { status, out } = await text(`a,b\n${number},x\n2,y\n`);
    assert.match(
      out,
      new RegExp(`a expect_column_values_to_be_between.*not supported between str "${number}"`),
    );
    assert.equal(status, 3);
  }
});

test("a date that does not exist is no date", async () => {
  const { status, out } = await outcome(write("data.csv", "a,b\n2024-02-30,x\n2024-02-29,x\n"), {
    name: "s",
    expectations: [
      {
        type: "expect_column_values_to_match_strftime_format",
        kwargs: { column: "a", strftime_format: "%Y-%m-%d" },
      },
      { type: "expect_column_values_to_be_dateutil_parseable", kwargs: { column: "a" } },
    ],
  });

  assert.equal(out.match(/1 of 2 unexpected \(50 %\), for example \["2024-02-30"\]/g)?.length, 2);
  assert.equal(status, 3);
});

test("Parquet and JSON lines that are cut short or hold something else are refused by name", async () => {
  const refused: readonly (readonly [name: string, content: string | Uint8Array, message: RegExp])[] = [
    ["cut.parquet", "PAR1 and nothing that a footer says", /cut\.parquet: expected a whole Parquet file/],
    ["short.parquet", new Uint8Array(3), /short\.parquet: expected a whole Parquet file/],
    ["cut.jsonl", '{"a":1,"b":"x"}\n{"a":2,\n', /cut\.jsonl:2: expected one JSON object a line/],
    ["nested.jsonl", '{"a":1,"b":{"c":1}}\n', /nested\.jsonl:1, column "b": expected a number, text/],
    ["empty.jsonl", "", /empty\.jsonl: expected at least one line, got an empty file/],
  ];

  for (const [name, content, message] of refused) {
    const { status, err } = await outcome(write(name, content));
    assert.match(err, message);
    assert.equal(status, 2, name);
  }
});

test("a suite that says nothing that holds is refused with its file and every place", async () => {
  const data = write("data.csv", "a,b\n1,x\n");
  const { status, err } = await outcome(data, {
    name: "s",
    expectations: [
      { ...between, kwargs: { column: "a", min_value: 10, max_value: 0 } },
      { type: "expect_column_values_to_match_regex", kwargs: { column: "b", regex: "(a" } },
      { type: "expect_column_valuez_to_be_unique", kwargs: { column: "b" } },
      { ...present, kwargs: { column: "b", mostli: 0.5 } },
    ],
  });

  assert.equal(status, 2);
  for (const place of [
    /suite\.json: suite\.expectations\[0\].*expected min_value <= max_value, got 10 and 0/,
    /suite\.json: suite\.expectations\[1\].*regex "\(a", position 2: expected "\)", got the end/,
    /suite\.json: suite\.expectations\[2\]\.type: expected a supported expectation, got "expect_column_valuez/,
    /suite\.json: suite\.expectations\[3\]\.kwargs: expected only .*mostly.*, got "mostli"/,
  ])
    assert.match(err, place);
  assert.match((await outcome(data, '{"name":')).err, /suite\.json: expected a suite as JSON/);
});

test("a regular expression that would never end comes to one", async () => {
  const started = performance.now();
  const { status, out } = await outcome(write("data.csv", `a,b\n1,${"a".repeat(5000)}!\n`), {
    name: "s",
    expectations: [
      { type: "expect_column_values_to_match_regex", kwargs: { column: "b", regex: "^(a+)+$" } },
    ],
  });

  assert.match(out, /1 of 1 unexpected/);
  assert.equal(status, 3);
  assert.ok(performance.now() - started < 2000);
});
