import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { joinLabels } from "../../../core/dataset/join.ts";
import { buildTable } from "../../../lambdas/coordinateRetraining/dataset.ts";
import { FakeObjects } from "../../support/fakes.ts";
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
      async (history, served, rows) => {
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

        const table = await buildTable(objects, spec, "s3://d/table.csv", joined);

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
