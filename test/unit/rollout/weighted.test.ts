import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { RolloutPhase, RolloutRecord, WeightFacts } from "../../../contracts/records.ts";
import type { RolloutSettings, WeightedStep } from "../../../contracts/rolloutSpec.ts";
import { advance, isFinished, type Observation, type Turn } from "../../../core/rollout/advance.ts";
import type { Look } from "../../../core/rollout/judge/index.ts";
import { canarySettings, rolloutRecord as record, rolloutSeen as seen } from "../../support/rollout.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-01-05T00:00:00.000Z");
const step: WeightedStep = {
  strategy: "weightedCanary",
  weights: [0.05, 0.2, 0.5],
  atLeast: 1200,
  atMost: 7200,
  requests: 200,
  margins: { errorRate: 0.01, latencyP90: 0.2, score: 0.05 },
};
const settings: RolloutSettings = { ...canarySettings, step };

/** Minutes in which both sides do the same, but for what the challenger does otherwise. */
function looks(
  count: number,
  challenger: { errors?: number; score?: number; requests?: number } = {},
): Look[] {
  const noise = (i: number): number => 0.02 * (((i * 7919) % 101) / 101 - 0.5);
  const side = (i: number, requests: number, errors: number, score: number) => ({
    requests,
    counts: { errors },
    values:
      requests === 0
        ? { latency: null, score: null }
        : { latency: 100 + noise(i), score: score + noise(i * 31 + 5) },
  });
  return Array.from({ length: count }, (_, i) => ({
    champion: side(i, 100, 1, 0.3),
    challenger: side(i + 7, challenger.requests ?? 50, challenger.errors ?? 0, challenger.score ?? 0.3),
  }));
}
const facts = (index = 0, since = START): WeightFacts => ({
  index,
  since: new Date(since).toISOString(),
  verdict: null,
});
const weighed = (index = 0, change: Partial<RolloutRecord> = {}): RolloutRecord =>
  record({ phase: "weighing", weights: facts(index), ...change });
const serving = (given: Look[], change: Partial<Observation> = {}): Observation =>
  seen({ liveConfigName: "new-w", looks: given, ...change });
const kinds = (turn: Turn): string[] => turn.effects.map((effect) => effect.kind);

describe("a weighted canary", () => {
  it("begins with both configurations, then an update to the one with champion and challenger", () => {
    const turn = advance(record(), seen(), settings);

    assert.equal(turn.phase, "entering-weights");
    assert.deepEqual(kinds(turn), [
      "deregisterScalableTarget",
      "createModelAndConfig",
      "createWeightedConfig",
      "updateToWeights",
    ]);
  });

  it("is not for a rollback, nor while only the placeholder serves, nor before there is traffic", () => {
    assert.equal(advance(record({ kind: "rollback" }), seen(), settings).phase, "updating");
    assert.equal(advance(record(), seen({ isBootstrapLive: true }), settings).phase, "updating");
    assert.equal(advance(record(), seen({ recentRequests: 0 }), settings).phase, "waiting-for-traffic");
  });

  const equal = looks(55);
  const cases: readonly [string, number, Observation, RolloutPhase, string | undefined, string[], number?][] =
    [
      [
        "raises an equal challenger's weight after its least time",
        0,
        serving(equal),
        "weighing",
        undefined,
        ["setWeights"],
        1,
      ],
      [
        "waits for its least time",
        0,
        serving(looks(15), { now: START + 19 * MINUTE }),
        "weighing",
        undefined,
        [],
        0,
      ],
      ["does not raise before there are enough looks", 0, serving(looks(8)), "weighing", undefined, [], 0],
      [
        "does not raise what gets no requests",
        0,
        serving(looks(55, { requests: 0 })),
        "weighing",
        undefined,
        [],
        0,
      ],
      [
        "does not raise what looks worse by more than a margin, proven or not",
        0,
        serving(looks(12, { score: 0.4 })),
        "weighing",
        undefined,
        [],
        0,
      ],
      ["waits when nothing could be read", 1, serving([], { looks: null }), "weighing", undefined, [], 1],
      [
        "goes back at once when it is worse",
        1,
        serving(looks(55, { score: 0.5 }), { now: START + 5 * MINUTE }),
        "leaving-weights",
        "challenger-worse",
        [],
        1,
      ],
      [
        "goes back when its scores fall, too",
        1,
        serving(looks(55, { score: 0.1 })),
        "leaving-weights",
        "challenger-worse",
        [],
        1,
      ],
      [
        "goes back when it fails more",
        1,
        serving(looks(55, { errors: 5 })),
        "leaving-weights",
        "challenger-worse",
        [],
        1,
      ],
      [
        "takes the rest of the way after the last weight",
        2,
        serving(equal),
        "updating",
        undefined,
        ["createModelAndConfig", "updateFromWeights"],
        2,
      ],
      [
        "is not promoted on too few requests",
        2,
        serving(looks(55, { requests: 3 })),
        "weighing",
        undefined,
        [],
        2,
      ],
      [
        "goes back at its most time when undecided",
        2,
        serving(looks(115, { requests: 1 }), { now: START + 120 * MINUTE }),
        "leaving-weights",
        "weights-undecided",
        [],
        2,
      ],
    ];
  for (const [name, index, observed, phase, code, effects, next] of cases)
    it(name, () => {
      const turn = advance(weighed(index), observed, settings);
      assert.deepEqual([turn.phase, turn.leaving?.code, kinds(turn)], [phase, code, effects], turn.message);
      assert.equal(turn.weights?.index, next);
    });

  it("goes back when cancelled, but an update without guardrails is not stopped", () => {
    const cancelled = advance(weighed(0, { cancelRequested: true }), serving(equal), settings);
    const late = advance(
      weighed(2, { phase: "updating", cancelRequested: true }),
      seen({ liveConfigName: "new-w", endpointStatus: "Updating", pendingConfigName: "new" }),
      settings,
    );

    assert.equal(cancelled.leaving?.code, "cancelled");
    assert.deepEqual([late.phase, kinds(late)], ["updating", []]);
  });

  it("keeps the numbers of its verdict, and the looks of a weight alone decide on it", () => {
    const turn = advance(weighed(1), serving(looks(55, { score: 0.5 })), settings);

    const {
      scoreChampion = 0,
      scoreChallenger = 0,
      scoreMargin,
      looks: counted,
    } = turn.leaving?.numbers ?? {};
    assert.ok(Math.abs(scoreChampion - 0.3) < 0.01 && Math.abs(scoreChallenger - 0.5) < 0.01);
    assert.deepEqual([scoreMargin, counted], [0.05, 55]);
    assert.match(turn.message, /^going back: 20 % of the requests: Worse in score after 55 minutes/);
    assert.equal(turn.weights?.verdict?.reason, "Worse");
  });
});

/** One turn of fate: what becomes of an update, whether somebody cancels, what the minutes show, and after how many effects it dies. */
interface Fate {
  readonly update: "succeeds" | "fails" | "goes on";
  readonly cancels: boolean;
  readonly looks: Look[] | null;
  readonly diesAfter: number | null;
}
const worse = looks(40, { score: 0.6 });
const fine = looks(40);
const fate: fc.Arbitrary<Fate> = fc.record({
  update: fc.constantFrom("succeeds", "fails", "goes on"),
  cancels: fc.nat(29).map((n) => n === 0),
  looks: fc.nat(9).map((n) => [null, worse, [] as Look[]][n] ?? fine),
  diesAfter: fc.option(fc.nat(3), { freq: 2 }),
});
const CALM: Fate = { update: "succeeds", cancels: false, looks: fine, diesAfter: null };

/** Plays a rollout to its end against an endpoint that checks what it is told; what the turn that dies has done stays done. */
function play(fates: readonly Fate[]) {
  const endpoint = {
    live: "old",
    pending: null as string | null,
    weight: 0,
    isScaled: true,
    configs: new Set(["old"]),
  };
  const apply = (effect: Turn["effects"][number]): void => {
    const update = (target: string): void => {
      assert.equal(endpoint.pending, null, "an update in progress is never updated");
      assert.ok(endpoint.configs.has(target), `${target} exists`);
      assert.equal(endpoint.isScaled, false, "no fleet is replaced while it is scaled");
      endpoint.pending = target;
    };
    if (effect.kind === "deregisterScalableTarget") endpoint.isScaled = false;
    if (effect.kind === "registerScalableTarget") endpoint.isScaled = true;
    if (effect.kind === "createModelAndConfig") endpoint.configs.add("new");
    if (effect.kind === "createWeightedConfig") endpoint.configs.add("new-w");
    if (effect.kind === "updateToWeights") update("new-w");
    if (effect.kind === "updateFromWeights") update("new");
    if (effect.kind === "updateToChampion") update("old");
    if (effect.kind === "setWeights") {
      assert.deepEqual([endpoint.live, endpoint.pending], ["new-w", null]);
      assert.ok(
        effect.index >= endpoint.weight && effect.index <= endpoint.weight + 1,
        "one weight after the other",
      );
      endpoint.weight = effect.index;
    }
    if (effect.kind === "recordDeployment") assert.equal(endpoint.live, "new");
    if (effect.kind !== "cleanUp") return;
    assert.deepEqual([endpoint.pending, endpoint.live === "new-w"], [null, false], "nothing live is deleted");
    endpoint.configs.delete("new-w");
  };
  let current = record();
  let now = START;
  for (let turn = 0; turn < fates.length + 60 && !isFinished(current.phase); turn++) {
    const one = fates[turn] ?? CALM;
    if (one.update === "succeeds" && endpoint.pending) endpoint.live = endpoint.pending;
    if (one.update !== "goes on") endpoint.pending = null;
    if (one.cancels) current = { ...current, cancelRequested: true };
    const observed = seen({
      now,
      endpointStatus: endpoint.pending === null ? "InService" : "Updating",
      liveConfigName: endpoint.live,
      pendingConfigName: endpoint.pending,
      looks: current.phase === "weighing" ? one.looks : null,
    });
    const decided = advance(current, observed, settings);
    for (const effect of decided.effects.slice(0, one.diesAfter ?? undefined)) apply(effect);
    now += 10 * MINUTE;
    if (one.diesAfter !== null) continue;
    const { phase, result, weights, leaving } = decided;
    current = { ...current, phase, result, ...(weights && { weights }), ...(leaving && { leaving }) };
  }
  return { record: current, endpoint };
}

describe("a rollout as a weighted canary, whatever happens", () => {
  it("ends, with the champion or the challenger alone, and leaves no configuration with both", () => {
    fc.assert(
      fc.property(fc.array(fate, { maxLength: 40 }), (fates) => {
        const { record: ended, endpoint } = play(fates);
        assert.ok(isFinished(ended.phase), ended.phase);
        assert.equal(endpoint.live, ended.phase === "succeeded" ? "new" : "old");
        assert.deepEqual([endpoint.pending, endpoint.configs.has("new-w")], [null, false]);
        assert.ok(endpoint.isScaled, "it is scaled again");
      }),
      { numRuns: 1000 },
    );
  });

  it("is promoted through all weights when nothing goes wrong", () => {
    const { record: ended, endpoint } = play([]);
    assert.deepEqual([ended.result?.code, endpoint.weight], ["promoted", 2]);
  });
});
