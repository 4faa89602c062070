import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rollBack } from "../../../cli/operations/rollBack.ts";
import { keys, type RolloutRecord } from "../../../contracts/records.ts";
import { FakeClient, FakeRecords } from "../../support/fakes.ts";

const request = { modelName: "tiny", environment: "prod", reason: "wrong answers" };
const deployed = (name: string) => ({
  releaseId: `rel-${name}`,
  endpointConfigName: `config-${name}`,
  sagemakerModelName: `config-${name}`,
  modelPackageArn: null,
  deployedAt: "2026-02-02T09:00:00.000Z",
  captureUri: `s3://captures/captures/tiny/config-${name}`,
});
const named = (name: string) => Object.assign(new Error(name), { name });

function account(answers: Record<string, unknown> = {}) {
  const records = new FakeRecords();
  const client = new FakeClient(answers);
  return {
    records,
    client,
    account: {
      caller: "arn:aws:iam::1:user/ann",
      records,
      cloudwatch: client,
      states: client,
      rolloutMachineArn: (environment: string) => `machine-${environment}`,
    },
  };
}
const rollout = (phase: RolloutRecord["phase"], kind: RolloutRecord["kind"] = "release") => ({
  rolloutId: "rollout-1",
  releaseId: "rel-b",
  modelName: "tiny",
  phase,
  kind,
  requestedConfigName: "config-b",
  fromConfigName: "config-a",
  cancelRequested: false,
  history: [],
  result: null,
});

describe("rollBack", () => {
  it("starts the rollout machine back to the model before, under a name that the deployment gives", async () => {
    const { records, client, account: opened } = account({ StartExecution: {} });
    records.put(keys.live("prod", "tiny"), { live: deployed("b"), previous: deployed("a") });
    records.put(keys.rollout("prod", "tiny"), rollout("succeeded"));

    assert.equal((await rollBack(opened, request)).outcome, "started");
    await rollBack(opened, request);

    const [first, second] = client.inputs("StartExecution");
    assert.equal(first?.stateMachineArn, "machine-prod");
    assert.deepEqual(JSON.parse(String(first?.input)), {
      modelName: "tiny",
      kind: "rollback",
      reason: "wrong answers",
      requestedBy: "arn:aws:iam::1:user/ann",
    });
    assert.equal(second?.name, first?.name);
  });
  it("says so when it was asked for before", async () => {
    const { records, account: opened } = account({ StartExecution: named("ExecutionAlreadyExists") });
    records.put(keys.live("prod", "tiny"), { live: deployed("b"), previous: deployed("a") });
    assert.equal((await rollBack(opened, request)).outcome, "under-way");
  });
  it("cancels a release that is under way, before its alarm exists too, and never goes back further", async () => {
    const { records, client, account: opened } = account({ SetAlarmState: named("ResourceNotFound") });
    records.put(keys.live("prod", "tiny"), { live: deployed("a"), previous: deployed("older") });
    records.put(keys.rollout("prod", "tiny"), rollout("waiting-for-traffic"));

    assert.equal((await rollBack(opened, request)).outcome, "cancelled");

    const saved = await records.load<RolloutRecord>(keys.rollout("prod", "tiny"));
    assert.equal(saved?.cancelRequested, true);
    assert.match(saved?.history[0]?.message ?? "", /ann: wrong answers/);
    assert.deepEqual(client.inputs("StartExecution"), []);
  });
  it("leaves a rollback alone that is under way", async () => {
    const { records, client, account: opened } = account();
    records.put(keys.rollout("prod", "tiny"), rollout("updating", "rollback"));
    assert.equal((await rollBack(opened, request)).outcome, "under-way");
    assert.deepEqual(client.sent, []);
  });
  it("says that nothing stands ready, or that nothing was deployed", async () => {
    const { records, account: opened } = account();
    assert.match((await rollBack(opened, request)).message, /no model of that name/);
    records.put(keys.live("prod", "tiny"), { live: deployed("a"), previous: null });
    assert.match((await rollBack(opened, request)).message, /no model before it stands ready/);
  });
});
