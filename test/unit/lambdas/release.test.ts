import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keys, type LiveRecord, type ReleaseRecord, type RolloutRecord } from "../../../contracts/records.ts";
import { createHandler as createAdvance } from "../../../lambdas/advanceRollout/handler.ts";
import { createHandler as createEvaluate } from "../../../lambdas/evaluateModel/handler.ts";
import { createHandler as createApproval } from "../../../lambdas/recordApproval/handler.ts";
import { createHandler as createVerify } from "../../../lambdas/verifyEndpoint/handler.ts";
import { FakeClient, FakeJobResults, FakeObjects, FakeRecords, silentLog } from "../../support/fakes.ts";
import { jobEvent } from "../../support/jobs.ts";
import { tinySpec } from "../../support/sample.ts";

const common = { RECORDS_TABLE: "t", POWERTOOLS_SERVICE_NAME: "p" };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const deployed = (name: string) => ({
  releaseId: name,
  endpointConfigName: name,
  sagemakerModelName: name,
  modelPackageArn: null,
  deployedAt: "2026-02-01T09:00:00.000Z",
  captureUri: `s3://c/${name}`,
});
const job = (releaseId: string) => jobEvent({ releaseId });

describe("advanceRollout", () => {
  const environment = {
    ...common,
    ENVIRONMENT_NAME: "prod",
    ENDPOINT_ROLE_ARN: "role",
    CAPTURE_BUCKET: "captures",
    KMS_KEY_ARN: "key",
    ALERT_TOPIC_ARN: "topic",
  };
  const input = { modelName: "tiny", releaseId: "rel-2", execution: "exec-1", kind: "release" };

  function world(
    endpoint: Record<string, unknown> = { EndpointStatus: "InService", EndpointConfigName: "old" },
  ) {
    const records = new FakeRecords();
    const objects = new FakeObjects();
    objects.bodies.set("s3://a/spec.json", text(JSON.stringify(tinySpec())));
    records.put(keys.live("prod", "tiny"), {
      endpointName: "tiny-prod",
      live: deployed("old"),
      previous: deployed("older"),
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
    const cloudwatch = new FakeClient({
      GetMetricStatistics: { Datapoints: [{ Sum: 500 }] },
      DescribeAlarms: { MetricAlarms: [] },
    });
    const advance = createAdvance({
      environment,
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
    const advance = createAdvance({
      environment,
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
      live: deployed("tiny-prod-r2"),
      previous: deployed("tiny-prod-r1"),
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
    const advance = createAdvance({
      environment,
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

describe("evaluateModel", () => {
  const labels = Array.from({ length: 400 }, (_, index) => (index % 4 === 0 ? 1 : 0));
  const scores = (skill: number): string =>
    `${labels.map((label, index) => (0.4 + 0.2 * skill * (label - 0.25) + ((index * 7919) % 100) / 500).toFixed(4)).join("\n")}\n`;

  function world(challenger: string, champion?: string) {
    const records = new FakeRecords();
    const objects = new FakeObjects();
    objects.bodies.set("s3://a/spec.json", text(JSON.stringify(tinySpec())));
    objects.bodies.set(
      "s3://d/manifest.json",
      text(JSON.stringify({ splits: { holdout: { labels: { uri: "s3://d/judge/labels.csv" } } } })),
    );
    objects.bodies.set("s3://d/judge/labels.csv", text(`${labels.join("\n")}\n`));
    objects.bodies.set("s3://artifacts/predictions/job-challenger/features.csv.out", text(challenger));
    if (champion) {
      objects.bodies.set("s3://artifacts/predictions/job-champion/features.csv.out", text(champion));
      records.put(keys.live("prod", "tiny"), {
        endpointName: "tiny-prod",
        live: deployed("old"),
        previous: null,
      });
    }
    records.put(keys.release("tiny", "rel-2"), {
      releaseId: "rel-2",
      modelName: "tiny",
      specUri: "s3://a/spec.json",
      manifestUri: "s3://d/manifest.json",
      trainingJobName: "job",
    });
    const handler = createEvaluate({
      environment: { ...common, ARTIFACT_BUCKET: "artifacts" },
      records,
      objects,
      log: silentLog,
    });
    return { records, handler };
  }
  const event = { releaseId: "rel-2", modelName: "tiny", execution: "e" };

  it("passes a first model on its limits alone", async () => {
    assert.equal((await world(scores(1)).handler(event)).verdict, "pass");
  });
  it("fails a model below its limits, and says by how much", async () => {
    const answer = await world(scores(0)).handler(event);
    assert.equal(answer.verdict, "fail");
    assert.match(answer.reason, /rocAuc is 0\.\d{4}, at least 0\.6 is required/);
  });
  it("fails a candidate that is worse than the champion, though it reaches the limits", async () => {
    const answer = await world(scores(0.3), scores(2)).handler(event);
    assert.equal(answer.verdict, "fail");
    assert.match(answer.reason, /worse than the champion/);
  });
  it("passes the same model again: it is not worse than itself", async () => {
    assert.equal((await world(scores(1), scores(1)).handler(event)).verdict, "pass");
  });
  it("refuses predictions that do not match the holdout row by row", async () => {
    await assert.rejects(
      world("0.5\n0.5\n").handler(event),
      /expected one number for each of 400 holdout rows, got 2/,
    );
  });
});

describe("recordApproval", () => {
  function world(comparison: string | null, serving: string | null) {
    const records = new FakeRecords();
    if (serving)
      records.put(keys.live("prod", "tiny"), {
        endpointName: "tiny-prod",
        live: deployed(serving),
        previous: null,
      });
    records.put(keys.release("tiny", "rel-2"), {
      releaseId: "rel-2",
      modelPackageArn: "package",
      evaluation: { verdict: "pass", comparison: comparison ? { champion: comparison } : null },
    });
    const codepipeline = new FakeClient({
      ListActionExecutions: {
        actionExecutionDetails: [
          {
            input: { actionTypeId: { category: "Approval" } },
            updatedBy: "arn:aws:iam::1:user/ada",
            lastUpdateTime: new Date(0),
            output: { executionResult: { externalExecutionSummary: "looks right" } },
          },
        ],
      },
    });
    const sagemaker = new FakeClient();
    const results = new FakeJobResults();
    const handler = createApproval({
      environment: { ...common, PIPELINE_PREFIX: "sluice-" },
      records,
      sagemaker,
      codepipeline,
      results,
      log: silentLog,
    });
    return { records, handler, sagemaker, results };
  }

  it("marks the package approved with the person's name", async () => {
    const { handler, sagemaker, records } = world(null, null);
    await handler(job("rel-2"));
    assert.equal(sagemaker.inputs("UpdateModelPackage")[0]?.ModelApprovalStatus, "Approved");
    assert.equal(
      (await records.load<ReleaseRecord>(keys.release("tiny", "rel-2")))?.approval?.by,
      "arn:aws:iam::1:user/ada",
    );
  });
  it("stops when another champion serves than the one compared", async () => {
    const { handler, results, sagemaker } = world("old", "newer");
    await handler(job("rel-2"));
    assert.match(
      JSON.stringify(results.outcomes),
      /ModelRejected.*compared with release old, but newer serves now/,
    );
    assert.equal(sagemaker.sent.length, 0);
  });
  it("marks the package rejected when the approval was refused", async () => {
    const { handler, sagemaker } = world(null, null);
    await handler({
      "detail-type": "CodePipeline Action Execution State Change",
      time: "2026-01-01T00:00:00Z",
      detail: { pipeline: "sluice-tiny", "execution-id": "rel-2", action: "Approve", state: "FAILED" },
    });
    assert.equal(sagemaker.inputs("UpdateModelPackage")[0]?.ModelApprovalStatus, "Rejected");
  });
});

describe("verifyEndpoint", () => {
  function world(golden: string, answer: unknown, milliseconds = 1) {
    const records = new FakeRecords();
    const objects = new FakeObjects();
    objects.bodies.set("s3://a/spec.json", text(JSON.stringify(tinySpec())));
    objects.bodies.set("s3://a/golden.jsonl", text(golden));
    records.put(keys.live("staging", "tiny"), {
      endpointName: "tiny-staging",
      live: deployed("rel-2"),
      previous: null,
    });
    records.put(keys.release("tiny", "rel-2"), {
      releaseId: "rel-2",
      specUri: "s3://a/spec.json",
      goldenUri: "s3://a/golden.jsonl",
    });
    const results = new FakeJobResults();
    let clock = 0;
    const handler = createVerify({
      environment: { ...common, ENVIRONMENT_NAME: "staging" },
      records,
      objects,
      runtime: new FakeClient({ InvokeEndpoint: answer }),
      results,
      log: silentLog,
      now: () => (clock += milliseconds),
    });
    return { handler, said: () => JSON.stringify(results.outcomes) };
  }
  const cases: readonly [string, string, unknown, number, RegExp][] = [
    ["passes good answers", '{"body":"30,a"}', { Body: text("0.5\n") }, 1, /1 golden requests answered/],
    [
      "names an answer that is no number",
      '{"body":"30,a"}',
      { Body: text("hello") },
      1,
      /golden request 1: expected one number, got \\"hello\\"/,
    ],
    [
      "refuses what is no probability",
      '{"body":"30,a"}',
      { Body: text("7") },
      1,
      /expected a probability, got 7/,
    ],
    [
      "compares with the expected score",
      '{"body":"30,a","score":0.4,"tolerance":0.01}',
      { Body: text("0.5") },
      1,
      /expected 0.4 within 0.01, got 0.5/,
    ],
    [
      "reports a failed call",
      '{"body":"30,a"}',
      new Error("ModelError: boom"),
      1,
      /golden request 1: ModelError: boom/,
    ],
    [
      "refuses a slow model",
      '{"body":"30,a"}',
      { Body: text("0.5") },
      900,
      /p90 latency is 900.0 ms, at most 500 ms is allowed/,
    ],
    [
      "names a broken golden file by line",
      '{"body":"30,a"}\n{"bdy":1}',
      { Body: text("0.5") },
      1,
      /golden.jsonl line 2: .*body/,
    ],
  ];
  for (const [name, golden, answer, milliseconds, expected] of cases)
    it(name, async () => {
      const { handler, said } = world(golden, answer, milliseconds);
      await handler(job("rel-2"));
      assert.match(said(), expected);
    });
});
