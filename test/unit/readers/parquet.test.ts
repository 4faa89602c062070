/** Parquet as pyarrow and pandas write it, in files frozen by test/vectors/generateParquet.py. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Cell, readBatches } from "../../../cli/readers/index.ts";
import { folder, run, write } from "../../support/commands.ts";

const FILES = new URL("../../vectors/parquet/", import.meta.url).pathname;
const ROWS = JSON.parse(readFileSync(join(FILES, "rows.json"), "utf8")) as Record<string, Cell[]>;

async function read(file: string): Promise<{ columns: Record<string, Cell[]>; lines: number[] }> {
  const columns: Record<string, Cell[]> = {};
  const lines: number[] = [];
  for await (const batch of readBatches(join(FILES, file))) {
    lines.push(batch.firstLine);
    for (const [name, cells] of Object.entries(batch.columns)) {
      columns[name] ??= [];
      columns[name].push(...cells);
    }
  }
  return { columns, lines };
}

for (const name of ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]) {
  test(`${name}: numbers, text, dictionaries, times, dates, decimals and gaps of three row groups are read`, async () => {
    const { columns, lines } = await read(`${name}.parquet`);

    assert.deepEqual(columns, ROWS);
    assert.deepEqual(lines, [1, 21, 41]);
  });
}

for (const name of ["plain2", "int96"]) {
  test(`${name}: pages of version 2 without dictionaries, and times as INT96, are read alike`, async () => {
    assert.deepEqual((await read(`${name}.parquet`)).columns, ROWS);
  });
}

test("what pandas writes by default is read, and a file without rows has its columns", async () => {
  assert.deepEqual((await read("pandas.parquet")).columns, { x: [1.5, null, 3.5], kind: ["a", "b", "a"] });
  assert.deepEqual(Object.keys((await read("noRows.parquet")).columns), Object.keys(ROWS));
});

for (const [name, message] of [
  ["nested", /nested\.parquet, column "tags": expected a plain column, got nested values \(list\)/],
  ["latin1", /latin1\.parquet, column "raw": .*no UTF-8 \("été"\)/],
  ["twice", /twice\.parquet: expected each column once, got "a" twice/],
] as const) {
  test(`${name} is refused by name`, async () => {
    await assert.rejects(read(`${name}.parquet`), message);
  });
}

test("a codec that is not there is refused by name", async () => {
  // The footer says LZ4_RAW of each column as field 4, a zigzag 7; LZO is 3.
  const bytes = readFileSync(join(FILES, "lz4.parquet"));
  const footer = bytes.readUInt32LE(bytes.length - 8);
  for (let i = bytes.length - 8 - footer; i < bytes.length - 8; i++)
    if (bytes[i] === 0x15 && bytes[i + 1] === 2 * 7) bytes[i + 1] = 2 * 3;
  const file = write("lzo.parquet", bytes);
  const { status, err } = await run("profile", "--data", file, "--out", join(folder, "lzo.json"));

  assert.equal(status, 2);
  assert.match(err, /lzo\.parquet, column ".*": expected a codec of UNCOMPRESSED, SNAPPY, .*, got LZO/);
});

test("the commands take Parquet: profile, then drift by the profile and by the file", async () => {
  const stored = join(folder, "profile.json");
  const file = join(FILES, "zstd.parquet");
  const out = join(folder, "verdict.json");
  const drifted = (reference: string) =>
    run(
      "drift",
      "--reference",
      reference,
      "--current",
      join(FILES, "gzip.parquet"),
      "--format",
      "json",
      "--out",
      out,
    );

  assert.equal((await run("profile", "--data", file, "--out", stored, "--time-column", "at")).status, 0);
  const { features } = JSON.parse(readFileSync(stored, "utf8"));
  assert.equal(features.price.kind, "numeric");
  assert.equal(features.kind.missing, ROWS.kind?.filter((cell) => cell === null).length);
  assert.equal((await drifted(stored)).status, 0);
  assert.equal((await drifted(file)).status, 0);
  assert.equal(JSON.parse(readFileSync(out, "utf8")).rows, 50);
});

test("a Parquet file that lost bytes, at its end or inside, is bad input with its name", async () => {
  const whole = readFileSync(join(FILES, "snappy.parquet"));
  const cut = write("cut.parquet", whole.subarray(0, whole.length / 2));
  const torn = write("torn.parquet", Buffer.from(whole).fill(0xff, 300, 900));

  for (const file of [cut, torn]) {
    const { status, err } = await run("profile", "--data", file, "--out", join(folder, "never.json"));
    assert.equal(status, 2);
    assert.match(err, /(cut|torn)\.parquet.*: expected a whole Parquet file, got /);
  }
});
