import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys, type RolloutRecord } from "../../../contracts/records.ts";
import { createHandler } from "../../../lambdas/advanceRollout/handler.ts";
import { FakeClient, FakeObjects, FakeRecords, silentLog } from "../../support/fakes.ts";
import { calmCloudWatch, deployedModel, rolloutEnvironment } from "../../support/rollout.ts";
import { tinySpec } from "../../support/sample.ts";

const autoscaling = {
  maximumInstances: 8,
  invocationsPerInstance: 600,
  scaleOutCooldown: 60,
  scaleInCooldown: 300,
};
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const specWith = (prod: object) => {
  const tiny = tinySpec();
  return { ...tiny, rollout: { ...tiny.rollout, prod: { ...tiny.rollout.prod, instances: 2, ...prod } } };
};
const release = { modelName: "tiny", releaseId: "new", execution: "exec-1", kind: "release" };
const rollback = { modelName: "tiny", execution: "exec-1", kind: "rollback" };

/** An endpoint with `running` instances whose champion, `old`, and challenger, `new`, scale as told. */
function world(scales: { old?: object; new?: object }, running = 5) {
  const records = new FakeRecords();
  const objects = new FakeObjects();
  records.put(keys.live("prod", "tiny"), {
    endpointName: "tiny-prod",
    live: deployedModel("old"),
    previous: deployedModel("older"),
  });
  for (const id of ["old", "new", "older"] as const) {
    objects.bodies.set(
      `s3://a/${id}.json`,
      text(specWith({ autoscaling: scales[id === "new" ? "new" : "old"] })),
    );
    records.put(keys.release("tiny", id), {
      releaseId: id,
      modelName: "tiny",
      specUri: `s3://a/${id}.json`,
      image: "img",
      modelDataUri: "s3://a/m.tar.gz",
    });
  }
  const seen = { EndpointConfigName: "old" };
  const variant = { VariantName: "primary", InitialInstanceCount: 2 };
  const sagemaker = new FakeClient({
    DescribeEndpoint: () => ({
      EndpointStatus: "InService",
      ...seen,
      ProductionVariants: [{ VariantName: "primary", DesiredInstanceCount: running }],
    }),
    DescribeEndpointConfig: { ProductionVariants: [variant] },
    ListEndpointConfigs: { EndpointConfigs: [] },
  });
  const answers: Record<string, unknown> = {};
  const scaling = new FakeClient(answers);
  const advance = createHandler({
    environment: rolloutEnvironment,
    records,
    objects,
    sagemaker,
    cloudwatch: new FakeClient(calmCloudWatch),
    autoscaling: scaling,
    log: silentLog,
    now: () => new Date("2026-02-02T00:00:00Z"),
  });
  const requested = async (): Promise<string> =>
    (await records.load<RolloutRecord>(keys.rollout("prod", "tiny")))?.requestedConfigName ?? "";
  return { advance, sagemaker, scaling, answers, seen, requested };
}

/** Instances of the first configuration that was created. */
function created(client: FakeClient): number | undefined {
  const [config] = client.inputs("CreateEndpointConfig");
  const variants = (config?.ProductionVariants ?? []) as { InitialInstanceCount: number }[];
  return variants[0]?.InitialInstanceCount;
}

describe("autoscaling in a rollout", () => {
  it("takes the scalable target away before the update, and puts it back when the new model serves", async () => {
    const { advance, scaling, seen, requested } = world({ old: autoscaling, new: autoscaling });
    await advance(release);
    assert.deepEqual(
      scaling.sent.map(({ name }) => name),
      ["DeregisterScalableTarget"],
    );
    seen.EndpointConfigName = await requested();

    await advance(release);

    assert.deepEqual(
      scaling.sent.slice(1).map(({ name }) => name),
      ["RegisterScalableTarget", "PutScalingPolicy"],
    );
    const [target] = scaling.inputs("RegisterScalableTarget");
    assert.deepEqual(target, {
      ServiceNamespace: "sagemaker",
      ResourceId: "endpoint/tiny-prod/variant/primary",
      ScalableDimension: "sagemaker:variant:DesiredInstanceCount",
      MinCapacity: 2,
      MaxCapacity: 8,
    });
  });

  it("brings up as many instances as serve now, within the new release's bounds", async () => {
    const cases = [
      { running: 5, scales: autoscaling, expected: 5 },
      { running: 1, scales: autoscaling, expected: 2 },
      { running: 20, scales: autoscaling, expected: 8 },
      { running: 5, scales: undefined, expected: 2 },
    ];
    for (const { running, scales, expected } of cases) {
      const { advance, sagemaker } = world({ old: autoscaling, new: scales }, running);
      await advance(release);
      assert.equal(created(sagemaker), expected, JSON.stringify({ running, scales }));
    }
  });

  it("scales the champion as its own release says when the challenger is rolled back", async () => {
    const { advance, scaling } = world({ old: { ...autoscaling, maximumInstances: 4 }, new: undefined });
    await advance(release);

    await advance(release);

    assert.equal(scaling.inputs("RegisterScalableTarget")[0]?.MaxCapacity, 4);
  });

  it("registers nothing for a release without autoscaling", async () => {
    const { advance, scaling, seen, requested } = world({ old: autoscaling, new: undefined });
    await advance(release);
    seen.EndpointConfigName = await requested();
    await advance(release);

    assert.deepEqual(
      scaling.sent.map(({ name }) => name),
      ["DeregisterScalableTarget"],
    );
  });

  it("goes back to a configuration of a quieter day with the instances of today", async () => {
    const busy = world({ old: autoscaling });
    await busy.advance(rollback);
    const quiet = world({ old: autoscaling }, 2);
    await quiet.advance(rollback);

    const [busyUpdate] = busy.sagemaker.inputs("UpdateEndpoint");
    assert.equal(busyUpdate?.RetainAllVariantProperties, true);
    assert.equal(quiet.sagemaker.inputs("UpdateEndpoint")[0]?.RetainAllVariantProperties, undefined);
  });

  it("rolls back though Application Auto Scaling does not answer; a release waits for it", async () => {
    for (const [input, updates] of [
      [rollback, 1],
      [release, 0],
    ] as const) {
      const { advance, sagemaker, answers } = world({ old: autoscaling, new: autoscaling });
      answers.DeregisterScalableTarget = Object.assign(new Error("down"), {
        name: "InternalServiceException",
      });
      await advance(input).catch((error: Error) => assert.match(error.message, /down/));
      assert.equal(sagemaker.inputs("UpdateEndpoint").length, updates, input.kind);
    }
  });

  it("goes on where nothing was registered", async () => {
    const { advance, sagemaker, answers } = world({});
    answers.DeregisterScalableTarget = Object.assign(new Error("none"), { name: "ObjectNotFoundException" });
    await advance(release);
    assert.equal(sagemaker.inputs("UpdateEndpoint").length, 1);
  });
});
