import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { RolloutPhase, RolloutRecord, ShadowTally } from "../../../contracts/records.ts";
import type { RolloutSettings } from "../../../contracts/rolloutSpec.ts";
import { advance, isFinished, type Observation, type Turn } from "../../../core/rollout/advance.ts";
import { NO_PAIRS } from "../../../core/rollout/judge/index.ts";
import { canarySettings, rolloutRecord as record, rolloutSeen as seen } from "../../support/rollout.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-01-05T00:00:00.000Z");
const settings: RolloutSettings = {
  ...canarySettings,
  shadow: {
    sampling: 0.5,
    atLeast: 1800,
    atMost: 21_600,
    minimumPairs: 200,
    maximumDisagreement: 0.05,
    maximumScoreDistance: 0.1,
  },
};
const agreeing: ShadowTally = { ...NO_PAIRS, pairs: 2000, distance: 2, squares: 0.01 };
const disagreeing: ShadowTally = { ...agreeing, different: 600 };
const shadowFacts = (startedAt = START) => ({
  startedAt: new Date(startedAt).toISOString(),
  comparedUntil: new Date(startedAt).toISOString(),
  tally: NO_PAIRS,
  verdict: null,
});
const shadowed = (change: Partial<RolloutRecord> = {}): RolloutRecord =>
  record({ phase: "shadowing", shadow: shadowFacts(), ...change });
const seenPairs = (tally: ShadowTally, change: Partial<Observation> = {}): Observation =>
  seen({
    liveConfigName: "new-s",
    compared: { tally, comparedUntil: "2026-01-05T00:55:00.000Z" },
    ...change,
  });
const kinds = (turn: Turn): string[] => turn.effects.map((effect) => effect.kind);

describe("a shadow phase", () => {
  it("comes before the step: both configurations, then an update to the one with the shadow", () => {
    const turn = advance(record(), seen(), settings);

    assert.equal(turn.phase, "entering-shadow");
    assert.deepEqual(kinds(turn), [
      "deregisterScalableTarget",
      "createModelAndConfig",
      "createShadowConfig",
      "updateToShadow",
    ]);
  });

  it("is not for a rollback, nor while only the placeholder serves, nor before there is traffic", () => {
    assert.equal(advance(record({ kind: "rollback" }), seen(), settings).phase, "updating");
    assert.equal(advance(record(), seen({ isBootstrapLive: true }), settings).phase, "updating");
    assert.equal(advance(record(), seen({ recentRequests: 0 }), settings).phase, "waiting-for-traffic");
  });

  it("counts from when the shadow was seen to serve", () => {
    const turn = advance(record({ phase: "entering-shadow" }), seen({ liveConfigName: "new-s" }), settings);

    assert.equal(turn.phase, "shadowing");
    assert.equal(turn.shadow?.startedAt, "2026-01-05T01:00:00.000Z");
  });

  it("ends when the shadow does not come up, with SageMaker's reason", () => {
    const turn = advance(record({ phase: "entering-shadow" }), seen({ failureReason: "no ping" }), settings);

    assert.deepEqual(
      [turn.phase, turn.result?.code, kinds(turn)],
      ["rolled-back", "shadow-failed", ["registerScalableTarget", "cleanUp"]],
    );
    assert.match(turn.message, /no ping/);
  });

  it("goes on to the step as ever once the challenger agrees, and keeps the verdict's numbers", () => {
    const turn = advance(shadowed(), seenPairs(agreeing), settings);

    assert.equal(turn.phase, "updating");
    assert.deepEqual(kinds(turn), [
      "deregisterScalableTarget",
      "createAlarms",
      "createModelAndConfig",
      "updateEndpoint",
    ]);
    assert.equal(turn.shadow?.verdict?.reason, "Agrees");
    assert.equal(turn.shadow?.verdict?.numbers.pairs, 2000);
    assert.match(turn.message, /from new-s to new: Agrees, 2000 .*0\.0 % decided differently/);
  });

  const cases: readonly [string, Observation, Partial<RolloutRecord>, RolloutPhase, string | undefined][] = [
    [
      "waits for its least time",
      seenPairs(agreeing, { now: START + 29 * MINUTE }),
      {},
      "shadowing",
      undefined,
    ],
    ["holds when traffic stopped", seenPairs(agreeing, { recentRequests: 3 }), {}, "shadowing", undefined],
    ["goes on without pairs", seenPairs(NO_PAIRS), {}, "shadowing", undefined],
    [
      "goes back before its least time when it disagrees",
      seenPairs(disagreeing, { now: START + 5 * MINUTE }),
      {},
      "leaving-shadow",
      "shadow-disagrees",
    ],
    [
      "goes back at its most time when undecided",
      seenPairs({ ...agreeing, different: 100 }, { now: START + 360 * MINUTE }),
      {},
      "leaving-shadow",
      "shadow-undecided",
    ],
    [
      "goes back at its most time without any traffic",
      seenPairs(NO_PAIRS, { now: START + 360 * MINUTE, recentRequests: 0 }),
      {},
      "leaving-shadow",
      "shadow-undecided",
    ],
    [
      "goes back when cancelled",
      seenPairs(agreeing),
      { cancelRequested: true },
      "leaving-shadow",
      "cancelled",
    ],
    [
      "takes a step up again that it began and died",
      seenPairs(agreeing, { endpointStatus: "Updating", pendingConfigName: "new" }),
      {},
      "updating",
      undefined,
    ],
  ];
  for (const [name, observed, change, phase, code] of cases)
    it(name, () => {
      const turn = advance(shadowed(change), observed, settings);
      assert.deepEqual([turn.phase, turn.leaving?.code], [phase, code]);
    });

  it("keeps why it goes back before it touches the endpoint, and goes to the champion's configuration", () => {
    const decided = advance(shadowed(), seenPairs(disagreeing), settings);
    const leaving = shadowed({ phase: decided.phase, ...(decided.leaving && { leaving: decided.leaving }) });
    const back = advance(leaving, seen({ liveConfigName: "new-s" }), settings);
    const over = advance(leaving, seen(), settings);

    assert.deepEqual([kinds(decided), kinds(back)], [[], ["updateToChampion"]]);
    assert.deepEqual(
      [over.phase, over.result?.code, kinds(over)],
      ["rolled-back", "shadow-disagrees", ["registerScalableTarget", "cleanUp"]],
    );
    assert.equal(over.result?.numbers.disagreement, 0.3);
    assert.ok((over.result?.numbers.disagreementLow ?? 0) > 0.05);
  });

  it("goes on back when an alarm returned the step to the shadow", () => {
    const turn = advance(
      shadowed({ phase: "updating" }),
      seen({ liveConfigName: "new-s", alarmsRaised: ["new-errors"], newFleetRequests: 40 }),
      settings,
    );

    assert.deepEqual([turn.phase, turn.leaving?.code], ["leaving-shadow", "alarm"]);
    assert.equal(turn.leaving?.numbers.newFleetRequests, 40);
  });

  it("trips the abort alarm of a step that began while the way back was decided", () => {
    const turn = advance(
      shadowed({ phase: "leaving-shadow" }),
      seen({ liveConfigName: "new-s", endpointStatus: "Updating", pendingConfigName: "new" }),
      settings,
    );
    assert.deepEqual(kinds(turn), ["tripAbortAlarm"]);
  });
});

/** One turn of fate: what becomes of an update, whether somebody cancels, and after how many effects the turn dies. */
interface Fate {
  readonly update: "succeeds" | "fails" | "goes on";
  readonly cancels: boolean;
  readonly tally: ShadowTally;
  readonly diesAfter: number | null;
  readonly requests: number;
}
const fate: fc.Arbitrary<Fate> = fc.record({
  update: fc.constantFrom("succeeds", "fails", "goes on"),
  cancels: fc.nat(29).map((n) => n === 0),
  // Mostly agreeing, or hardly a rollout would come as far as its step.
  tally: fc.nat(9).map((n) => [NO_PAIRS, disagreeing, { ...agreeing, different: 100 }][n] ?? agreeing),
  diesAfter: fc.option(fc.nat(3), { freq: 2 }),
  requests: fc.constantFrom(0, 100, 100),
});
const CALM: Fate = { update: "succeeds", cancels: false, tally: agreeing, diesAfter: null, requests: 100 };

/** An endpoint that does what it is told, or does not; it checks what it is told. */
class Endpoint {
  live = "old";
  pending: string | null = null;
  alarms: string[] = [];
  isScaled = true;
  readonly configs = new Set(["old"]);

  apply(kind: Turn["effects"][number]["kind"]): void {
    const update = (target: string): void => {
      assert.equal(this.pending, null, "an update in progress is never updated");
      assert.ok(this.configs.has(target), `${target} exists`);
      assert.equal(this.isScaled, false, "no fleet is replaced while it is scaled");
      this.pending = target;
    };
    if (kind === "deregisterScalableTarget") this.isScaled = false;
    if (kind === "registerScalableTarget") {
      assert.ok(this.pending === null && this.live !== "new-s", "only what serves alone is scaled");
      this.isScaled = true;
    }
    if (kind === "createModelAndConfig") this.configs.add("new");
    if (kind === "createShadowConfig") this.configs.add("new-s");
    if (kind === "updateEndpoint") update("new");
    if (kind === "updateToShadow") update("new-s");
    if (kind === "updateToChampion") update("old");
    if (kind === "tripAbortAlarm") this.alarms.push("new-abort");
    if (kind === "recordDeployment") assert.equal(this.live, "new");
    if (kind !== "cleanUp") return;
    assert.equal(this.pending, null, "nothing is deleted under an update");
    assert.notEqual(this.live, "new-s", "the shadow that is live is never deleted");
    this.configs.delete("new-s");
  }

  settle(update: Fate["update"]): void {
    if (this.pending === null || update === "goes on") return;
    // Only the step's guardrails have alarms.
    const isStopped = this.pending === "new" && this.alarms.length > 0;
    if (update === "succeeds" && !isStopped) this.live = this.pending;
    this.pending = null;
  }

  seen(now: number, { tally, requests }: Fate, known: RolloutRecord): Observation {
    return seen({
      now,
      endpointStatus: this.pending === null ? "InService" : "Updating",
      liveConfigName: this.live,
      pendingConfigName: this.pending,
      alarmsRaised: this.alarms,
      recentRequests: requests,
      compared: known.phase === "shadowing" ? { tally, comparedUntil: new Date(now).toISOString() } : null,
    });
  }
}

/** Plays a rollout to its end; what the turn that dies has done stays done. */
function play(fates: readonly Fate[]): { record: RolloutRecord; endpoint: Endpoint } {
  const endpoint = new Endpoint();
  let current = record();
  let now = START;
  for (let turn = 0; turn < fates.length + 60 && !isFinished(current.phase); turn++) {
    const one = fates[turn] ?? CALM;
    endpoint.settle(one.update);
    if (one.cancels) current = { ...current, cancelRequested: true };
    const decided = advance(current, endpoint.seen(now, one, current), settings);
    for (const effect of decided.effects.slice(0, one.diesAfter ?? undefined)) endpoint.apply(effect.kind);
    now += 10 * MINUTE;
    if (one.diesAfter !== null) continue;
    current = {
      ...current,
      phase: decided.phase,
      result: decided.result,
      ...(decided.shadow && { shadow: decided.shadow }),
      ...(decided.leaving && { leaving: decided.leaving }),
    };
  }
  return { record: current, endpoint };
}

describe("a rollout with a shadow, whatever happens", () => {
  it("ends, with the champion or the challenger alone, and leaves no shadow configuration", () => {
    fc.assert(
      fc.property(fc.array(fate, { maxLength: 40 }), (fates) => {
        const { record: ended, endpoint } = play(fates);
        assert.ok(isFinished(ended.phase), ended.phase);
        assert.equal(endpoint.live, ended.phase === "succeeded" ? "new" : "old");
        assert.deepEqual([endpoint.pending, endpoint.configs.has("new-s")], [null, false]);
        assert.ok(endpoint.isScaled, "it is scaled again");
      }),
      { numRuns: 3000 },
    );
  });

  it("is promoted when nothing goes wrong", () => {
    assert.equal(play([]).record.result?.code, "promoted");
  });

  const phases: RolloutPhase[] = [
    "preparing",
    "waiting-for-traffic",
    "entering-shadow",
    "shadowing",
    "leaving-shadow",
    "updating",
  ];
  it("never ends while the shadow is live, from any phase and any sight but a broken endpoint", () => {
    const anyRecord = fc
      .record({
        phase: fc.constantFrom(...phases),
        kind: fc.constantFrom("release" as const, "rollback" as const),
        cancelRequested: fc.boolean(),
        shadow: fc.constantFrom(shadowFacts(), shadowFacts(START - 600 * MINUTE)),
      })
      .map((change) => record(change));
    const anySeen = fc
      .record({
        endpointStatus: fc.constantFrom("InService", "Updating", "SystemUpdating", "RollingBack", "Creating"),
        liveConfigName: fc.constantFrom("old", "new", "new-s", "third"),
        pendingConfigName: fc.constantFrom(null, "old", "new", "new-s", "third"),
        alarmsRaised: fc.constantFrom<string[]>([], ["new-errors"]),
        recentRequests: fc.nat(200),
        isBootstrapLive: fc.boolean(),
        compared: fc.constantFrom(
          null,
          { tally: agreeing, comparedUntil: "" },
          { tally: disagreeing, comparedUntil: "" },
        ),
      })
      .map((change) => seen(change));
    const updates = new Set(["updateEndpoint", "updateToShadow", "updateToChampion"]);
    fc.assert(
      fc.property(anyRecord, anySeen, fc.boolean(), (one, observed, hasShadow) => {
        const { shadow, ...without } = settings;
        const turn = advance(one, observed, hasShadow ? settings : without);
        if (isFinished(turn.phase)) assert.notEqual(observed.liveConfigName, "new-s");
        if (kinds(turn).some((kind) => updates.has(kind)) || kinds(turn).includes("cleanUp"))
          assert.equal(observed.endpointStatus, "InService");
        assert.equal(isFinished(turn.phase), turn.waitSeconds === 0);
      }),
      { numRuns: 5000 },
    );
  });
});
