/** History and served rows merged: what is new, counted, from whatever place it is gone on with. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type Batch,
  type Cells,
  MERGE_START,
  type Merged,
  type MergeState,
  mergeRows,
} from "../../../core/dataset/mergeRows.ts";

async function* inBatches(rows: readonly Cells[], size: number, from = 0): AsyncGenerator<Batch> {
  for (let at = from; at < rows.length; at += size) yield { at, rows: rows.slice(at, at + size) };
}

async function all(merge: AsyncIterable<Merged>) {
  const found: Merged[] = [];
  for await (const merged of merge) found.push(merged);
  return { rows: found.flatMap(({ rows }) => rows), states: found.map(({ state }) => state) };
}

/** As it was once written, over whole arrays. */
function inMemory(history: readonly Cells[], served: readonly Cells[]) {
  const known = new Set(history.map((row) => row.join("\0")));
  const seen = new Set<string>();
  const fresh = served.filter((row) => {
    const line = row.join("\0");
    return !known.has(line) && !seen.has(line) && seen.add(line);
  });
  const isNew = new Set(fresh);
  const rows = [...history, ...fresh].sort((a, b) =>
    (a[0] as string) < (b[0] as string) ? -1 : (a[0] as string) > (b[0] as string) ? 1 : 0,
  );
  const knownRows = served.filter((row) => known.has(row.join("\0"))).length;
  return {
    rows: rows.map((cells) => ({ cells, isNew: isNew.has(cells) })),
    counts: {
      historyRows: history.length,
      knownRows,
      duplicates: served.length - knownRows - fresh.length,
      freshRows: fresh.length,
      lateRows: fresh.filter((row) => (row[0] as string) <= (history.at(-1)?.[0] ?? "")).length,
    },
  };
}

const row = fc.tuple(
  fc.constantFrom("a", "b", "b0", "c", "d"),
  fc.constantFrom("", "x"),
  fc.constantFrom("yes", "no"),
);
const rows = fc
  .array(row, { maxLength: 25 })
  .map((list) => [...list].sort((one, two) => (one[0] < two[0] ? -1 : one[0] > two[0] ? 1 : 0)) as Cells[]);
const countsOf = ({ history: _, served: __, ...counts }: MergeState) => counts;

describe("mergeRows", () => {
  it("gives the rows and counts that whole arrays give, however they come", () =>
    fc.assert(
      fc.asyncProperty(rows, rows, fc.integer({ min: 1, max: 9 }), async (history, served, size) => {
        const { rows: found, states } = await all(mergeRows(inBatches(history, size), inBatches(served, 4)));
        const wanted = inMemory(history, served);
        assert.deepEqual(found, wanted.rows);
        assert.deepEqual(countsOf(states.at(-1) as MergeState), wanted.counts);
      }),
    ));

  it("goes on from any of its places with the rows that are missing, and ends with the same counts", async () => {
    let places = 0;
    await fc.assert(
      fc.asyncProperty(rows, rows, async (history, served) => {
        const begun = (from: MergeState) =>
          mergeRows(inBatches(history, 3, from.history.at), inBatches(served, 4, from.served.at), from, 1);
        const whole = await all(begun(MERGE_START));
        for (const state of whole.states) {
          const rest = await all(begun(state));
          const before = state.historyRows + state.freshRows;
          assert.deepEqual(rest.rows, whole.rows.slice(before));
          assert.deepEqual(
            countsOf(rest.states.at(-1) as MergeState),
            countsOf(whole.states.at(-1) as MergeState),
          );
          places++;
        }
      }),
    );
    assert.ok(places > 200);
  });

  it("refuses a source that is not in order, by its name", async () => {
    const wrong: Cells[] = [["b"], ["a"]];
    await assert.rejects(all(mergeRows(inBatches(wrong, 1), inBatches([], 1))), {
      name: "RangeError",
      message: 'history: expected rows in the order of their time, got "a" after "b"',
    });
    await assert.rejects(all(mergeRows(inBatches([], 1), inBatches(wrong, 9))), /^RangeError: served: /);
  });
});
