import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { RolloutPhase } from "../../../contracts/records.ts";
import { advance, isFinished } from "../../../core/rollout/advance.ts";
import {
  rolloutRecord as record,
  rolloutSeen as seen,
  canarySettings as settings,
} from "../../support/rollout.ts";

const kinds = (turn: ReturnType<typeof advance>): string[] => turn.effects.map((effect) => effect.kind);

describe("advance", () => {
  it("makes alarms before the update that needs them", () => {
    const turn = advance(record(), seen(), settings);

    assert.deepEqual(kinds(turn), [
      "deregisterScalableTarget",
      "createAlarms",
      "createModelAndConfig",
      "updateEndpoint",
    ]);
    assert.equal(turn.phase, "updating");
  });

  it("holds without traffic: a canary that nobody asks has proved nothing", () => {
    const turn = advance(record(), seen({ recentRequests: 19 }), settings);

    assert.equal(turn.phase, "waiting-for-traffic");
    assert.deepEqual(turn.effects, []);
  });

  it("replaces the bootstrap placeholder without traffic, because nobody relies on it", () => {
    assert.equal(
      advance(record(), seen({ recentRequests: 0, isBootstrapLive: true }), settings).phase,
      "updating",
    );
  });

  it("goes back without traffic: a rollback waits for nothing", () => {
    assert.equal(
      advance(record({ kind: "rollback" }), seen({ recentRequests: 0 }), settings).phase,
      "updating",
    );
  });

  it("counts InService with the old configuration as rolled back, whatever the status says", () => {
    const turn = advance(record({ phase: "updating" }), seen({ alarmsRaised: ["new-latency"] }), settings);

    assert.equal(turn.phase, "rolled-back");
    assert.equal(turn.result?.code, "alarm");
    assert.match(turn.message, /new-latency/);
  });

  it("records the deployment before it is scaled as its release says, and before it cleans up", () => {
    const turn = advance(record({ phase: "updating" }), seen({ liveConfigName: "new" }), settings);

    assert.deepEqual(kinds(turn), ["recordDeployment", "registerScalableTarget", "cleanUp"]);
    assert.equal(turn.phase, "succeeded");
  });

  it("trips the abort alarm when cancelled in mid-update, because no call stops one", () => {
    const turn = advance(
      record({ phase: "updating", cancelRequested: true }),
      seen({ endpointStatus: "Updating", pendingConfigName: "new" }),
      settings,
    );

    assert.deepEqual(kinds(turn), ["tripAbortAlarm"]);
  });

  it("deletes nothing of a broken endpoint", () => {
    for (const endpointStatus of ["Failed", "UpdateRollbackFailed", "OutOfService"]) {
      const turn = advance(record({ phase: "updating" }), seen({ endpointStatus }), settings);
      assert.equal(turn.phase, "failed");
      assert.deepEqual(turn.effects, []);
    }
  });

  it("stops when somebody else changed the endpoint", () => {
    assert.equal(
      advance(record(), seen({ liveConfigName: "third" }), settings).result?.code,
      "endpoint-changed",
    );
  });

  it("waits for an update that is not its own", () => {
    const turn = advance(
      record(),
      seen({ endpointStatus: "Updating", pendingConfigName: "third" }),
      settings,
    );
    assert.equal(turn.phase, "preparing");
    assert.deepEqual(turn.effects, []);
  });

  const phases: RolloutPhase[] = [
    "preparing",
    "waiting-for-traffic",
    "updating",
    "succeeded",
    "rolled-back",
    "failed",
  ];
  const anyRecord = fc
    .record({
      phase: fc.constantFrom(...phases),
      kind: fc.constantFrom("release" as const, "rollback" as const),
      cancelRequested: fc.boolean(),
    })
    .map((change) => record(change));
  const anySeen = fc
    .record({
      endpointStatus: fc.constantFrom(
        "InService",
        "Updating",
        "SystemUpdating",
        "RollingBack",
        "Failed",
        "OutOfService",
        "UpdateRollbackFailed",
        "Creating",
      ),
      liveConfigName: fc.constantFrom("old", "new", "third"),
      pendingConfigName: fc.constantFrom(null, "new", "third"),
      alarmsRaised: fc.constantFrom<string[]>([], ["new-errors"]),
      recentRequests: fc.nat(200),
      isBootstrapLive: fc.boolean(),
    })
    .map((change) => seen(change));

  it("never records a deployment of a configuration that is not live", () => {
    fc.assert(
      fc.property(anyRecord, anySeen, (one, observed) => {
        const turn = advance(one, observed, settings);
        if (turn.effects.some((effect) => effect.kind === "recordDeployment"))
          assert.equal(observed.liveConfigName, one.requestedConfigName);
      }),
    );
  });

  it("never updates an endpoint that is updating or broken", () => {
    fc.assert(
      fc.property(anyRecord, anySeen, (one, observed) => {
        const turn = advance(one, observed, settings);
        if (turn.effects.some((effect) => effect.kind === "updateEndpoint"))
          assert.equal(observed.endpointStatus, "InService");
      }),
    );
  });

  it("ends or waits, never both, and stays ended", () => {
    fc.assert(
      fc.property(anyRecord, anySeen, anySeen, (one, first, second) => {
        const turn = advance(one, first, settings);
        assert.equal(isFinished(turn.phase), turn.waitSeconds === 0);
        if (isFinished(turn.phase))
          assert.equal(
            advance({ ...one, phase: turn.phase, result: turn.result }, second, settings).phase,
            turn.phase,
          );
      }),
    );
  });
});
