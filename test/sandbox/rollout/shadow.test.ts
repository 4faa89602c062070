/** Rollouts with a shadow phase by the deployed bundle, its state machine and its role, against the sandbox's SageMaker. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CloudWatchClient, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { keys, type LineageRecord, type LiveRecord } from "../../../contracts/records.ts";
import { MODEL, phasesOf, RolloutWorld, rolloutSpec } from "../../support/rolloutWorld.ts";

const spec = rolloutSpec({
  shadow: {
    sampling: 0.5,
    atLeast: 1200,
    atMost: 7200,
    minimumPairs: 100,
    maximumDisagreement: 0.1,
    maximumScoreDistance: 0.1,
  },
});
let world: RolloutWorld;

before(async () => {
  world = await RolloutWorld.start(spec, {
    first: "x",
    agrees: "min(1, x + 0.01)",
    differs: "1 - x",
    alarmed: "x",
  });
});
after(() => world?.sandbox.stop());

test("a first release is not shadowed: there is no champion", async () => {
  const { status, record } = await world.rollOut("first");

  assert.equal(status, "SUCCEEDED", record.result?.message);
  assert.deepEqual(phasesOf(record), ["preparing", "updating", "succeeded"]);
});

test("a challenger that disagrees is rolled back, the champion serves, and no shadow is left, though turns die", async () => {
  world.kill("CreateEndpointConfig", { after: 1 });
  // Into the shadow, and on the way back.
  world.kill("UpdateEndpoint", { times: 2 });
  world.kill("DeleteModel");
  const before = await world.records.load<LiveRecord>(keys.live("prod", MODEL));
  const { status, error, record } = await world.rollOut("differs");

  assert.deepEqual(world.sandbox.faults.pending, [], "every death took place");
  assert.deepEqual([status, error, record.phase], ["FAILED", "shadow-disagrees", "rolled-back"]);
  // It held first: there was no traffic yet.
  assert.deepEqual(phasesOf(record), [
    "preparing",
    "waiting-for-traffic",
    "entering-shadow",
    "shadowing",
    "leaving-shadow",
    "rolled-back",
  ]);
  const { pairs = 0, disagreement, disagreementLow = 0 } = record.result?.numbers ?? {};
  assert.ok(pairs >= 100 && disagreementLow > 0.1, JSON.stringify(record.result));
  assert.equal(disagreement, 1);
  const champion = before?.live.endpointConfigName;
  assert.deepEqual(await world.remains(), {
    live: champion,
    variants: ["primary"],
    shadows: [],
    configs: [champion],
    models: [champion],
  });
  assert.deepEqual(await world.records.load(keys.live("prod", MODEL)), before);
  assert.deepEqual((await world.minute()).slice(0, 2), [0.025, 0.075]);
});

test("a challenger that agrees goes on through the step and is promoted, and no shadow is left", async () => {
  const before = await world.records.load<LiveRecord>(keys.live("prod", MODEL));
  const { status, record } = await world.rollOut("agrees");

  assert.equal(status, "SUCCEEDED", record.result?.message);
  assert.deepEqual(phasesOf(record), ["preparing", "entering-shadow", "shadowing", "updating", "succeeded"]);
  assert.equal(record.shadow?.verdict?.reason, "Agrees");
  const names = [before?.live.endpointConfigName, record.requestedConfigName].sort();
  assert.deepEqual(await world.remains(), {
    live: record.requestedConfigName,
    variants: ["primary"],
    shadows: [],
    configs: names,
    models: names,
  });
  const live = await world.records.load<LiveRecord>(keys.live("prod", MODEL));
  assert.equal(live?.live.releaseId, "agrees");
  assert.equal(live?.previous?.releaseId, "first");
  const lineage = await world.records.list<LineageRecord>(`LINEAGE#${MODEL}`, "");
  assert.equal(lineage.at(-1)?.rollout.shadow?.verdict?.reason, "Agrees");
  assert.ok(Math.abs(((await world.minute())[0] ?? 0) - 0.035) < 1e-9);
});

test("an alarm in the step goes all the way back to the champion, past the shadow", async () => {
  const cloudwatch = new CloudWatchClient(world.sandbox.client());
  let isTripped = false;
  const { status, error, record } = await world.rollOut("alarmed", async ({ phase, requestedConfigName }) => {
    if (phase !== "updating" || isTripped) return;
    isTripped = true;
    await cloudwatch.send(
      new SetAlarmStateCommand({
        AlarmName: `${requestedConfigName}-errors`,
        StateValue: "ALARM",
        StateReason: "test",
      }),
    );
  });

  assert.deepEqual([status, error], ["FAILED", "alarm"]);
  assert.deepEqual(phasesOf(record).slice(-3), ["updating", "leaving-shadow", "rolled-back"]);
  const { live, shadows, configs } = await world.remains();
  assert.deepEqual([live, shadows], [record.fromConfigName, []]);
  assert.ok(!configs?.some((name) => name?.endsWith("-s") || name === record.requestedConfigName));
});
