import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { captureOf, csvOf, folder, run, write } from "../../support/commands.ts";

const BROKEN: readonly [name: string, content: string | Buffer, message: RegExp][] = [
  ["empty.csv", "", /empty\.csv: expected a header line and rows, got an empty file/],
  ["ragged.csv", "a,b\n1,2\n3\n", /ragged\.csv:3: expected 2 values, got 1/],
  ["double.csv", "a,a\n1,2\n", /double\.csv:1: expected each column once/],
  [
    "quote.csv",
    'a,b\n1,"x"y\n',
    /quote\.csv:2, column "b": expected a comma or a line end after a closing quote/,
  ],
  ["latin1.csv", Buffer.from([0x61, 0x0a, 0xe9, 0x0a]), /latin1\.csv:2, column "a": expected UTF-8 text/],
  ["broken.jsonl", '{"a":1}\n{"a":\n', /broken\.jsonl:2: expected one JSON object a line/],
  ["latin1.jsonl", Buffer.from('{"a":"caf\xe9"}\n', "latin1"), /latin1\.jsonl:1: expected UTF-8 text/],
  [
    "bytes.jsonl",
    captureOf({ data: Buffer.from([0xff, 0xfe]).toString("base64"), encoding: "BASE64" }),
    /bytes\.jsonl:1, column "feature": expected UTF-8 text in base64/,
  ],
  [
    "long.jsonl",
    `{"a":1}\n{"a":"${"x".repeat(130 * 2 ** 20)}"}`,
    /long\.jsonl:2: expected lines of at most 134217728 bytes/,
  ],
  ["nested.jsonl", '{"a":{"b":1}}\n', /nested\.jsonl:1, column "a": expected a number, text/],
  ["tiny.parquet", "PAR1", /tiny\.parquet: expected a whole Parquet file, got 4 bytes/],
  ["header.csv", "x,kind\n", /header\.csv: expected rows, got none/],
  ["huge.csv", "x\n1\n1e400\n", /huge\.csv:3, column "x": expected a number, got "1e400"/],
  ["cut.csv.gz", gzipSync(csvOf(5000, 1)).subarray(0, 900), /cut\.csv\.gz: expected a whole gzip file/],
  [
    "cut.jsonl.gz",
    gzipSync('{"a":1}\n'.repeat(9000)).subarray(0, 40),
    /cut\.jsonl\.gz: expected a whole gzip/,
  ],
  ["plain.csv.gz", csvOf(5, 1), /plain\.csv\.gz: expected a whole gzip file, got incorrect header check/],
  ["nothing.jsonl", "{}\n{}\n", /nothing\.jsonl: expected at least one column, got none/],
  ["noInput.jsonl", captureOf(null), /noInput\.jsonl:1: expected captureData\.endpointInput, got null/],
  [
    "base64.jsonl",
    captureOf({ data: "!!", encoding: "BASE64" }),
    /base64\.jsonl:1, column "feature": expected base64/,
  ],
  ["cut.parquet", Buffer.from("PAR1 cut short"), /cut\.parquet: expected a whole Parquet file/],
  ["notes.txt", "x", /expected a name ending in \.csv/],
];

for (const [name, content, message] of BROKEN) {
  test(`${name} is refused with its place and exit status 2`, async () => {
    const { status, err } = await run(
      "profile",
      "--data",
      write(name, content),
      "--out",
      join(folder, "never.json"),
    );

    assert.equal(status, 2);
    assert.match(err, message);
  });
}

test("text in a column of numbers is named by line, column and value", async () => {
  const reference = write("numbers.csv", csvOf(100, 6));
  const { status, err } = await run(
    "drift",
    "--reference",
    reference,
    "--current",
    write("texty.csv", "x,kind\n1,a\noops,b\n"),
  );

  assert.equal(status, 2);
  assert.match(err, /texty\.csv:3, column "x": expected a number, got "oops"/);
});

test("a stored profile without its contents is refused by file and feature", async () => {
  const head = '"format":"sluice.reference-profile","version":2,"rows":5';
  const hollow = write("hollow.json", `{${head},"features":{"x":{"kind":"numeric"},"y":null}}`);
  const current = write("hollowData.csv", csvOf(50, 3));
  const { status, err } = await run("drift", "--reference", hollow, "--current", current);

  assert.equal(status, 2);
  assert.match(err, /hollow\.json: profile\.features\["x"\]\.sketch/);
  assert.match(err, /hollow\.json: profile\.features\["y"\]\.kind/);
});

test("JSON lines end with LF or CRLF alone: other separators belong to the text; the last may lack its end", async () => {
  const data = write("separators.jsonl", '\uFEFF{"a":"x\u2028y"}\r\n\r\n{"a":"z\u0085"}\n{"a":"x\u2028y"}');
  const { status, out } = await run("profile", "--data", data, "--out", join(folder, "separators.json"));

  assert.equal(status, 0, out);
  const { features } = JSON.parse(readFileSync(join(folder, "separators.json"), "utf8"));
  assert.deepEqual(features.a.categories.names, ["x\u2028y", "z\u0085"]);
});

test("a column of numbers with a few words among them becomes one of categories, and that is said", async () => {
  const rows = (cells: readonly string[]) =>
    write("words.csv", `x,k\n${cells.map((c) => `${c},a`).join("\n")}\n`);
  const profiled = async (cells: readonly string[]) =>
    (await run("profile", "--data", rows(cells), "--out", join(folder, "words.json"))).err;
  const numbers = ["1.5", "2", "3", "4", "5", "6"];

  assert.match(
    await profiled([...numbers, "NA"]),
    /note: .*words\.csv:8, column "x": taken as categories, because of "NA" among 6 numbers/,
  );
  assert.doesNotMatch(await profiled(numbers), /note/);
  assert.doesNotMatch(await profiled(["a1", "b2", "7", "8"]), /note/);
});
