import assert from "node:assert/strict";
import { test } from "node:test";
import { numberOf } from "../../../core/drift/cells.ts";

test("plain decimals are numbers, other text is not", () => {
  for (const [text, value] of [
    ["1", 1],
    [" -1.5e3 ", -1500],
    ["2.", 2],
    [".5", 0.5],
    ["1e400", Infinity],
  ] as const)
    assert.equal(numberOf(text), value);
  for (const text of ["", ".", "0x10", "Infinity", "1e", "1.2.3", "one"])
    assert.ok(Number.isNaN(numberOf(text)));
});

test("digits without end take time in step with their number", () => {
  const seconds = (digits: number): number => {
    const text = `${"1".repeat(digits)}x`;
    const start = performance.now();
    assert.ok(Number.isNaN(numberOf(text)));
    return (performance.now() - start) / 1000;
  };

  // Quadratic, these would be 40,000 million steps: minutes.
  assert.ok(seconds(200_000) < 2);
});
