import assert from "node:assert/strict";
import { fstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { RankedRuns, readRanked } from "../../../cli/spill/rankedRuns.ts";
import { SpilledDoubles } from "../../../cli/spill/spilledDoubles.ts";
import { readExtent, SpillFile } from "../../../cli/spill/spillFile.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-spill-test-"));
after(() => rmSync(folder, { recursive: true }));

test("a spill file has no name while it is used, so that nothing stays behind however the process ends; it is the owner's alone", () => {
  const spill = new SpillFile(folder);
  const first = spill.append(Uint8Array.of(1, 2, 3));
  const second = spill.append(Uint8Array.of(4, 5));
  const { mode, nlink } = fstatSync(spill.descriptor);
  const target = new Uint8Array(2);
  readExtent(spill.descriptor, second.at, target);

  assert.deepEqual(readdirSync(folder), []);
  assert.equal(nlink, 0);
  assert.equal(mode & 0o777, 0o600);
  assert.deepEqual([first, second, [...target]], [{ at: 0, bytes: 3 }, { at: 3, bytes: 2 }, [4, 5]]);
  assert.throws(() => readExtent(spill.descriptor, 4, target), /expected 2 bytes at 4, got 1/);
  spill.close();
});

test("doubles come back sorted, whatever the room for them, and may be asked for again", () => {
  const random = new SeededRandom(2);
  const values = Array.from({ length: 5000 }, (_, i) => (i % 3 === 0 ? random.integer(9) : random.normal()));
  const expected = Float64Array.from([...values, Infinity, -Infinity, -0]).sort();
  for (const room of [0, 64, 65, 1000, 1e6]) {
    const spill = new SpillFile(folder);
    const doubles = new SpilledDoubles(spill, room);
    for (const value of [...values, Infinity, -Infinity, -0]) doubles.push(value);
    for (let times = 0; times < 2; times++) {
      const sorted = Array.from(doubles.sorted(), (part) => [...part]).flat();
      assert.deepEqual(
        sorted.map((x) => x + 0),
        Array.from(expected, (x) => x + 0),
        `room for ${room}`,
      );
    }
    assert.equal(doubles.length, values.length + 3);
    spill.close();
  }
  assert.deepEqual(
    [...new SpilledDoubles(new SpillFile(folder), 10).sorted()].flatMap((p) => [...p]),
    [],
  );
});

test("rows come back by falling score with number and label, each once", () => {
  const random = new SeededRandom(3);
  const rows = Array.from({ length: 20_000 }, (_, row) => ({
    score: row % 4 === 0 ? random.integer(5) / 4 : random.next(),
    row,
    label: random.integer(3),
  }));
  for (const room of [1, 5000, 20_000, 30_000]) {
    if (room === 1 && rows.length > 3000) rows.length = 3000;
    const spill = new SpillFile(folder);
    const runs = new RankedRuns(spill, room);
    for (const { score, row, label } of rows) runs.add(score, row, label);
    const found: typeof rows = [];
    for (const part of readRanked(spill.descriptor, runs.finish()))
      for (let i = 0; i < part.length; i++)
        found.push({
          score: part.scores[i] as number,
          row: part.rows[i] as number,
          label: part.labels[i] as number,
        });
    assert.ok(found.every(({ score }, i) => i === 0 || score <= (found[i - 1]?.score ?? 0)));
    assert.deepEqual(
      found.toSorted((a, b) => a.row - b.row),
      rows,
    );
    spill.close();
  }
});
