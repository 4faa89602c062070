import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { CsvScanner } from "../../../cli/readers/csvScanner.ts";
import { InputError, passOver } from "../../../cli/readers/index.ts";
import { PandasColumn } from "../../../cli/readers/pandasColumn.ts";

const folder = mkdtempSync(join(tmpdir(), "pandas-"));
after(() => rmSync(folder, { recursive: true }));

/** One column of cells, read in pieces of so many bytes. */
function read(cells: readonly string[], size: number) {
  const bytes = Buffer.from(`a,b\n${cells.map((cell) => `${cell},0\n`).join("")}`);
  const scanner = new CsvScanner("data.csv");
  const column = new PandasColumn(false);
  const columns = [column, new PandasColumn(false)];
  let hasHeader = false;
  let rows = 0;
  for (let at = 0; at <= bytes.length; at += size) {
    scanner.push(at < bytes.length ? bytes.subarray(at, at + size) : undefined);
    hasHeader ||= scanner.header() !== undefined;
    while (hasHeader && scanner.record(columns, rows)) rows++;
  }
  scanner.push();
  while (hasHeader && scanner.record(columns, rows)) rows++;
  const { isFloat, isMixed } = column;
  return { isFloat, isMixed, cells: Array.from(column.view(rows) as ArrayLike<unknown>) };
}

test("cells are numbers, truth values, text or missing as pandas 2.3 takes them", () => {
  const numbers: readonly (readonly [cell: string, value: number | bigint, isFloat: boolean])[] = [
    ["5", 5, false],
    [" 7", 7, false],
    ["+08", 8, false],
    ["5.", 5, true],
    [".5", 0.5, true],
    ["1e3", 1000, true],
    ["inf", Infinity, true],
    ["-INFINITY", -Infinity, true],
    ["9007199254740993", 9007199254740993n, false],
    ["18446744073709551615", 18446744073709551615n, false],
  ];
  for (const [cell, value, isFloat] of numbers)
    assert.deepEqual(read([cell], 1000), { isFloat, isMixed: false, cells: [value] }, cell);
  for (const cell of ["True", "TRUE", "tRUE"]) assert.deepEqual(read([cell], 1000).cells, [true], cell);
  for (const cell of ["1e400", "0x10", "1_000", "18446744073709551616", "-", ".", "1d", "yes", "na"])
    assert.deepEqual(read([cell], 1000).cells, [cell], cell);
  for (const cell of ["NA", "NaN", "nan", "NULL", "null", "None", "n/a", "<NA>", "#N/A", "-1.#IND"])
    assert.deepEqual(read(["x", cell], 1000).cells, ["x", null], cell);
});

test("where the bytes are cut changes nothing, not even what type a column has", () => {
  const cell = fc.oneof(
    fc.constantFrom(
      "1",
      "12",
      "12:30",
      "1.5",
      "True",
      "Truer",
      "NA",
      "NAN",
      "",
      "1e5",
      "1e",
      "inf",
      "info",
      '"q, ""x"""',
    ),
    fc.integer().map(String),
  );
  fc.assert(
    fc.property(
      fc.array(cell, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      (cells, size) => {
        const [whole, cut] = [read(cells, 1_000_000), read(cells, size)];
        // What was read before a column turned out to be mixed is not used.
        assert.deepEqual(cut.isMixed ? cut.isMixed : cut, whole.isMixed ? whole.isMixed : whole);
      },
    ),
    { numRuns: 2000 },
  );
});

test("a pipe, which cannot be read twice, is refused with the columns that hold text beside numbers", async () => {
  const pipe = join(folder, "rows.csv");
  execFileSync("mkfifo", [pipe]);
  const writer = spawn("sh", ["-c", `printf 'a,b\\n1,2\\nx,3\\n' > ${pipe}`]);
  after(() => writer.kill());

  await assert.rejects(
    passOver(pipe, () => ({ add: () => {}, finish: () => undefined })),
    (error: unknown) =>
      error instanceof InputError &&
      /expected columns of one type each in a pipe, which cannot be read twice, got a/.test(error.message),
  );
});
