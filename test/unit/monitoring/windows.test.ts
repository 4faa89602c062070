import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { dueHours, dueWindows, pool } from "../../../core/monitoring/windows.ts";

const minute = 60_000;
const start = Date.UTC(2026, 0, 5, 6);

describe("dueWindows", () => {
  it("waits for the watermark", () => {
    assert.deepEqual(dueWindows(start, start + 19 * minute, 900, 300, 10), []);
    assert.deepEqual(dueWindows(start, start + 20 * minute, 900, 300, 10), [
      { from: start, to: start + 15 * minute },
    ]);
  });

  it("looks at every window once, in order, whenever it is asked", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        (waits, limit) => {
          let until = start;
          let now = start;
          const seen: number[] = [];
          for (const wait of waits) {
            now += wait * minute;
            for (const window of dueWindows(until, now, 900, 300, limit)) {
              seen.push(window.from);
              until = window.to;
            }
          }
          for (const [index, from] of seen.entries()) assert.equal(from, start + index * 15 * minute);
        },
      ),
    );
  });
});

describe("dueHours", () => {
  it("waits until the labels of the whole hour are due", () => {
    assert.deepEqual(dueHours(start, start + 6 * 60 * minute, 6 * 3600, 10), []);
    assert.deepEqual(dueHours(start, start + 7 * 60 * minute, 6 * 3600, 10), [
      { from: start, to: start + 60 * minute },
    ]);
  });
});

describe("pool", () => {
  it("takes only as many windows as the rows need", () => {
    assert.deepEqual(
      pool(start, 900, 100, 16, () => 45),
      { from: start - 45 * minute, to: start },
    );
  });
  it("stops at the maximum, rows or not", () => {
    assert.deepEqual(
      pool(start, 900, 100, 4, () => 0),
      { from: start - 60 * minute, to: start },
    );
  });
});
