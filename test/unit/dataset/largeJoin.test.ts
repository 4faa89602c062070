/** The join as Athena is asked for it, on DuckDB: the rows, order and counts of the join in memory. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { joinLabels } from "../../../core/dataset/join.ts";
import {
  capturedLine,
  countsSql,
  createCapturesSql,
  createLabelsSql,
  type JoinCounted,
  joinCounts,
  joinedSizesSql,
  labelLine,
  orderJoined,
  unloadedJoin,
  unloadJoinedSql,
} from "../../../core/dataset/large/join.ts";
import { openDatabase, type TestDatabase } from "../../support/testDatabase.ts";

const TABLES = { database: "lake", captures: "retraining_a_captures", labels: "retraining_a_labels" };
/** What order and equality could go wrong with: case, accents, beyond U+D7FF, what JSON escapes. */
const id = fc.constantFrom("a", "A", "a ", "ä", "\ue000", "😀", '"', "\\N", "\u0001\n", "");
const START = Date.parse("2026-01-01T00:00:00Z");
const observation = fc.record({
  id,
  at: fc.integer({ min: 0, max: 5 }).map((hour) => START + hour * 3_600_000),
  features: fc.array(fc.constantFrom(null, "", "x", '"', "\r"), { minLength: 2, maxLength: 2 }),
});
const label = fc.record({ id, value: fc.constantFrom("yes", "no", "") });
const STARTS = ["2026-01-01T02:00:00.000Z", "2026-01-01T04:00:00.000Z"];

describe("the join over Athena", () => {
  let db: TestDatabase;
  before(async () => {
    db = await openDatabase();
  });
  after(() => db?.close());

  it("gives the rows, order and counts of the join in memory", async () => {
    let joinedRows = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(observation, { minLength: 1, maxLength: 15 }),
        fc.array(label, { minLength: 1, maxLength: 15 }),
        async (captures, labels) => {
          await db.createTextTable(
            createCapturesSql(TABLES, "s3://b/captures/"),
            captures.map((one, n) => capturedLine(n, one)),
          );
          await db.createTextTable(
            createLabelsSql(TABLES, "s3://b/labels/"),
            labels.map((one, n) => labelLine(n, one)),
          );
          const wanted = joinLabels(
            captures.map((one) => ({ ...one, variant: "primary", endpointConfigName: "c", score: null })),
            labels,
          );

          const counted = Object.fromEntries(
            (await db.query(countsSql(TABLES))).map(({ what, n }) => [what, Number(n)]),
          ) as unknown as JoinCounted;
          const sizes = await db.query(joinedSizesSql(TABLES, STARTS));
          const found: string[][] = [];
          for (let range = 0; range <= STARTS.length; range++) {
            const unload = unloadJoinedSql(TABLES, STARTS, [range, range + 1], "s3://b/o/");
            const rows = (await db.unload(unload)).map(unloadedJoin);
            assert.equal(rows.length, Number(sizes.find(({ r }) => Number(r) === range)?.n ?? 0));
            found.push(...orderJoined(rows).map(({ cells }) => [...cells]));
          }

          assert.deepEqual(joinCounts(counted, found.length), wanted.counts);
          assert.deepEqual(
            found,
            wanted.rows.map(({ observation: one, label: text }) => [
              new Date(one.at).toISOString(),
              ...one.features.map((feature) => feature ?? ""),
              text,
            ]),
          );
          joinedRows += found.length;
        },
      ),
      { numRuns: 60 },
    );
    assert.ok(joinedRows > 60);
  });

  it("names what Athena takes", () => {
    assert.equal(
      createCapturesSql(TABLES, "s3://b/captures/"),
      "CREATE EXTERNAL TABLE IF NOT EXISTS lake.retraining_a_captures (n bigint, id string, t string, cells string) STORED AS TEXTFILE LOCATION 's3://b/captures/'",
    );
    assert.match(
      unloadJoinedSql(TABLES, STARTS, [0, 2], "s3://b/joined/"),
      /WHERE \(t < '2026-01-01T04:00:00.000Z'\)\) TO 's3:\/\/b\/joined\/' WITH \(format = 'JSON', compression = 'GZIP', partitioned_by = ARRAY\['r'\]\)$/,
    );
  });
});
