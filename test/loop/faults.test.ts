import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ListModelPackagesCommand } from "@aws-sdk/client-sagemaker";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ROOT } from "../../build/index.ts";
import { loadSample, type SampleData } from "../../cli/story/calls.ts";
import { readReports } from "../../cli/story/facts.ts";
import { answerWaiting } from "../../cli/story/person.ts";
import { executionStatus, pipelineRuns } from "../../cli/story/pipeline.ts";
import { readRecords } from "../../cli/story/records.ts";
import { CALLS_PER_WINDOW, createTraffic, type Traffic } from "../../cli/story/traffic.ts";
import { createWorld, loadSpec, MODEL, type World } from "../../cli/story/world.ts";
import type { Fault } from "../../sandbox/kernel/faults.ts";

const HOUR = 3_600_000;
const silent = { part() {}, say() {}, status() {}, end() {} };

/** Each Lambda of a release dies once, after a write and before it could say so. */
const DEATHS: readonly (readonly [lambda: string, service: string, action: string, after?: number])[] = [
  ["prepare-dataset", "s3", "PutObject", 2],
  ["plan-training", "dynamodb", "PutItem"],
  ["evaluate-model", "s3", "PutObject"],
  ["register-model", "sagemaker", "CreateModelPackage"],
  ["staging-advance-rollout", "sagemaker", "CreateEndpointConfig"],
  ["record-approval", "dynamodb", "PutItem"],
  ["prod-advance-rollout", "sagemaker", "UpdateEndpoint"],
];
/** And each of the service's. */
const LATER_DEATHS: typeof DEATHS = [
  ["prod-monitor-drift", "s3", "PutObject"],
  ["prod-ingest-labels", "s3", "PutObject"],
];

describe("the loop when what runs it dies", { timeout: 300_000 }, () => {
  let world: World;
  let state: string;
  let data: SampleData;
  let traffic: Traffic;
  let releaseId: string;
  let status: string;

  const kill = ([lambda, service, action, skipped]: (typeof DEATHS)[number]): void => {
    const fault: Fault = {
      service,
      action,
      principalArn: `arn:aws:iam::000000000000:role/sluice-${lambda}`,
      kill: "caller",
      ...(skipped === undefined ? {} : { after: skipped }),
    };
    world.sandbox.faults.add(fault);
  };

  before(async () => {
    state = mkdtempSync(join(tmpdir(), "sluice-loop-"));
    const modelFolder = join(ROOT, "models", MODEL);
    const spec = loadSpec(modelFolder);
    data = loadSample(
      modelFolder,
      spec.features.map((feature) => feature.name),
    );
    world = await createWorld(
      { port: 0, stateDirectory: state, seed: 1, terminal: silent },
      async ({ putObject }, bucket) => putObject(bucket, `raw/${MODEL}/2008-05_2008-08.csv`, data.historyCsv),
    );
    DEATHS.forEach(kill);
    const first = await world.wait(
      "the pipeline",
      async () => (await pipelineRuns(world.clients, world.pipelineName))[0] ?? null,
      3600,
    );
    releaseId = first?.id ?? "";
    status =
      (await world.wait(
        "the release",
        async () => {
          await answerWaiting(world);
          const now = await executionStatus(world.clients, world.pipelineName, releaseId);
          return now === "InProgress" ? null : now;
        },
        12 * 3600,
        60,
      )) ?? "never ended";
    traffic = createTraffic(world);
  });
  after(async () => {
    await world?.sandbox.stop();
    rmSync(state, { recursive: true, force: true });
  });

  it("brings the release to production, though each of its Lambdas died once after a write", async () => {
    assert.deepEqual(world.sandbox.faults.pending, [], "every death took place");
    assert.equal(status, "Succeeded");
  });

  it("does nothing twice", async () => {
    const { lineage } = await readRecords(world);
    assert.deepEqual(
      lineage.map((entry) => [entry.environment, entry.release.releaseId]),
      [
        ["staging", releaseId],
        ["prod", releaseId],
      ],
    );
    const { ModelPackageSummaryList } = await world.clients.sagemaker.send(
      new ListModelPackagesCommand({ ModelPackageGroupName: `sluice-${MODEL}` }),
    );
    assert.equal(ModelPackageSummaryList?.length, 1);
    const jobs = world.sandbox.calls({ action: "CreateTrainingJob", outcome: "ok" });
    assert.equal(jobs.length, 1);
  });

  it("answers every call, and takes in each label and each window once, in whatever order labels come", async () => {
    LATER_DEATHS.forEach(kill);
    const { captureBucket } = world.prod;
    const seconds = world.spec.monitoring.window;
    await world.sandbox.clock.sleepUntil(Math.ceil(world.now() / HOUR) * HOUR);
    for (let window = 0; window < 8; window += 1)
      await traffic.window(
        data.live.slice(window * CALLS_PER_WINDOW, (window + 1) * CALLS_PER_WINDOW),
        seconds,
      );
    const [first = ""] = traffic.answered.map((call) => call.id);
    const label = (id: string, value: string): string =>
      `${JSON.stringify({ groundTruthData: { data: value, encoding: "CSV" }, eventMetadata: { eventId: id }, eventVersion: "0" })}\n`;
    const early = new Date(traffic.answered[0]?.at ?? 0).toISOString();
    const hour = `labels/${MODEL}/${early.slice(0, 10).replaceAll("-", "/")}/${early.slice(11, 13)}`;
    // Before its hour's delivery, twice, and for a call that was never made.
    for (let time = 0; time < 2; time += 1)
      await world.putObject(
        captureBucket,
        `${hour}/early.jsonl`,
        label(first, "no") + label("nobody", "yes"),
      );
    for (let window = 0; window < 40; window += 1) {
      await world.sandbox.clock.advance(seconds * 1000);
      await traffic.deliverLabels();
    }

    assert.deepEqual(world.sandbox.faults.pending, [], "every death took place");
    assert.deepEqual(
      traffic.answered.filter((call) => call.error !== null),
      [],
    );
    assert.equal(traffic.pendingLabels, 0);
    const { drift, quality } = await readReports(world);
    assert.equal(new Set(drift.map((window) => window.from)).size, drift.length);
    const rows = drift.reduce((sum, window) => sum + window.rows, 0);
    assert.ok(rows >= traffic.answered.length, `windows saw ${rows} of ${traffic.answered.length} calls`);
    const joined = quality.reduce((sum, one) => sum + one.labelled, 0);
    assert.equal(joined, traffic.answered.length, "each call is judged with its label, in one hour");
  });

  it("leaves no dead letter", async () => {
    const sqs = new SQSClient({
      endpoint: world.sandbox.url,
      region: "eu-west-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const QueueName = world.foundation.deadLetterArn.split(":").at(-1) as string;
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    assert.equal(Attributes?.ApproximateNumberOfMessages, "0");
  });
});
