import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createSagemakerWorld, type SagemakerWorld } from "../../support/sagemakerWorld.ts";

const minute = 60_000;
const text = (body: string): Uint8Array => Buffer.from(body);
const capture = {
  DataCaptureConfig: {
    InitialSamplingPercentage: 100,
    DestinationS3Uri: "s3://captures/prod",
    CaptureOptions: [{ CaptureMode: "InputAndOutput" }],
    CaptureContentTypeHeader: { CsvContentTypes: ["text/csv"] },
  },
};
const canary = (alarms: string[] = []): object => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: "CANARY",
      WaitIntervalInSeconds: 600,
      CanarySize: { Type: "CAPACITY_PERCENT", Value: 50 },
    },
    TerminationWaitInSeconds: 300,
    MaximumExecutionTimeoutInSeconds: 3600,
  },
  ...(alarms.length > 0
    ? { AutoRollbackConfiguration: { Alarms: alarms.map((AlarmName) => ({ AlarmName })) } }
    : {}),
});

describe("endpoints", () => {
  let world: SagemakerWorld;
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  const endpoint = (EndpointName: string): Promise<any> => world.sm("DescribeEndpoint", { EndpointName });
  /** Which models answer 40 requests. */
  const answering = async (EndpointName: string): Promise<string[]> => {
    const names = new Set<string>();
    for (let i = 0; i < 40; i += 1) {
      const answer = await world.invoke({ EndpointName, Body: text("1,2"), InferenceId: `id-${i}` });
      names.add(answer.CustomAttributes);
    }
    return [...names].sort();
  };
  const alarmState = (StateValue: string): void => {
    world.kernel.stubs.set("cloudwatch:DescribeAlarms", () => ({
      MetricAlarms: [{ AlarmName: "errors", StateValue }],
    }));
  };

  before(async () => {
    world = await createSagemakerWorld();
    await world.model("one", { config: capture });
    await world.model("two", { config: capture });
    await world.model("broken", { code: "raise ImportError('no module')" });
    alarmState("OK");
  });
  after(() => world.stop());

  it("serves a model's own inference code, with attributes both ways, metrics and captures", async () => {
    await world.endpoint("basic", "one");
    const answer = await world.invoke({
      EndpointName: "basic",
      Body: text("1,2\n3,4\n"),
      InferenceId: "req-1",
      CustomAttributes: "caller=x",
    });
    await world.kernel.clock.advance(5 * minute);

    assert.equal(Buffer.from(answer.Body).toString(), "3.0\n7.0\n");
    assert.equal(answer.InvokedProductionVariant, "primary");
    assert.equal(answer.CustomAttributes, "model=one");
    const [uri, body] =
      [...world.kernel.objects].find(([key]) => key.startsWith("s3://captures/prod/basic/primary/")) ?? [];
    assert.match(uri ?? "", /\/2026\/01\/05\/09\/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl$/);
    const record = JSON.parse(
      Buffer.from(body ?? [])
        .toString()
        .split("\n")[0] ?? "",
    );
    assert.deepEqual(record.captureData.endpointInput, {
      observedContentType: "text/csv",
      mode: "INPUT",
      data: "1,2\n3,4\n",
      encoding: "CSV",
    });
    assert.equal(record.captureData.endpointOutput.data, "3.0\n7.0\n");
    assert.equal(record.eventMetadata.inferenceId, "req-1");
    assert.deepEqual(record.eventMetadata.customAttributes, ["caller=x", "model=one"]);
    const latencies = world.kernel.metrics.filter((m) => m.metricName === "ModelLatency");
    assert.deepEqual(
      latencies.map((m) => Object.keys(m.dimensions).length),
      [2, 3],
    );
  });

  it("answers callers who call at once, each its own, among them one whose body comes in many pieces", async () => {
    await world.endpoint("crowd", "one");
    const rows = (first: number, count: number): string =>
      Array.from({ length: count }, (_, i) => `${first},${i}`).join("\n");
    const sums = (first: number, count: number): string =>
      Array.from({ length: count }, (_, i) => `${first + i}.0\n`).join("");
    const counts = [1, 2, 60_000, 3, 1, 2, 1, 5];

    const answers = await Promise.all(
      counts.map((count, caller) =>
        world.invoke({ EndpointName: "crowd", Body: text(rows(100 * caller, count)) }),
      ),
    );

    assert.deepEqual(
      answers.map((answer) => Buffer.from(answer.Body).toString()),
      counts.map((count, caller) => sums(100 * caller, count)),
    );
  });

  it("counts a model's sleep as latency without waiting, and times out past a minute", async () => {
    await world.endpoint("slow", "one");
    const started = performance.now();
    await world.invoke({ EndpointName: "slow", Body: text("sleep:2,") });
    await assert.rejects(world.invoke({ EndpointName: "slow", Body: text("sleep:61,") }), {
      name: "ModelError",
      status: 424,
    });

    assert.ok(performance.now() - started < 1_500);
    const latencies = world.kernel.metrics.filter(
      (m) => m.metricName === "ModelLatency" && m.dimensions.EndpointName === "slow",
    );
    assert.ok((latencies[0]?.value ?? 0) >= 2_000_000 && (latencies[0]?.value ?? 0) < 2_500_000);
    assert.equal(latencies.at(-1)?.value, 60_000_000);
  });

  it("tells model errors as 424 with the container's status and text, and survives a container that dies", async () => {
    await world.endpoint("faulty", "one");
    await assert.rejects(
      world.invoke({ EndpointName: "faulty", Body: text("fail") }),
      (error: Error & { fields: Record<string, unknown> }) => {
        assert.equal(error.name, "ModelError");
        assert.deepEqual(
          [error.fields.OriginalStatusCode, error.fields.OriginalMessage],
          [500, "model is broken"],
        );
        return true;
      },
    );
    await assert.rejects(
      world.invoke({ EndpointName: "faulty", Body: text("refuse") }),
      /client error \(400\) from primary/,
    );
    await assert.rejects(world.invoke({ EndpointName: "faulty", Body: text("die") }), { name: "ModelError" });

    assert.deepEqual(await answering("faulty"), ["model=one"]);
    assert.ok(world.kernel.logs.some(({ message }) => message.includes("RuntimeError: model is broken")));
  });

  it("shifts a canary's traffic in two steps and ends under the new configuration", async () => {
    await world.endpoint("canary", "one");
    await world.sm("UpdateEndpoint", {
      EndpointName: "canary",
      EndpointConfigName: "two",
      DeploymentConfig: canary(["errors"]),
    });
    await assert.rejects(
      world.sm("UpdateEndpoint", { EndpointName: "canary", EndpointConfigName: "two" }),
      /Cannot update in-progress endpoint/,
    );
    assert.deepEqual(await answering("canary"), ["model=one"]);
    await world.kernel.clock.advance(3 * minute);
    const baking = await endpoint("canary");
    assert.deepEqual(await answering("canary"), ["model=one", "model=two"]);
    await world.kernel.clock.advance(10 * minute);
    assert.deepEqual(await answering("canary"), ["model=two"]);
    await world.kernel.clock.advance(10 * minute);

    const done = await endpoint("canary");
    assert.equal(baking.EndpointStatus, "Updating");
    assert.equal(baking.EndpointConfigName, "one");
    assert.equal(baking.PendingDeploymentSummary.ProductionVariants[0].VariantStatus[0].Status, "Baking");
    assert.deepEqual(
      [done.EndpointStatus, done.EndpointConfigName, done.PendingDeploymentSummary],
      ["InService", "two", undefined],
    );
  });

  it("rolls back when an alarm trips during the bake, and keeps the old configuration", async () => {
    await world.endpoint("alarmed", "one");
    await world.sm("UpdateEndpoint", {
      EndpointName: "alarmed",
      EndpointConfigName: "two",
      DeploymentConfig: canary(["errors"]),
    });
    await world.kernel.clock.advance(5 * minute);
    world.kernel.setAlarm({ alarmName: "other", stateValue: "ALARM" });
    world.kernel.setAlarm({ alarmName: "errors", stateValue: "ALARM" });
    await world.kernel.clock.settle();
    assert.deepEqual(await answering("alarmed"), ["model=one"]);
    await world.kernel.clock.advance(2 * minute);

    const done = await endpoint("alarmed");
    assert.deepEqual([done.EndpointStatus, done.EndpointConfigName], ["InService", "one"]);
    assert.match(done.FailureReason, /alarm "errors"/);
    const states = world.kernel.events
      .filter(
        (e) => e["detail-type"] === "SageMaker Endpoint State Change" && e.detail.EndpointName === "alarmed",
      )
      .map((e) => e.detail.EndpointStatus);
    assert.deepEqual(states, ["CREATING", "IN_SERVICE", "UPDATING", "IN_SERVICE"]);
  });

  it("goes back at once when an alarm rings already, and when the role may not read alarms", async () => {
    await world.endpoint("ringing", "one");
    alarmState("ALARM");
    await world.sm("UpdateEndpoint", {
      EndpointName: "ringing",
      EndpointConfigName: "two",
      DeploymentConfig: canary(["errors"]),
    });
    await world.kernel.clock.advance(minute);
    const ringing = await endpoint("ringing");
    alarmState("OK");
    world.kernel.denied.add("cloudwatch:DescribeAlarms");
    await world.sm("UpdateEndpoint", {
      EndpointName: "ringing",
      EndpointConfigName: "two",
      DeploymentConfig: canary(["errors"]),
    });
    await world.kernel.clock.advance(minute);
    world.kernel.denied.clear();

    assert.match(ringing.FailureReason, /was in ALARM state when the update started/);
    assert.match(
      (await endpoint("ringing")).FailureReason,
      /not authorized to perform: cloudwatch:DescribeAlarms/,
    );
  });

  it("keeps serving the old fleet when the new one fails its health check", async () => {
    await world.endpoint("steady", "one");
    await world.sm("UpdateEndpoint", { EndpointName: "steady", EndpointConfigName: "broken" });
    await world.kernel.clock.advance(10 * minute);

    const done = await endpoint("steady");
    assert.deepEqual([done.EndpointStatus, done.EndpointConfigName], ["InService", "one"]);
    assert.match(done.FailureReason, /variant primary did not pass the ping health check/);
    assert.deepEqual(await answering("steady"), ["model=one"]);
  });

  it("ends a new endpoint that never answers as Failed, which only deletion leaves", async () => {
    await world.endpoint("dead", "broken");
    assert.equal((await endpoint("dead")).EndpointStatus, "Failed");
    await assert.rejects(
      world.sm("UpdateEndpoint", { EndpointName: "dead", EndpointConfigName: "one" }),
      /failed endpoint/,
    );
    await world.sm("DeleteEndpoint", { EndpointName: "dead" });
    await world.kernel.clock.advance(minute);

    await assert.rejects(endpoint("dead"), /Could not find endpoint/);
  });

  it("splits traffic between variants by weight and changes weights without a new fleet", async () => {
    const variant = (VariantName: string, ModelName: string, InitialVariantWeight: number): object => ({
      VariantName,
      ModelName,
      InstanceType: "ml.m5.large",
      InitialInstanceCount: 1,
      InitialVariantWeight,
    });
    await world.sm("CreateEndpointConfig", {
      EndpointConfigName: "pair",
      ProductionVariants: [variant("primary", "one", 1), variant("challenger", "two", 0)],
    });
    await world.endpoint("weighted", "pair");
    assert.deepEqual(await answering("weighted"), ["model=one"]);
    await world.sm("UpdateEndpointWeightsAndCapacities", {
      EndpointName: "weighted",
      DesiredWeightsAndCapacities: [{ VariantName: "challenger", DesiredWeight: 1 }],
    });
    await world.kernel.clock.advance(5 * minute);

    assert.deepEqual(await answering("weighted"), ["model=one", "model=two"]);
    const targeted = await world.invoke({
      EndpointName: "weighted",
      TargetVariant: "challenger",
      Body: text("1"),
    });
    assert.equal(targeted.InvokedProductionVariant, "challenger");
    await assert.rejects(
      world.sm("UpdateEndpoint", {
        EndpointName: "weighted",
        EndpointConfigName: "one",
        DeploymentConfig: canary(),
      }),
      /same variant names/,
    );
  });

  it("sends copies to a shadow variant and captures what it says under its own name", async () => {
    await world.sm("CreateEndpointConfig", {
      EndpointConfigName: "shadowed",
      ProductionVariants: [
        { VariantName: "primary", ModelName: "one", InstanceType: "ml.m5.large", InitialInstanceCount: 1 },
      ],
      ShadowProductionVariants: [
        { VariantName: "challenger", ModelName: "two", InstanceType: "ml.m5.large", InitialInstanceCount: 1 },
      ],
      ...capture,
    });
    await world.endpoint("shadow", "shadowed");
    const answer = await world.invoke({ EndpointName: "shadow", Body: text("5"), InferenceId: "s1" });
    await world.kernel.clock.advance(5 * minute);

    assert.equal(answer.CustomAttributes, "model=one");
    const keys = [...world.kernel.objects.keys()].filter((key) =>
      key.startsWith("s3://captures/prod/shadow/"),
    );
    assert.deepEqual(keys.map((key) => key.split("/")[5]).sort(), ["challenger", "primary"]);
  });

  it("refuses guardrails that AWS refuses", async () => {
    const update = (policy: object): Promise<unknown> =>
      world.sm("UpdateEndpoint", {
        EndpointName: "basic",
        EndpointConfigName: "two",
        DeploymentConfig: policy,
      });
    await assert.rejects(
      update({ RollingUpdatePolicy: {} }),
      /does not support DeploymentConfig.RollingUpdatePolicy/,
    );
    await assert.rejects(
      update({
        BlueGreenUpdatePolicy: {
          TrafficRoutingConfiguration: {
            Type: "CANARY",
            WaitIntervalInSeconds: 600,
            CanarySize: { Type: "INSTANCE_COUNT", Value: 2 },
          },
        },
      }),
      /at most 50%/,
    );
  });

  it("gives invoke errors for absent endpoints and too large bodies", async () => {
    await assert.rejects(world.invoke({ EndpointName: "absent", Body: text("1") }), {
      name: "ValidationError",
    });
    await assert.rejects(
      world.invoke({ EndpointName: "basic", Body: new Uint8Array(6_291_457) }),
      /at most 6291456 bytes/,
    );
  });
});
