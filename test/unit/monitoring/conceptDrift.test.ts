import assert from "node:assert/strict";
import { test } from "node:test";
import { conceptDriftDetector, watchErrors } from "../../../core/monitoring/conceptDrift.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

const errors = (random: SeededRandom, rate: number, steps: number): number[] =>
  Array.from({ length: steps }, () => (random.next() < rate ? 1 : 0));

test("an error rate from 0.1 to 0.2 is found within 400 steps on average", () => {
  const random = new SeededRandom(1);
  let delay = 0;
  for (let run = 0; run < 100; run++) {
    const detector = conceptDriftDetector();
    for (const error of errors(random, 0.1, 2000)) detector.update(error);
    delay += errors(random, 0.2, 3000).findIndex((error) => detector.update(error) === "drift") + 1;
  }

  assert.ok(delay / 100 <= 400, `mean delay ${delay / 100}`);
});

test("a steady error rate alarms at most once in 100,000 steps", () => {
  for (const rate of [0.05, 0.1, 0.2, 0.3]) {
    const detector = conceptDriftDetector();
    const signals = errors(new SeededRandom(2), rate, 200_000).map((error) => detector.update(error));
    assert.ok(signals.filter((signal) => signal === "drift").length <= 2, `rate ${rate}`);
  }
});

test("hours watched one by one see what a single watch over all of them sees", () => {
  const random = new SeededRandom(3);
  const stream = [...errors(random, 0.1, 1500), ...errors(random, 0.4, 1500)];
  const whole = watchErrors(null, stream);
  let state: ReturnType<typeof watchErrors>["state"] | null = null;
  let changed = false;
  for (let from = 0; from < stream.length; from += 100) {
    const hour = watchErrors(state, stream.slice(from, from + 100));
    state = JSON.parse(JSON.stringify(hour.state));
    changed = changed || hour.changed;
  }

  assert.ok(whole.changed && changed);
  assert.deepEqual(state, JSON.parse(JSON.stringify(whole.state)));
});
