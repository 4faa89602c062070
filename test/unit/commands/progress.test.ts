import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress } from "../../../cli/commands/support/progress.ts";

function terminal(isTTY: boolean): { isTTY: boolean; said: string[]; write(text: string): void } {
  const said: string[] = [];
  return { isTTY, said, write: (text) => void said.push(text) };
}

test("a long file has a bar that grows with what was read, and is gone at the end", () => {
  const screen = terminal(true);
  let now = 0;
  const progress = new Progress("data.csv", 1000, screen, () => now);
  progress.add(10);
  now = 300;
  progress.position.bytes = 500;
  progress.add(90);
  now = 700;
  progress.position.bytes = 1000;
  progress.add(1_000_000);
  progress.end();

  assert.equal(screen.said.length, 3);
  assert.match(screen.said[0] ?? "", /data\.csv \[#{12}\.{12}\] 50 % 100 rows/);
  assert.match(screen.said[1] ?? "", /\[#{24}\] 100 % 1,000,100 rows/);
  assert.doesNotMatch(screen.said[2] ?? "", /data/);
});

test("a pipe has rows and no bar; a short file, and what is no terminal, have nothing", () => {
  let now = 0;
  const [pipe, short, file] = [terminal(true), terminal(true), terminal(false)];
  const bars = [pipe, short, file].map((screen, i) => new Progress("x", i === 0 ? 0 : 10, screen, () => now));
  bars[1]?.add(5);
  now = 500;
  bars[0]?.add(5);
  bars[2]?.add(5);
  for (const bar of bars) bar.end();

  assert.match(pipe.said[0] ?? "", /x 5 rows/);
  assert.deepEqual([short.said, file.said], [[], []]);
});
