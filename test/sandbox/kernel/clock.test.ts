import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../sandbox/kernel/clock.ts";

const start = Date.parse("2008-09-01T00:00:00Z");
const real = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("time stands without a lease", async () => {
  const clock = new VirtualClock({ start });
  let fired = false;
  clock.setTimer(start + 1, () => {
    fired = true;
  });

  await real(20);

  assert.equal(fired, false);
  assert.equal(clock.now(), start);
});

test("timers of one instant fire by class, then key, then sequence, each after the former's work has settled", async () => {
  const clock = new VirtualClock({ start });
  const seen: string[] = [];
  const at = start + 1000;
  for (const [key, order] of [
    ["c", 5],
    ["a", 5],
    ["z", 3],
    ["b", 5],
  ] as const)
    clock.setTimer(
      at,
      () => {
        seen.push(`${key}>`);
        void clock.work(key, async () => {
          await real(key === "a" ? 15 : 1);
          seen.push(`<${key}`);
        });
      },
      { order, key },
    );

  await clock.advance(2000);

  assert.deepEqual(seen, ["z>", "<z", "a>", "<a", "b>", "<b", "c>", "<c"]);
  assert.equal(clock.now(), start + 2000);
});

test("parallel work of one instant begins together, the same work and later instants wait", async () => {
  const clock = new VirtualClock({ start: 0 });
  const log: string[] = [];
  const work = (name: string) => () =>
    void clock.work(name, async () => {
      log.push(`${name} begins`);
      await real(5);
      log.push(`${name} ends`);
    });
  clock.setTimer(10, work("a1"), { key: "1", parallel: "a" });
  clock.setTimer(10, work("b"), { key: "2", parallel: "b" });
  clock.setTimer(10, work("a2"), { key: "3", parallel: "a" });
  clock.setTimer(10, work("alone"), { key: "4" });
  clock.setTimer(11, work("later"), { key: "0", parallel: "c" });

  await clock.sleepUntil(20);

  assert.deepEqual(log, [
    "a1 begins",
    "b begins",
    "a1 ends",
    "b ends",
    "a2 begins",
    "a2 ends",
    "alone begins",
    "alone ends",
    "later begins",
    "later ends",
  ]);
});

test("time stands while a work token is held, and giving it back twice changes nothing", async () => {
  const clock = new VirtualClock({ start });
  const release = clock.hold("work");
  const other = clock.hold("other");
  const lease = clock.advance(1000);

  await real(20);
  assert.equal(clock.now(), start);
  release();
  release();
  await real(20);
  assert.equal(clock.now(), start, "the other token still holds");
  other();
  await lease;

  assert.equal(clock.now(), start + 1000);
});

test("the earliest lease bounds every jump, so no driver oversleeps", async () => {
  const clock = new VirtualClock({ start });
  const woken: [string, number][] = [];

  await Promise.all([
    clock.advance(5000).then(() => woken.push(["long", clock.now() - start])),
    clock.advance(1000).then(() => woken.push(["short", clock.now() - start])),
  ]);

  assert.deepEqual(woken, [
    ["short", 1000],
    ["long", 5000],
  ]);
});

test("until ends at the moment its condition holds, and says false when it never does", async () => {
  const clock = new VirtualClock({ start });
  let done = false;
  clock.setTimer(start + 300, () => {
    done = true;
  });

  assert.equal(await clock.until(() => done, 10_000), true);
  assert.equal(clock.now(), start + 300);
  assert.equal(await clock.until(() => false, 1000), false);
  assert.equal(clock.now(), start + 1300);
});

test("a cleared timer does not fire, a failing one does not stop the clock", async () => {
  const errors: unknown[] = [];
  const clock = new VirtualClock({ start, onError: (error) => errors.push(error) });
  const timer = clock.setTimer(start + 10, () => assert.fail("cleared"));
  clock.clearTimer(timer);
  clock.setTimer(start + 20, () => {
    throw new Error("boom");
  });
  let later = false;
  clock.setTimer(start + 30, () => {
    later = true;
  });

  await clock.advance(100);

  assert.equal(errors.length, 1);
  assert.equal(later, true);
});

test("names who holds the clock when nothing moves under a lease", async () => {
  const reports: string[][] = [];
  const clock = new VirtualClock({
    start,
    stuckAfterMilliseconds: 30,
    onStuck: (holders) => reports.push(holders.map((holder) => holder.name)),
  });
  const release = clock.hold("training job tj-1");
  const lease = clock.advance(1);

  await real(120);
  release();
  await lease;

  assert.deepEqual(reports[0], ["training job tj-1"]);
});

test("follows the wall clock once told to: timers fire in their own time", async () => {
  const clock = new VirtualClock({ start });
  let firedAt = 0;
  clock.setTimer(start + 30, () => {
    firedAt = clock.now();
  });

  clock.followWallClock();
  await clock.advance(60);
  clock.stop();

  assert.ok(firedAt >= start + 30 && firedAt < start + 60, String(firedAt - start));
});

test("a thousand idle timers cost less than 300 milliseconds", async () => {
  const clock = new VirtualClock({ start });
  for (let index = 0; index < 1000; index++) clock.setTimer(start + index * 60_000, () => undefined);
  const before = performance.now();

  await clock.advance(1000 * 60_000);

  assert.ok(performance.now() - before < 300);
});
