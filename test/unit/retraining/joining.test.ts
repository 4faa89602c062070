import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PreparingRetraining, RetrainingState } from "../../../contracts/records.ts";
import {
  decideRetraining,
  INITIAL_RETRAINING_STATE,
  occupiedBy,
  retrainingStarted,
} from "../../../core/retraining/decide.ts";
import {
  joinBegun,
  joinCounted,
  joinEnded,
  joinFailed,
  labelsAtMost,
  mostFreshRows,
} from "../../../core/retraining/joining.ts";
import { hours, now, request, settings } from "../../support/retraining.ts";

const join = { plan: "s3://d/work/p", execution: "a-1", requestedAt: "2026-01-10T11:00:00Z" };
const preparing: PreparingRetraining = { ...request("a"), join, since: now.toISOString() };
const joining: RetrainingState = joinBegun(INITIAL_RETRAINING_STATE, preparing);

describe("a join under way", () => {
  it("keeps every other request out, also a person's, and its own goes on", () => {
    for (const cause of ["drift", "person"] as const) {
      const { start, reason } = decideRetraining(joining, { ...request("b"), cause }, settings, hours(1));
      assert.deepEqual([start, reason], [false, "already-running"]);
    }
    assert.equal(occupiedBy(joining, "b", hours(1)), "a");
    assert.equal(decideRetraining(joining, request("a"), settings, hours(1)).start, true);
    assert.equal(occupiedBy(joining, "a", hours(1)), null);
  });

  it("is taken for dead an hour after its state machine has ended it", () => {
    assert.equal(decideRetraining(joining, request("b"), settings, hours(24.9)).start, false);
    assert.equal(decideRetraining(joining, request("b"), settings, hours(25)).start, true);
    assert.equal(occupiedBy(joining, "b", hours(25)), null);
  });

  it("ends when its retraining begins, and what that was made by is kept", () => {
    const started = retrainingStarted(joining, request("a"), hours(2), join);
    assert.equal(started.preparing, null);
    assert.deepEqual(started.running?.join, join);
    assert.deepEqual(started.startedThisWeek, [hours(2).toISOString()]);
  });

  it("ends by its own execution only", () => {
    assert.equal(joinEnded(joining, "a-1").preparing, null);
    assert.equal(joinEnded(joining, "a-0"), joining);
    assert.equal(joinFailed(joining, "a-0", now), joining);
  });

  it("that failed is asked for again after the cooldown, and costs nothing of the budget", () => {
    const failed = joinFailed(joining, "a-1", hours(1));
    assert.equal(failed.preparing, null);
    assert.deepEqual(failed.startedThisWeek, []);
    assert.equal(failed.withoutHelp, 0);
    assert.equal(decideRetraining(failed, request("a"), settings, hours(2)).reason, "cooldown");
    assert.equal(decideRetraining(failed, request("a"), settings, hours(26)).start, true);
  });

  it("that failed after its retraining was begun counts as one that did not reach production, unless its pipeline runs", () => {
    const started = retrainingStarted(joining, request("a"), now, join);
    const failed = joinFailed(started, "a-1", hours(1));
    assert.deepEqual([failed.running, failed.withoutHelp], [null, 1]);
    const runs = { ...started, running: started.running && { ...started.running, pipelineExecutionId: "e" } };
    assert.equal(joinFailed(runs, "a-1", hours(1)), runs);
  });
});

describe("labels that are too many to be read", () => {
  const least = JSON.stringify([{ id: "", value: "" }]).length - 1;

  it("are at most as many as their bytes can hold", () => {
    for (const count of [0, 1, 7, 500]) {
      const text = JSON.stringify(Array.from({ length: count }, () => ({ id: "", value: "" })));
      assert.ok(labelsAtMost(INITIAL_RETRAINING_STATE, "ds", text.length) >= count);
    }
    assert.equal(labelsAtMost(INITIAL_RETRAINING_STATE, "ds", 100 * least), 100);
  });

  it("bring no new rows where no bytes came since the last join of the same dataset", () => {
    const state = joinCounted(INITIAL_RETRAINING_STATE, {
      datasetId: "ds",
      labels: 5000,
      labelBytes: 300_000,
      unmatched: 30,
      freshRows: 700,
    });
    const most = (datasetId: string, bytes: number) =>
      mostFreshRows(state, datasetId, labelsAtMost(state, datasetId, bytes));
    assert.equal(most("ds", 300_000), 730);
    assert.equal(most("ds", 300_000 + 10 * least), 740);
    assert.equal(most("ds", 200_000), 730);
    assert.equal(most("other", 21_000), 1000);
  });
});
