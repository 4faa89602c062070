/** Turns of a large join over objects in memory: what is counted and written does not depend on where turns end. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { buildTable } from "../../../lambdas/coordinateRetraining/dataset.ts";
import { takeCaptures } from "../../../lambdas/coordinateRetraining/large/intake.ts";
import {
  countMerged,
  type TableContext,
  writeTable,
} from "../../../lambdas/coordinateRetraining/large/table.ts";
import { linesOf, readAhead } from "../../../lambdas/coordinateRetraining/large/texts.ts";
import type { LargeObjects } from "../../../lambdas/shared/largeObjects.ts";
import { TurnOver, Work } from "../../../lambdas/shared/work.ts";
import { FakeLargeObjects, FakeObjects } from "../../support/fakes.ts";
import { tinySpec } from "../../support/sample.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const HISTORY = "s3://d/judge/tiny/ds/table.csv";
const OLD = 30_000;
const NEW = 12_000;
/** Long, so that the history has several blocks. */
const JOB = "student".padEnd(150, ".");
const oldTime = (n: number): number => START + n * 1000;
/** From the middle of the history on, every other row of its time. */
const newTime = (n: number): number => START + (OLD / 2 + n * 2) * 1000;

/** As Athena leaves it: ranges of joined rows in no order. */
async function setUp(rows: number) {
  const objects = new FakeObjects();
  const spec = { ...tinySpec(), retraining: { ...tinySpec().retraining, rows } };
  const history = Array.from(
    { length: OLD },
    (_, n) => `${new Date(oldTime(n)).toISOString()},${n % 60},${JOB},${n % 3 === 0 ? "yes" : "no"}`,
  );
  await objects.put(HISTORY, `day,age,job,y\n${history.join("\n")}\n`);
  const joined = Array.from({ length: NEW }, (_, n) => ({
    id: `i${n}`,
    at: newTime(n),
    // Each tenth is in the history already, where it has come so far.
    age: n % 10 === 0 ? (OLD / 2 + n * 2) % 60 : 61,
    label: (OLD / 2 + n * 2) % 3 === 0 ? "yes" : "no",
  }));
  const folders: string[] = [];
  const sizes: number[] = [];
  for (let from = 0; from < NEW; from += 5000) {
    const some = joined.slice(from, from + 5000);
    const folder = `s3://d/work/joined/r=${folders.length}/`;
    const lines = some.map(({ id, at, age, label }) =>
      JSON.stringify({
        t: new Date(at).toISOString(),
        id: JSON.stringify(id),
        cells: JSON.stringify([String(age), JOB]),
        label: JSON.stringify(label),
      }),
    );
    await objects.put(`${folder}a.gz`, gzipSync(lines.reverse().join("\n")));
    folders.push(folder);
    sizes.push(some.length);
  }
  const inMemory = await buildTable(new FakeLargeObjects(objects), spec, HISTORY, {
    rows: joined.map(({ id, at, age, label }) => ({
      observation: {
        id,
        at,
        features: [String(age), JOB],
        variant: "primary",
        endpointConfigName: "c",
        score: null,
      },
      label,
    })),
  });
  return { objects, spec, ranges: { folders, rows: sizes }, inMemory };
}

/** As the network gives it. */
const inSmallChunks = (objects: FakeObjects, largeObjects: FakeLargeObjects): LargeObjects => ({
  writer: (uri) => largeObjects.writer(uri),
  copy: (from, to) => largeObjects.copy(from, to),
  copyNew: (from, to) => largeObjects.copyNew(from, to),
  async read(uri, { from = 0 } = {}) {
    const body = (await objects.get(uri)).subarray(from);
    return (async function* () {
      for (let at = 0; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536);
    })();
  },
});

/** Asks until there is no more to do, as the state machine does. */
async function inTurns<T>(
  objects: FakeObjects,
  left: () => number,
  work: (context: Pick<TableContext, "work" | "clock">) => Promise<T>,
) {
  for (let turns = 1; ; turns++)
    try {
      return {
        turns,
        result: await work({ work: await Work.open(objects, "s3://d/work"), clock: { left } }),
      };
    } catch (error) {
      if (!(error instanceof TurnOver)) throw error;
    }
}

describe("the table of a large retraining set", () => {
  for (const rows of [2_000, 30_000, 1_000_000])
    it(`of ${rows} rows is that of memory, in one turn or in many`, async () => {
      const { objects, spec, ranges, inMemory } = await setUp(rows);
      const largeObjects = new FakeLargeObjects(objects);
      const { csv, ...counts } = inMemory;
      const all: number[] = [];
      for (const left of [() => 900_000, () => 60_000]) {
        for (const uri of objects.bodies.keys()) if (uri.includes("/steps/")) objects.bodies.delete(uri);
        const source = inSmallChunks(objects, largeObjects);
        const context = { objects, largeObjects: source, spec, historyUri: HISTORY, ranges };
        const { turns, result } = await inTurns(objects, left, (turn) =>
          countMerged({ ...context, ...turn }),
        );
        all.push(turns);
        const reads: number[] = [];
        const counting = {
          ...context,
          largeObjects: {
            ...source,
            read: (uri: string, options?: { from?: number }) => {
              reads.push(options?.from ?? 0);
              return source.read(uri, options);
            },
          },
          work: await Work.open(objects, "s3://d/work"),
          clock: { left: () => 900_000 },
        };
        const table = await writeTable(counting, result, "s3://d/out.csv");
        assert.deepEqual(table.counts, counts);
        assert.equal(await objects.getText("s3://d/out.csv"), csv);
        assert.equal(table.bytes, Buffer.byteLength(csv));
        if (rows === 2_000)
          assert.ok(Math.max(...reads) > 2_000_000, "what is past the window is not read again");
      }
      assert.equal(all[0], 2);
      assert.ok((all[1] as number) > 8, "turns that have little time give back what they have");
      assert.ok(counts.knownRows > 500 && counts.lateRows > 5_000);
    });

  it("is refused by name when one turn cannot write it, and leaves no upload", async () => {
    const { objects, spec, ranges } = await setUp(30_000);
    const largeObjects = new FakeLargeObjects(objects);
    const context = { objects, largeObjects, spec, historyUri: HISTORY, ranges };
    const { result } = await inTurns(
      objects,
      () => 900_000,
      (turn) => countMerged({ ...context, ...turn }),
    );
    let left = 30_000;
    const clock = {
      left: () => {
        left -= 2_000;
        return left;
      },
    };
    const work = await Work.open(objects, "s3://d/work");
    await assert.rejects(
      writeTable({ ...context, work, clock }, result, "s3://d/late.csv"),
      /^BadData: retraining set of tiny: to write 30000 rows \(retraining.rows\); ask for fewer, which now takes longer than a Lambda may run$/,
    );
    assert.ok(!objects.bodies.has("s3://d/late.csv"));
  });
});

describe("captures taken in", () => {
  it("come in the order of their files, a turn for as many as fit one, the same when a turn comes twice", async () => {
    const objects = new FakeObjects();
    const largeObjects = new FakeLargeObjects(objects);
    const files = [];
    for (let file = 0; file < 7; file++) {
      const lines = Array.from({ length: 5 }, (_, n) =>
        JSON.stringify({
          captureData: { endpointInput: { data: `${file},job ${n}\n`, encoding: "CSV" } },
          eventMetadata: {
            eventId: `e${file}-${n}`,
            inferenceTime: new Date(START + n * 1000).toISOString(),
          },
          eventVersion: "0",
        }),
      );
      await objects.put(`s3://c/${file}.jsonl`, `${lines.join("\n")}\n{broken\n`);
      files.push(
        (await objects.list(`s3://c/${file}.jsonl`))[0] as { uri: string; bytes: number; etag: string },
      );
    }
    const within = [START + 1000, START + 3000] as const;
    const served = [
      { endpointConfigName: "c", variant: "primary", within: null, files: files.slice(0, 5) },
      { endpointConfigName: "c2", variant: "challenger", within, files: files.slice(5) },
    ];
    const turnBytes = 2.5 * (files[0]?.bytes ?? 0);
    const { turns, result } = await inTurns(
      objects,
      () => 900_000,
      (turn) => takeCaptures({ objects, largeObjects, spec: tinySpec(), turnBytes, ...turn }, served),
    );
    assert.equal(turns, 5, "four batches of two files, and the turn that finds them");
    assert.deepEqual(
      { rows: result.rows, skipped: result.skipped },
      { rows: 31, skipped: { "unreadable-line": 7 } },
    );
    assert.equal(
      [...objects.bodies.keys()].filter((uri) => uri.startsWith("s3://d/work/captures/")).length,
      4,
    );
  });
});

describe("texts", () => {
  it("are cut where lines end, whatever the chunks, a byte order mark taken off", async () => {
    const text = `${"ü😀 line\n".repeat(300_000)}last`;
    const bytes = Buffer.from(`\ufeff${text}`);
    const chunks = (async function* () {
      for (let at = 0; at < bytes.length; at += 60_001) yield bytes.subarray(at, at + 60_001);
    })();
    const pieces: string[] = [];
    for await (const piece of linesOf(chunks)) pieces.push(piece);
    assert.ok(pieces.length > 2);
    assert.equal(pieces.join("\n"), text);
  });

  it("of small objects are fetched ahead, a few at once, in order; a large one comes as a stream", async () => {
    let [now, most] = [0, 0];
    const objects = {
      async get(uri: string) {
        now++;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, uri.length % 3));
        now--;
        return Buffer.from(uri);
      },
    };
    const largeObjects = {
      read: async (uri: string) =>
        (async function* () {
          yield Buffer.from(`stream of ${uri}`);
        })(),
    };
    const files = Array.from({ length: 30 }, (_, n) => ({
      uri: `s3://${"c".repeat(n)}`,
      etag: "",
      bytes: n === 9 ? 5e6 : 1,
    }));
    const found: string[] = [];
    for await (const [, bytes] of readAhead(objects, largeObjects, files))
      for await (const chunk of bytes) found.push(String(Buffer.from(chunk)));
    assert.deepEqual(
      found,
      files.map(({ uri, bytes }) => (bytes > 1 ? `stream of ${uri}` : uri)),
    );
    assert.ok(most > 1 && most <= 8, String(most));
  });
});
