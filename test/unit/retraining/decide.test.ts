import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { RetrainingCause } from "../../../contracts/records.ts";
import {
  decideRetraining,
  INITIAL_RETRAINING_STATE,
  retrainingEnded,
  retrainingStarted,
} from "../../../core/retraining/decide.ts";
import { joinCounted, mostFreshRows } from "../../../core/retraining/joining.ts";
import { hours, now, request, settings } from "../../support/retraining.ts";

const started = retrainingStarted(INITIAL_RETRAINING_STATE, request("a"), now);

describe("decideRetraining", () => {
  it("starts the first request", () => {
    assert.equal(
      decideRetraining(INITIAL_RETRAINING_STATE, request("a"), settings, now, 5000).reason,
      "started",
    );
  });
  it("takes up its own half-done work instead of starting again", () => {
    assert.equal(decideRetraining(started, request("a"), settings, hours(1)).reason, "resumed");
  });
  it("does nothing more once the pipeline runs with its data", () => {
    const running = {
      ...started,
      running: { ...(started.running as NonNullable<typeof started.running>), pipelineExecutionId: "exec-1" },
    };
    const decision = decideRetraining(running, request("a"), settings, hours(1), 5000);
    assert.deepEqual([decision.start, decision.reason], [false, "under-way"]);
  });
  it("runs one at a time, for a person too", () => {
    assert.equal(
      decideRetraining(started, request("b", "person"), settings, hours(48), 5000).reason,
      "already-running",
    );
  });
  it("answers a cause once, when its retraining reached production", () => {
    const done = retrainingEnded(started, "a", true);
    assert.equal(
      decideRetraining(done, { ...request("c"), causeKey: "alarm@a" }, settings, hours(48), 5000).reason,
      "already-answered",
    );
  });
  it("leaves a cause open when its retraining failed", () => {
    const failed = retrainingEnded(started, "a", false);
    assert.equal(
      decideRetraining(failed, { ...request("c"), causeKey: "alarm@a" }, settings, hours(48), 5000).reason,
      "started",
    );
  });
  it("cools down to the second", () => {
    const done = retrainingEnded(started, "a", true);
    assert.equal(
      decideRetraining(done, request("b"), settings, new Date(hours(24).getTime() - 1000), 5000).reason,
      "cooldown",
    );
    assert.equal(decideRetraining(done, request("b"), settings, hours(24), 5000).reason, "started");
  });
  it("lets a person pass the cooldown", () => {
    assert.equal(
      decideRetraining(retrainingEnded(started, "a", true), request("b", "person"), settings, hours(1), 5000)
        .reason,
      "started",
    );
  });
  it("refuses with too few labels, and says how many", () => {
    const decision = decideRetraining(INITIAL_RETRAINING_STATE, request("a"), settings, now, 999);
    assert.equal(decision.reason, "too-few-labels");
    assert.deepEqual(decision.numbers, { labels: 999, minimumLabels: 1000 });
  });
  it("calls a person after failures in a row, and a success clears them", () => {
    const one = retrainingEnded(started, "a", false);
    const two = retrainingEnded(retrainingStarted(one, request("b"), hours(30)), "b", false);
    assert.equal(decideRetraining(two, request("c"), settings, hours(80), 5000).reason, "gave-up");
    const cleared = retrainingEnded(retrainingStarted(two, request("d", "person"), hours(81)), "d", true);
    assert.equal(cleared.withoutHelp, 0);
  });

  it("never starts more in a week than the budget, whatever is asked and when", () => {
    const steps = fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 40 }),
        helped: fc.boolean(),
        cause: fc.constantFrom<RetrainingCause>("drift", "quality", "schedule"),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        let state = INITIAL_RETRAINING_STATE;
        let at = 0;
        const starts: number[] = [];
        for (const [index, step] of list.entries()) {
          at += step.wait;
          const one = request(String(index), step.cause);
          if (!decideRetraining(state, one, settings, hours(at), 5000).start) continue;
          starts.push(at);
          state = retrainingEnded(retrainingStarted(state, one, hours(at)), one.requestId, step.helped);
        }
        for (const start of starts)
          assert.ok(
            starts.filter((other) => other >= start && other < start + 168).length <= settings.weeklyBudget,
          );
        for (let index = 1; index < starts.length; index += 1)
          assert.ok((starts[index] as number) - (starts[index - 1] as number) >= 24);
      }),
    );
  });
});

describe("mostFreshRows", () => {
  it("is never less than what a join finds, however labels, captures and time come", () => {
    const row = fc.record({
      labelledAt: fc.integer({ min: 0, max: 9 }),
      capturedAt: fc.integer({ min: 0, max: 9 }),
      isOld: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), fc.integer({ min: 0, max: 9 }), (rows, joinedAt) => {
        const labels = (at: number) => rows.filter((one) => one.labelledAt <= at);
        const joined = (at: number) => labels(at).filter((one) => one.capturedAt <= at);
        const fresh = (at: number) => joined(at).filter((one) => !one.isOld).length;
        const state = joinCounted(INITIAL_RETRAINING_STATE, {
          datasetId: "ds-1",
          labels: labels(joinedAt).length,
          unmatched: labels(joinedAt).length - joined(joinedAt).length,
          freshRows: fresh(joinedAt),
        });
        for (let at = joinedAt; at <= 9; at += 1)
          assert.ok(mostFreshRows(state, "ds-1", labels(at).length) >= fresh(at));
      }),
    );
  });
  it("counts every label anew for another dataset", () => {
    const state = joinCounted(INITIAL_RETRAINING_STATE, {
      datasetId: "ds-1",
      labels: 5000,
      unmatched: 0,
      freshRows: 10,
    });
    assert.equal(mostFreshRows(state, "ds-1", 5100), 110);
    assert.equal(mostFreshRows(state, "ds-2", 5100), 5100);
  });
});
