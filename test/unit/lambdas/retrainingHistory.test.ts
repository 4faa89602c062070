import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { historyRows } from "../../../lambdas/coordinateRetraining/history.ts";
import { toCsv } from "../../../lambdas/shared/table.ts";

const COLUMNS = ["t", "a", "b"];
const cell = fc.oneof(
  fc.constantFrom("", '"', '""', "\n", "\r\n", ",", '",\n"', "ü😀", "plain", " x "),
  fc.string({ maxLength: 6 }),
);

/** An object in chunks of some bytes. */
const objectOf = (text: string, size: number) => ({
  async read(_: string, { from = 0 }: { readonly from?: number } = {}) {
    const bytes = Buffer.from(text).subarray(from);
    return (async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })();
  },
});

async function read(text: string, size: number, columns = COLUMNS, from = 0) {
  const batches = [];
  for await (const batch of historyRows(objectOf(text, size), "s3://d/t.csv", columns, from))
    batches.push(batch);
  return batches;
}

describe("historyRows", () => {
  it("reads what toCsv wrote, whatever the cells and the chunks", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        async (rows, size) => {
          const found = await read(toCsv(rows, COLUMNS), size);
          assert.deepEqual(
            found.flatMap((batch) => batch.rows),
            rows,
          );
        },
      ),
    ));

  it("gives the columns asked for; those it does not have are empty", async () => {
    const [batch] = await read("t,a,b\n1,2,3\n", 5, ["b", "other", "t"]);
    assert.deepEqual(batch?.rows, [["3", "", "1"]]);
  });

  it("is begun again where a batch began", async () => {
    const rows = Array.from({ length: 60_000 }, (_, n) => [`t${n}`, 'quoted, "n"\nline', "x".repeat(n % 40)]);
    const text = toCsv(rows, COLUMNS);
    const whole = await read(text, 65_536);
    assert.ok(whole.length > 2);
    for (const { at } of whole) {
      const rest = await read(text, 50_000, COLUMNS, at);
      const before = whole
        .filter((batch) => batch.at < at)
        .reduce((sum, batch) => sum + batch.rows.length, 0);
      assert.deepEqual(
        rest.flatMap((batch) => batch.rows),
        rows.slice(before),
      );
    }
  });

  it("names the file when a record is not as wide as its header", async () => {
    await assert.rejects(read("t,a,b\n1,2,3\n1,2\n", 100), {
      name: "BadData",
      message: "s3://d/t.csv: expected 3 cells in each record, got 2 after byte 0",
    });
  });

  it("does not take a quote that nobody closed for a record of all that follows", async () => {
    const text = `t,a,b\n1,"2,3\n${"1,2,3\n".repeat(12_000_000)}`;
    await assert.rejects(
      read(text, 2 ** 24),
      /^BadData: s3:\/\/d\/t.csv: expected a record to end, got \d+ bytes/,
    );
  });
});
