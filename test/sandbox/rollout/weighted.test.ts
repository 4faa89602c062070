/** Weighted canaries by the deployed bundle, its state machine and its role, against the sandbox's SageMaker. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { S3Client } from "@aws-sdk/client-s3";
import { keys, type LineageRecord, type LiveRecord } from "../../../contracts/records.ts";
import { hoursOf, readServed } from "../../../lambdas/shared/captures.ts";
import { s3Objects } from "../../../lambdas/shared/objects.ts";
import { ENDPOINT, MODEL, phasesOf, RolloutWorld, rolloutSpec } from "../../support/rolloutWorld.ts";

const spec = rolloutSpec({
  step: {
    strategy: "weightedCanary",
    weights: [0.2, 0.5],
    atLeast: 1200,
    atMost: 7200,
    requests: 100,
    margins: { errorRate: 0.2, latencyP90: 0.5, score: 0.25 },
  },
});
let world: RolloutWorld;

before(async () => {
  world = await RolloutWorld.start(spec, {
    first: "x",
    same: "min(1, x + 0.01)",
    // Quick, without errors, and wrong: no alarm sees it.
    wrong: "0.9 + x / 10",
    breaks: "x if x < 0.5 else 1 / 0",
  });
});
after(() => world?.sandbox.stop());

test("a first release takes the endpoint at once: there is no champion", async () => {
  const { status, record } = await world.rollOut("first");

  assert.equal(status, "SUCCEEDED", record.result?.message);
  assert.deepEqual(phasesOf(record), ["preparing", "updating", "succeeded"]);
});

test("wrong answers are rolled back at the first weight, and only the champion is left, though turns die", async () => {
  world.kill("CreateEndpointConfig", { after: 1 });
  world.kill("UpdateEndpoint", { times: 2 });
  const before = await world.records.load<LiveRecord>(keys.live("prod", MODEL));
  const weights = new Set<number | undefined>();
  const { status, error, record } = await world.rollOut("wrong", async (now) => {
    weights.add(now.weights?.index);
  });

  assert.deepEqual(world.sandbox.faults.pending, [], "every death took place");
  assert.deepEqual([status, error, record.phase], ["FAILED", "challenger-worse", "rolled-back"]);
  assert.deepEqual(phasesOf(record), [
    "preparing",
    "waiting-for-traffic",
    "entering-weights",
    "weighing",
    "leaving-weights",
    "rolled-back",
  ]);
  assert.ok(!weights.has(1), "it never got more than the first weight");
  assert.match(record.result?.message ?? "", /^20 % of the requests: Worse in score after \d+ minutes/);
  const { scoreChampion = 0, scoreChallenger = 0 } = record.result?.numbers ?? {};
  assert.ok(Math.abs(scoreChampion - 0.5) < 0.1 && scoreChallenger > 0.9, JSON.stringify(record.result));
  const champion = before?.live.endpointConfigName;
  assert.deepEqual(await world.remains(), {
    live: champion,
    variants: ["primary"],
    shadows: [],
    configs: [champion],
    models: [champion],
  });
});

test("errors are rolled back", async () => {
  const { error, record } = await world.rollOut("breaks");

  assert.equal(error, "challenger-worse");
  assert.match(record.result?.message ?? "", /Worse in errors|Disaster in errors/);
});

test("an equal challenger gets each weight in turn, is promoted, and its answers on the way belong to it", async () => {
  const shares: [number, number][] = [];
  world.kill("UpdateEndpointWeightsAndCapacities");
  const { status, record } = await world.rollOut("same", async ({ phase, weights }) => {
    if (phase !== "weighing" || !weights) return;
    const answers = await world.minute(40);
    // The challenger adds a hundredth to what the champion answers.
    const challenger = answers.filter((score, i) => Math.abs((score ?? 0) - (i + 0.5) / 20) > 0.005);
    shares.push([weights.index, challenger.length / answers.length]);
  });

  assert.equal(status, "SUCCEEDED", record.result?.message);
  assert.deepEqual(phasesOf(record), ["preparing", "entering-weights", "weighing", "updating", "succeeded"]);
  assert.deepEqual(world.sandbox.faults.pending, [], "the turn that raised the weight died");
  const share = (index: number): number => {
    const of = shares.filter(([at]) => at === index).slice(2);
    return of.reduce((sum, [, one]) => sum + one, 0) / of.length;
  };
  assert.ok(Math.abs(share(0) - 0.2) < 0.06, `first weight: ${share(0)}`);
  assert.ok(Math.abs(share(1) - 0.5) < 0.06, `second weight: ${share(1)}`);
  assert.deepEqual((await world.remains()).variants, ["primary"]);
  const lineage = await world.records.list<LineageRecord>(`LINEAGE#${MODEL}`, "");
  const entry = lineage.at(-1);
  assert.equal(entry?.rollout.weights?.verdict?.reason, "NotWorse");
  const hours = hoursOf(Date.parse(record.startedAt), world.sandbox.clock.now());
  const { observations } = await readServed(
    s3Objects(new S3Client({ ...world.sandbox.client(), forcePathStyle: true })),
    spec,
    ENDPOINT,
    lineage,
    hours,
    world.sandbox.clock.now(),
  );
  const early = observations.filter(
    ({ endpointConfigName, at }) =>
      endpointConfigName === record.requestedConfigName && at < Date.parse(entry?.deployedAt ?? "") - 600_000,
  );
  assert.ok(early.length > 300, `${early.length} answers before the deployment`);
  assert.ok(
    early.every(
      ({ features: [x], score }) => Math.abs(Number(score) - Number(x) - 0.01) < 1e-9 || score === 1,
    ),
  );
});
