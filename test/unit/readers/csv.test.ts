import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import type { Cell } from "../../../cli/readers/batch.ts";
import { CellColumn, toCells } from "../../../cli/readers/cellColumn.ts";
import { CsvScanner } from "../../../cli/readers/csvScanner.ts";

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const cellOf = (text: string): Cell =>
  text === "" ? null : NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;

/** Reads text in pieces of so many bytes. */
function scan(text: string, size: number): { names: readonly string[]; rows: Cell[][] } {
  const bytes = Buffer.from(text);
  const scanner = new CsvScanner("data.csv");
  let names: readonly string[] | undefined;
  let columns: CellColumn[] = [];
  let rows = 0;
  const drain = (): void => {
    names ??= scanner.header();
    if (names === undefined) return;
    if (columns.length === 0) columns = names.map(() => new CellColumn());
    while (scanner.record(columns, rows)) rows++;
  };
  for (let at = 0; at < bytes.length; at += size) {
    scanner.push(bytes.subarray(at, at + size));
    drain();
  }
  scanner.push();
  drain();
  const cells = columns.map((column) => toCells(column.view(rows)));
  return {
    names: names ?? [],
    rows: Array.from({ length: rows }, (_, i) => cells.map((column) => column[i] as Cell)),
  };
}

const value = fc.oneof(
  fc.constantFrom("", "a", "-", ".", "1.", ".5", "+7", "-0", "1e3", "1e400", "00123", "é", "😀", "\uFEFF"),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.stringMatching(/^-?\d{1,17}\.\d{0,9}$/),
  fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r\n", " ", "ß", "7") }),
);
const quote = (text: string, always: boolean): string =>
  always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

test("cells are those of csv-parse with plain decimals as numbers, wherever the bytes are cut and however lines end", () => {
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) => fc.array(fc.array(value, { minLength: width, maxLength: width }), { maxLength: 12 }));
  fc.assert(
    fc.property(
      table,
      fc.boolean(),
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      (rows, always, end, hasBom, size) => {
        const names = (rows[0] ?? ["x", "y"]).map((_, i) => `c${i}`);
        const lines = [names, ...rows].map((row) => row.map((text) => quote(text, always)).join(","));
        const text = `${hasBom ? "\uFEFF" : ""}${lines.join(end)}${always ? end : ""}`;
        const expected = parse(text, {
          bom: true,
          skip_empty_lines: true,
          record_delimiter: end,
        }) as string[][];

        const read = scan(text, size);

        assert.deepEqual(read.names, expected[0]);
        assert.deepEqual(
          read.rows,
          expected.slice(1).map((row) => row.map(cellOf)),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test("a text that comes again in other columns, after others with its hash, and past the cache's trial stays itself", () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `k${i % 7},u${i},${i % 3 === 0 ? "Aa" : "BB"}`);

  const { rows } = scan(`a,b,c\n${lines.join("\n")}\n`, 65_536);

  assert.deepEqual(
    rows,
    lines.map((line) => line.split(",")),
  );
});

test("what is not CSV is refused with its line and column", () => {
  for (const [text, message] of [
    ['a,b\n1,x"y\n', /data\.csv:2, column "b": expected quotes around a whole value/],
    ['a,b\n"1\n\n2,3\n', /data\.csv:2, column "a": expected a closing quote/],
    ['a,b\n"1\n\n2",3\n\n4\n', /data\.csv:6: expected 2 values, got 1: "4"/],
  ] as const)
    for (const size of [1, 3, 100]) assert.throws(() => scan(text, size), message);
});
