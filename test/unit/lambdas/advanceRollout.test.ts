import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys, type LiveRecord, type RolloutRecord } from "../../../contracts/records.ts";
import { createHandler } from "../../../lambdas/advanceRollout/handler.ts";
import { FakeClient, FakeObjects, FakeRecords, silentLog } from "../../support/fakes.ts";
import { calmCloudWatch, deployedModel, rolloutEnvironment } from "../../support/rollout.ts";
import { tinySpec } from "../../support/sample.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("advanceRollout", () => {
  const input = { modelName: "tiny", releaseId: "rel-2", execution: "exec-1", kind: "release" };

  function world(
    endpoint: Record<string, unknown> = { EndpointStatus: "InService", EndpointConfigName: "old" },
  ) {
    const records = new FakeRecords();
    const objects = new FakeObjects();
    objects.bodies.set("s3://a/spec.json", text(JSON.stringify(tinySpec())));
    records.put(keys.live("prod", "tiny"), {
      endpointName: "tiny-prod",
      live: deployedModel("old"),
      previous: deployedModel("older"),
    });
    for (const id of ["rel-2", "old", "older"])
      records.put(keys.release("tiny", id), {
        releaseId: id,
        modelName: "tiny",
        specUri: "s3://a/spec.json",
        image: "img",
        modelDataUri: "s3://a/m.tar.gz",
      });
    const seen = { ...endpoint };
    const sagemaker = new FakeClient({
      DescribeEndpoint: () => ({ ...seen }),
      ListEndpointConfigs: { EndpointConfigs: [] },
    });
    const cloudwatch = new FakeClient(calmCloudWatch);
    const advance = createHandler({
      environment: rolloutEnvironment,
      records,
      objects,
      sagemaker,
      cloudwatch,
      autoscaling: new FakeClient(),
      log: silentLog,
      now: () => new Date("2026-02-02T00:00:00Z"),
    });
    const rollout = () => records.load<RolloutRecord>(keys.rollout("prod", "tiny"));
    const live = () => records.load<LiveRecord>(keys.live("prod", "tiny"));
    return { records, objects, sagemaker, cloudwatch, advance, rollout, live, seen };
  }

  it("makes alarms on the new fleet alone, the model, the configuration, and then the update", async () => {
    const { advance, sagemaker, cloudwatch } = world();

    const output = await advance(input);

    assert.equal(output.status, "WAITING");
    assert.deepEqual(
      sagemaker.sent.map((one) => one.name).filter((name) => !name.startsWith("Describe")),
      ["CreateModel", "CreateEndpointConfig", "UpdateEndpoint"],
    );
    const alarms = cloudwatch.inputs("PutMetricAlarm");
    assert.equal(alarms.length, 3);
    for (const alarm of alarms) assert.match(JSON.stringify(alarm.Dimensions), /EndpointConfigName/);
  });

  it("records the deployment with its lineage once the new configuration is live, and what to go back to", async () => {
    const { advance, rollout, live, seen, records } = world();
    await advance(input);
    seen.EndpointConfigName = (await rollout())?.requestedConfigName;

    const output = await advance(input);

    assert.equal(output.status, "SUCCEEDED");
    assert.equal((await live())?.live.releaseId, "rel-2");
    assert.equal((await live())?.previous?.releaseId, "old");
    assert.equal((await records.list("LINEAGE#tiny", "")).length, 1);
    assert.equal((await advance(input)).status, "SUCCEEDED", "a repeated turn changes nothing");
    assert.equal((await records.list("LINEAGE#tiny", "")).length, 1);
  });

  it("takes its rollout up again after it died between the update and its record", async () => {
    const { advance, records, rollout, seen } = world();
    const key = keys.rollout("prod", "tiny");
    await advance(input);
    const saved = await rollout();
    records.items.set(FakeRecords.key(key), { ...saved, phase: "preparing" });
    Object.assign(seen, {
      EndpointStatus: "Updating",
      PendingDeploymentSummary: { EndpointConfigName: saved?.requestedConfigName },
    });

    assert.equal((await advance(input)).status, "WAITING");
    assert.equal((await rollout())?.phase, "updating");
  });

  it("keeps the name of an alarm that has gone back to OK by the time the old fleet serves again", async () => {
    const { records, objects, sagemaker, seen } = world();
    let raised: { AlarmName: string }[] = [];
    const cloudwatch = new FakeClient({
      GetMetricStatistics: { Datapoints: [{ Sum: 500 }] },
      DescribeAlarms: () => ({ MetricAlarms: raised }),
    });
    const advance = createHandler({
      environment: rolloutEnvironment,
      records,
      objects,
      sagemaker,
      cloudwatch,
      autoscaling: new FakeClient(),
      log: silentLog,
      now: () => new Date("2026-02-02T00:00:00Z"),
    });
    await advance(input);
    seen.EndpointStatus = "Updating";
    raised = [{ AlarmName: "new-latency" }];
    await advance(input);
    seen.EndpointStatus = "InService";
    raised = [];

    const output = await advance(input);

    assert.equal(output.status, "FAILED");
    assert.match(output.message, /new-latency/);
  });

  it("lets one rollout hold the endpoint; a rollback cancels it and waits", async () => {
    const { advance, rollout } = world();
    await advance(input);

    const output = await advance({ modelName: "tiny", execution: "rollback-1", kind: "rollback" });

    assert.equal(output.code, "endpoint-locked");
    assert.equal((await rollout())?.cancelRequested, true);
  });

  it("never deletes what is live or what it can go back to", async () => {
    const { records, objects, cloudwatch } = world();
    const names = ["tiny-prod-r1", "tiny-prod-r2", "tiny-prod-r3"];
    records.put(keys.live("prod", "tiny"), {
      endpointName: "tiny-prod",
      live: deployedModel("tiny-prod-r2"),
      previous: deployedModel("tiny-prod-r1"),
    });
    records.put(keys.release("tiny", "tiny-prod-r2"), {
      releaseId: "tiny-prod-r2",
      modelName: "tiny",
      specUri: "s3://a/spec.json",
    });
    let current = "tiny-prod-r2";
    const sagemaker = new FakeClient({
      DescribeEndpoint: () => ({ EndpointStatus: "InService", EndpointConfigName: current }),
      ListEndpointConfigs: { EndpointConfigs: names.map((EndpointConfigName) => ({ EndpointConfigName })) },
    });
    const advance = createHandler({
      environment: rolloutEnvironment,
      records,
      objects,
      sagemaker,
      cloudwatch,
      autoscaling: new FakeClient(),
      log: silentLog,
      now: () => new Date("2026-02-02T00:00:00Z"),
    });
    await advance(input);
    current = (await records.load<RolloutRecord>(keys.rollout("prod", "tiny")))
      ?.requestedConfigName as string;

    await advance(input);

    assert.deepEqual(
      sagemaker.inputs("DeleteEndpointConfig").map((one) => one.EndpointConfigName),
      ["tiny-prod-r1", "tiny-prod-r3"],
    );
  });
});
