import assert from "node:assert/strict";
import { test } from "node:test";
import {
  JudgeInputError,
  type JudgePolicy,
  judgeCanary,
  judgeSeries,
  type Look,
} from "../../../core/rollout/judge/index.ts";
import { SeededRandom } from "../../../core/statistics/index.ts";

interface Traffic {
  readonly looks: number;
  readonly seed?: number;
  readonly requests?: number;
  readonly championRate?: number;
  readonly challengerRate?: number;
  /** Challenger's latency minus champion's, in standard deviations of a look. */
  readonly latencyShift?: number;
}

function trafficOf({
  looks,
  seed = 1,
  requests = 100,
  championRate = 0.01,
  challengerRate = 0.01,
  latencyShift = 0,
}: Traffic): Look[] {
  const random = new SeededRandom(seed);
  const errors = (rate: number): number =>
    Array.from({ length: requests }).filter(() => random.next() < rate).length;
  const side = (rate: number, shift: number) => ({
    requests,
    counts: { errors: errors(rate) },
    values: { latency: 100 + 10 * (random.normal() + shift) },
  });
  return Array.from({ length: looks }, () => ({
    champion: side(championRate, 0),
    challenger: side(challengerRate, latencyShift),
  }));
}

const BOTH: Partial<JudgePolicy> = {
  metrics: [
    { name: "errors", kind: "rate", margin: 0.01 },
    { name: "latency", kind: "value", compare: "ratio", margin: 0.05 },
  ],
};

test("identical variants are promoted once both metrics are certainly within their margins", () => {
  const verdict = judgeSeries(trafficOf({ looks: 240 }), BOTH);

  assert.equal(verdict.verdict, "promote");
  assert.ok(verdict.findings.every((f) => f.status === "notWorse" && (f.high as number) > (f.low as number)));
});

test("more errors and higher latency are each rolled back with the metric named", () => {
  const errors = judgeSeries(trafficOf({ looks: 60, challengerRate: 0.05 }), BOTH);
  const latency = judgeSeries(trafficOf({ looks: 120, latencyShift: 1.5 }), BOTH);

  assert.deepEqual([errors.verdict, errors.reason, errors.metric], ["rollback", "Worse", "errors"]);
  assert.deepEqual([latency.verdict, latency.reason, latency.metric], ["rollback", "Worse", "latency"]);
});

test("a disaster is rolled back in three looks", () => {
  const verdict = judgeSeries(trafficOf({ looks: 60, challengerRate: 0.9 }));

  assert.deepEqual([verdict.verdict, verdict.reason, verdict.looks], ["rollback", "Disaster", 3]);
});

test("no traffic, and traffic on one side, are a hold and never a pass", () => {
  const idle = { requests: 0, counts: { errors: 0 } };
  const busy = { requests: 100, counts: { errors: 1 } };
  const none = Array.from({ length: 10 }, () => ({ champion: idle, challenger: idle }));
  const oneSided = Array.from({ length: 300 }, () => ({ champion: busy, challenger: idle }));

  assert.deepEqual([judgeCanary(none).verdict, judgeCanary(none).reason], ["hold", "NoTraffic"]);
  assert.deepEqual(
    [judgeSeries(oneSided).verdict, judgeSeries(oneSided).reason],
    ["hold", "OneSidedTraffic"],
  );
});

test("a metric that nobody reports is a hold that names it", () => {
  const verdict = judgeCanary(trafficOf({ looks: 20 }), {
    metrics: [{ name: "revenue", kind: "value", worse: "lower", margin: 1 }],
  });

  assert.deepEqual([verdict.verdict, verdict.reason, verdict.metric], ["hold", "MetricMissing", "revenue"]);
});

test("nothing is promoted before the least looks and requests", () => {
  assert.equal(judgeCanary(trafficOf({ looks: 5, requests: 10000 })).reason, "NotEnoughLooks");
  assert.notEqual(judgeCanary(trafficOf({ looks: 15, requests: 5 })).verdict, "promote");
});

test("without a decision at the last look a person is asked", () => {
  const verdict = judgeCanary(trafficOf({ looks: 30, requests: 20 }), { maximumLooks: 30 });

  assert.deepEqual([verdict.verdict, verdict.reason], ["hold", "Undecided"]);
});

test("a worse challenger never gets a better verdict", () => {
  const order = ["promote", "continue", "hold", "rollback"];
  const at = (challengerRate: number): number =>
    order.indexOf(judgeCanary(trafficOf({ looks: 60, requests: 400, challengerRate })).verdict);

  assert.ok(at(0.01) <= at(0.02) && at(0.02) <= at(0.05) && at(0.05) <= at(0.2));
});

test("a challenger that is better is not rolled back, except where any change is bad", () => {
  const looks = trafficOf({ looks: 120, latencyShift: -2 });
  const either = { metrics: [{ name: "latency", kind: "value", worse: "either", margin: 2 }] } as const;

  assert.equal(judgeSeries(looks, BOTH).verdict, "promote");
  assert.equal(judgeSeries(looks, either).verdict, "rollback");
});

test("wrong input is named with look, side, expectation and value", () => {
  const looks = [
    { champion: { requests: 10, counts: { errors: 11, late: 0.5 } }, challenger: { requests: -1 } },
  ];

  assert.throws(
    () => judgeCanary(looks, { metrics: [{ name: "errors", kind: "rate", margin: 0 }] }),
    (e: unknown) =>
      e instanceof JudgeInputError &&
      e.problems.length === 4 &&
      /looks\[0\]\.champion\.counts\.errors.*got 11/.test(e.message) &&
      /looks\[0\]\.champion\.counts\.late: expected a whole number from 0 to 10.*got 0\.5/.test(e.message),
  );
});

/** Independent looks that 200 of a series are worth, on average over twenty of them. */
function worth(next: (state: number, random: SeededRandom) => number, noise: number): number {
  const found = Array.from({ length: 20 }, (_, seed) => {
    const random = new SeededRandom(seed + 1);
    let state = random.normal();
    const looks = Array.from({ length: 200 }, (): Look => {
      state = next(state, random);
      const latency = state + noise * random.normal();
      return {
        champion: { requests: 100, values: { latency: 0 } },
        challenger: { requests: 100, values: { latency } },
      };
    });
    const { findings } = judgeCanary(looks, { metrics: [{ name: "latency", kind: "value", margin: 0.3 }] });
    return findings[0]?.effectiveLooks ?? 0;
  });
  return found.reduce((a, b) => a + b) / found.length;
}

test("looks count for less the longer a series remembers, also where noise hides it", () => {
  const keeping = (share: number) => (state: number, random: SeededRandom) =>
    share * state + Math.sqrt(1 - share ** 2) * random.normal();

  assert.ok(worth(keeping(0), 0) > 180);
  assert.ok(worth(keeping(0.5), 0) < 200 / 3);
  // By its lag-one correlation of 0.48 alone it would be worth 70, and 57 after what is added for short series; in truth it is 10.
  assert.ok(worth(keeping(0.95), 1) < 40);
});
