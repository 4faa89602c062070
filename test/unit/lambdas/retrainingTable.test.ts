import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { joinLabels } from "../../../core/dataset/join.ts";
import { buildTable } from "../../../lambdas/coordinateRetraining/dataset.ts";
import { FakeLargeObjects, FakeObjects } from "../../support/fakes.ts";
import { tinySpec } from "../../support/sample.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const HOUR = 3_600_000;
const timeOf = (hour: number): string => new Date(START + hour * HOUR).toISOString();

test("every joined row and every row of the history is in the table, or counted by the reason why not", async () => {
  const seen = { known: 0, duplicate: 0, late: 0, past: 0 };
  const row = fc.record({ hour: fc.integer({ min: 0, max: 20 }), label: fc.constantFrom("yes", "no") });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 20 }),
      fc.array(row, { maxLength: 20 }),
      fc.integer({ min: 1, max: 50 }),
      async (drawn, served, rows) => {
        // As a frozen dataset has it.
        const history = [...drawn].sort((a, b) => a.hour - b.hour);
        const objects = new FakeObjects();
        const text = history.map(({ hour, label }) => `${timeOf(hour)},30,student,${label}`).join("\n");
        objects.bodies.set("s3://d/table.csv", new TextEncoder().encode(`day,age,job,y\n${text}\n`));
        const joined = joinLabels(
          served.map(({ hour }, i) => ({
            id: `i${i}`,
            at: START + hour * HOUR,
            variant: "primary",
            endpointConfigName: "c",
            features: ["30", "student"],
            score: 0.5,
          })),
          served.map(({ label }, i) => ({ id: `i${i}`, value: label })),
        );
        const spec = { ...tinySpec(), retraining: { ...tinySpec().retraining, rows } };

        const table = await buildTable(new FakeLargeObjects(objects), spec, "s3://d/table.csv", joined);

        assert.equal(joined.rows.length, table.knownRows + table.duplicates + table.freshRows);
        assert.equal(table.freshRows, table.newRows + table.oldNewRows);
        assert.equal(history.length, table.historyRows + table.oldHistoryRows);
        assert.equal(table.rows, table.newRows + table.historyRows);
        assert.equal(table.csv.trim().split("\n").length - 1, table.rows);
        assert.ok(table.lateRows <= table.freshRows);
        seen.known += table.knownRows;
        seen.duplicate += table.duplicates;
        seen.late += table.lateRows;
        seen.past += table.oldNewRows;
      },
    ),
  );
  for (const [fate, count] of Object.entries(seen)) assert.ok(count > 0, fate);
});

test("a history of any length is read as a stream: its newest rows are in the table, the others are counted", async () => {
  const rows = 30_000;
  const lines = Array.from({ length: rows }, (_, i) => `${timeOf(i)},${i},"a, b",yes`);
  const read = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from("day,age,job,y\n");
    for (let from = 0; from < rows; from += 7)
      yield Buffer.from(`${lines.slice(from, from + 7).join("\n")}\n`);
  };
  const observation = (hour: number, age: string) => ({
    id: `${hour}`,
    at: START + hour * HOUR,
    variant: "primary",
    endpointConfigName: "c",
    features: [age, "a, b"],
    score: 0.5,
  });
  const served = [
    observation(rows - 2, String(rows - 2)),
    observation(rows, "31"),
    observation(20_000, "20000"),
  ];
  const joined = joinLabels(
    served,
    served.map(({ id }) => ({ id, value: "yes" })),
  );
  const spec = { ...tinySpec(), retraining: { ...tinySpec().retraining, rows: 100 } };

  const table = await buildTable({ read: async () => read() }, spec, "s3://d/table.csv", joined);

  assert.deepEqual(
    { ...table, csv: table.csv.split("\n").slice(-3, -1) },
    {
      csv: [lines.at(-1), `${timeOf(rows)},31,"a, b",yes`],
      rows: 100,
      historyRows: 99,
      newRows: 1,
      knownRows: 2,
      duplicates: 0,
      freshRows: 1,
      lateRows: 0,
      oldNewRows: 0,
      oldHistoryRows: rows - 99,
    },
  );
});
