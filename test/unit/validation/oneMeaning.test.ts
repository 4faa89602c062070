/** `sluice validate`, the Data stage in memory and the Data stage's SQL over the same bytes: one verdict, in every field. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { passOver } from "../../../cli/readers/index.ts";
import { readExactly, writeExactly } from "../../../core/validation/exactJson.ts";
import { parseSuite, type SuiteResult, SuiteRunner } from "../../../core/validation/index.ts";
import { runSuiteInSql } from "../../../core/validation/sql/index.ts";
import { validate } from "../../../lambdas/prepareDataset/validate.ts";
import { Utf8Watch } from "../../../lambdas/shared/csvOptions.ts";
import { parseTable } from "../../../lambdas/shared/table.ts";
import { FakeObjects } from "../../support/fakes.ts";
import { tinySpec } from "../../support/sample.ts";
import { rounded } from "../../support/sqlEngines.ts";
import { createTaken, takenIn } from "../../support/takenIn.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-meaning-"));
let db: TestDatabase;
before(async () => {
  db = await openDatabase();
});
after(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

/** What a value is by its column: each name says what pandas makes of it. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  whole: ["1", "2", "+3", "-4", "5", "6"],
  holes: ["1", "", "NA", "4", "null", "6"],
  "padded decimals": [" 1.5", "2 ", "-nan", "1e3", "\t4", ".5"],
  infinite: ["inf", "-Infinity", "1", "#N/A", "+inf", "2.5"],
  "infinite ties": ["-inf", "-Infinity", "1", "#N/A", "+inf", "inf"],
  truth: ["True", "FALSE", "true", "false", "True", "TRUE"],
  "truth with holes": ["True", "", "true", "None", "False", "TRUE"],
  "truth and number": ["True", "1", "true", "0", "False", "2"],
  void: ["", "NA", "<NA>", "n/a", "NaN", "N/A"],
  id: ["9007199254740993", "9007199254740992", "9223372036854775807", "5", "-9223372036854775808", "7"],
  "id with holes": ["9007199254740993", "NULL", "9007199254740995", "5", "", "7"],
  mixed: ["1", "2.50", "x", "NA", "", "true"],
  words: ["na", "Null", " NA", "none", "NAN", "Nan"],
  hex: ["0x10", "1", "2", "1_000", "1,5", "1e400"],
  day: ["2024-02-29", "2023-02-29", "NA", "2024-01-05", "", "2024-12-31"],
  quoted: ['say "hi"', "a,b", "'", "ü€", "\\", "😀"],
  "quoted numbers": ["1", "2", "3", "4", "5", "6"],
};
const NAMES = Object.keys(COLUMNS);

/** RFC 4180 with what else files have: a byte order mark, CRLF, an empty line, quotes around numbers and words. */
function csvOf(lineEnd: string): string {
  const cell = (text: string, name: string, row: number): string =>
    name === "quoted numbers" || /[",]/.test(text) || (row % 2 === 1 && name === "holes")
      ? `"${text.replaceAll('"', '""')}"`
      : text;
  const lines = Array.from({ length: 6 }, (_, row) =>
    NAMES.map((name) => cell(COLUMNS[name]?.[row] as string, name, row)).join(","),
  );
  lines.splice(3, 0, "");
  return `\ufeff${NAMES.join(",")}\r\n${lines.join(lineEnd)}${lineEnd}`;
}

const NUMERIC = ["whole", "holes", "padded decimals", "truth", "void", "quoted numbers"];
const LONG = 9007199254740993n;
const of = (type: string, column: string, kwargs: object = {}) => ({
  type: `expect_column_${type}`,
  kwargs: { column, ...kwargs },
});

const EXPECTATIONS = [
  ...NAMES.flatMap((column) => [
    of("values_to_not_be_null", column),
    of("values_to_be_of_type", column, { type_: "int64" }),
    of("values_to_be_in_type_list", column, { type_list: ["str", "bool"] }),
    of("values_to_be_unique", column),
    of("values_to_be_in_set", column, { value_set: [1, true, "true", "NA", "1", LONG, 2.5] }),
    of("values_to_be_between", column, { min_value: 2, max_value: LONG }),
    of("distinct_values_to_equal_set", column, { value_set: [1, "x", "1", LONG] }),
    of("unique_value_count_to_be_between", column, { min_value: 5, max_value: 6 }),
    of("min_to_be_between", column, { min_value: 0 }),
    of("max_to_be_between", column, { max_value: LONG }),
    of("values_to_be_increasing", column),
    of("values_to_match_strftime_format", column, { strftime_format: "%Y-%m-%d" }),
    of("values_to_be_json_parseable", column),
    {
      ...of("values_to_not_be_null", "whole"),
      kwargs: {
        column: "whole",
        row_condition: `col("${column}").notNull()`,
        condition_parser: "great_expectations",
      },
    },
  ]),
  ...NUMERIC.flatMap((column) => [
    of("mean_to_be_between", column, { min_value: 0 }),
    of("sum_to_be_between", column, { min_value: 0 }),
    of("median_to_be_between", column, { min_value: 0 }),
    of("quantile_values_to_be_between", column, {
      quantile_ranges: {
        quantiles: [0.1, 0.5],
        value_ranges: [
          [0, 2],
          [0, null],
        ],
      },
    }),
  ]),
  ...NAMES.filter(
    (name) => !["padded decimals", "infinite", "infinite ties", "id with holes"].includes(name),
  ).flatMap((column) => [
    of("values_to_match_regex", column, { regex: "^[0-9a-zA-Z]+$" }),
    of("value_lengths_to_be_between", column, { max_value: 4 }),
  ]),
  ...["increasing", "decreasing"].map((order) =>
    of(`values_to_be_${order}`, "infinite ties", { strictly: true }),
  ),
  {
    type: "expect_column_pair_values_to_be_equal",
    kwargs: { column_A: "whole", column_B: "quoted numbers" },
  },
  {
    type: "expect_column_pair_values_a_to_be_greater_than_b",
    kwargs: { column_A: "holes", column_B: "whole", or_equal: true },
  },
  { type: "expect_compound_columns_to_be_unique", kwargs: { column_list: ["truth", "truth with holes"] } },
  { type: "expect_multicolumn_sum_to_equal", kwargs: { column_list: ["whole", "holes"], sum_total: 2 } },
  { type: "expect_table_row_count_to_equal", kwargs: { value: 6 } },
  { type: "expect_table_columns_to_match_ordered_list", kwargs: { column_list: NAMES } },
];
const SUITE = JSON.stringify({ name: "s", expectations: EXPECTATIONS }, writeExactly);

async function onTheLaptop(csv: string): Promise<unknown> {
  const file = join(folder, "data.csv");
  writeFileSync(file, csv);
  return passOver(file, () => {
    const runner = new SuiteRunner(parseSuite(JSON.parse(SUITE, readExactly)));
    return { add: (batch) => runner.add(batch), finish: () => runner.finish() };
  });
}

async function inMemory(csv: string): Promise<unknown> {
  const objects = new FakeObjects();
  const table = parseTable("data.csv", Buffer.from(csv));
  const { uri } = await validate({ objects, environment: { DATA_BUCKET: "data" } }, tinySpec(), SUITE, table);
  return JSON.parse(new TextDecoder().decode(objects.bodies.get(uri)), readExactly);
}

async function inSql(csv: string): Promise<unknown> {
  const table = await createTaken(db, csv, { timeColumn: "day", labelColumn: "truth" });
  const suite = parseSuite(JSON.parse(SUITE, readExactly));
  return runSuiteInSql(suite, table, { runner: db, dialect: db.dialect });
}

/** As a file holds them; long numbers by all their digits, since the comparison rounds numbers. */
function resultsOf(result: unknown): unknown[] {
  const isLong = (value: unknown): value is number | bigint =>
    typeof value === "bigint" || (Number.isInteger(value) && !Number.isSafeInteger(value));
  const text = JSON.stringify(result, (_, value) => (isLong(value) ? `long ${BigInt(value)}` : value));
  return rounded((JSON.parse(text) as SuiteResult).results) as unknown[];
}

for (const [name, lineEnd] of [
  ["LF after the header", "\n"],
  ["CRLF", "\r\n"],
  ["CR after the header", "\r"],
] as const)
  test(`a CSV file of odd columns gives one verdict on a laptop, in the Data stage's memory and in its SQL (${name})`, async () => {
    const csv = csvOf(lineEnd);
    const wanted = resultsOf(await onTheLaptop(csv));
    const found = { memory: resultsOf(await inMemory(csv)), sql: resultsOf(await inSql(csv)) };
    assert.equal(wanted.length, EXPECTATIONS.length);
    for (const [path, results] of Object.entries(found))
      wanted.forEach((one, i) => {
        assert.deepEqual(results[i], one, `${path}: ${JSON.stringify(EXPECTATIONS[i], writeExactly)}`);
      });
  });

test("bytes that are no UTF-8 are refused on all ways, by file and place", async () => {
  const bytes = Buffer.from("day,name\n2024-01-01,a\n2024-01-02,M\xfcller\n", "latin1");
  const file = join(folder, "latin1.csv");
  writeFileSync(file, bytes);
  const pass = () => ({ add: () => undefined, finish: () => undefined });

  await assert.rejects(passOver(file, pass), /latin1\.csv.*expected UTF-8 text/);
  assert.throws(
    () => parseTable("latin1.csv", bytes),
    /^BadData: latin1\.csv: data row 2, value 2: expected UTF-8 text, got "M\ufffdller"/,
  );
  await assert.rejects(
    takenIn(new FakeObjects(), bytes, { timeColumn: "day", labelColumn: "truth" }),
    /^BadData: data\.csv: data row 2, value 2: expected UTF-8/,
  );
});

test("the character that stands for such bytes is data where it was written, on all ways", async () => {
  const bytes = Buffer.from("day,name\n2024-01-01,a\n2024-01-02,M\ufffdller\n");
  const file = join(folder, "replaced.csv");
  writeFileSync(file, bytes);
  const names: unknown[] = [];
  await passOver(file, () => ({
    add: (batch) => names.push(...Array.from(batch.columns.name ?? [])),
    finish: () => undefined,
  }));
  const objects = new FakeObjects();
  await takenIn(objects, bytes, { timeColumn: "day", labelColumn: "name" });
  const lines = [...objects.bodies.values()].map((body) => String(gunzipSync(body))).join("");

  assert.deepEqual(names, ["a", "M\ufffdller"]);
  assert.equal(parseTable("replaced.csv", bytes).rows[1]?.[1], "M\ufffdller");
  assert.match(lines, /M\ufffdller/);
});

test("whether bytes are UTF-8 is seen over the edges of chunks, and once and for all", async () => {
  const seen = async (bytes: Buffer): Promise<boolean[]> => {
    const text = new Utf8Watch();
    const answers: boolean[] = [];
    const single = (async function* () {
      for (const byte of bytes) yield Uint8Array.of(byte);
    })();
    for await (const _ of text.watch(single)) answers.push(text.isUtf8);
    return answers;
  };
  assert.ok(!(await seen(Buffer.from("a\u20ac\ufffd😀"))).includes(false));
  assert.deepEqual(await seen(Buffer.from([0x61, 0xe9, 0x61, 0x61])), [true, true, false, false]);
});

test("a file of more columns than Athena can divide is refused by its header", async () => {
  const header = `day,truth,${Array.from({ length: 499 }, (_, i) => `x${i}`).join(",")}\n`;

  await assert.rejects(
    takenIn(new FakeObjects(), header, { timeColumn: "day", labelColumn: "truth" }),
    /^BadData: data\.csv: expected at most 500 columns in data that Athena divides, got 501/,
  );
});
