import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { ListModelPackagesCommand } from "@aws-sdk/client-sagemaker";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ROOT } from "../../build/index.ts";
import { loadSample, type SampleData } from "../../cli/story/calls.ts";
import { commit, replaceIn } from "../../cli/story/commits.ts";
import { readReports } from "../../cli/story/facts.ts";
import { answerWaiting } from "../../cli/story/person.ts";
import { executionStatus, pipelineRuns } from "../../cli/story/pipeline.ts";
import { readRecords } from "../../cli/story/records.ts";
import { CALLS_PER_WINDOW, createTraffic, type Traffic } from "../../cli/story/traffic.ts";
import { createWorld, loadSpec, MODEL, type World } from "../../cli/story/world.ts";
import { type DatasetRecord, keys } from "../../contracts/records.ts";
import { dynamoRecords } from "../../lambdas/shared/records.ts";
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

  /** The command as a person on call runs it. */
  const sluice = (...words: string[]): Promise<{ status: number; output: string }> =>
    new Promise((resolve) => {
      const env = {
        ...process.env,
        AWS_ENDPOINT_URL: world.sandbox.url,
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      };
      const [command = "", ...rest] = words;
      const args = [join(ROOT, "cli", "sluice.ts"), command, "--model", MODEL, ...rest];
      execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
        resolve({ status: error ? Number(error.code) : 0, output: stdout + stderr }),
      );
    });

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

  it("measures staging by the latency of its golden requests, in the sandbox's time", async () => {
    const [run] = await pipelineRuns(world.clients, world.pipelineName);
    const verify = run?.actions.find((action) => action.action === "VerifyEndpoint");
    assert.match(verify?.summary ?? "", /^20 golden requests answered, p90 [1-9]/);
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

  it("gives up a canary that a person cancels by `sluice rollback`, and the champion goes on serving", async () => {
    const champion = (await readRecords(world)).live.prod?.live.endpointConfigName;
    assert.deepEqual(await sluice("rollback", "--reason", "test"), {
      status: 3,
      output: `${champion} (release ${releaseId}) serves and no model before it stands ready; release an older commit instead\n`,
    });
    await commit(world, null);
    const window = async (): Promise<void> => {
      const from = traffic.answered.length;
      await traffic.window(data.live.slice(from, from + CALLS_PER_WINDOW), world.spec.monitoring.window);
      await answerWaiting(world);
    };
    const phase = async () => (await readRecords(world)).rollouts.prod?.phase;
    for (let windows = 0; windows < 12 && (await phase()) !== "updating"; windows += 1) await window();
    assert.equal(await phase(), "updating");

    const { status: exit, output } = await sluice("rollback", "--reason", "the wrong release");
    assert.equal(exit, 0);
    assert.match(output, new RegExp(`is cancelled; ${champion} goes on serving`));
    for (let windows = 0; windows < 4 && (await phase()) === "updating"; windows += 1) await window();

    const { rollouts, live } = await readRecords(world);
    assert.equal(rollouts.prod?.phase, "rolled-back");
    assert.match(
      rollouts.prod?.history.map((step) => step.message).join("\n") ?? "",
      /cancelled by arn:aws:iam::000000000000:root: the wrong release/,
    );
    assert.equal(live.prod?.live.endpointConfigName, champion);
    assert.deepEqual(
      traffic.answered.filter((call) => call.error !== null),
      [],
    );
    const explained = await sluice("explain");
    assert.equal(explained.status, 0);
    assert.match(explained.output, new RegExp(`serves ${champion} \\(release ${releaseId}\\)`));
  });

  /** Beginnings of `main()` that go wrong on SageMaker only, where the model's own tests cannot see it. */
  const BAD_TRAINING: readonly (readonly [what: string, line: string, told: RegExp])[] = [
    [
      "crashes",
      "raise ValueError('eta must be positive')",
      /TrainingFailed: training job .*ValueError: eta must be positive.*log: \/aws\/sagemaker\/TrainingJobs/s,
    ],
    [
      "hangs",
      "time.sleep(86_400)",
      /TrainingFailed: training job \S+: it was stopped after training.maxRuntime of model.yaml \(1800 s\)/,
    ],
    [
      "writes no model",
      "return",
      /ScoringFailed: the challenger could not score .*write the model to SM_MODEL_DIR/s,
    ],
  ];
  for (const [what, line, told] of BAD_TRAINING)
    it(`stops at Train, and says why, when a training script ${what}`, async () => {
      const before = new Set((await pipelineRuns(world.clients, world.pipelineName)).map((run) => run.id));
      const main = "def main() -> None:\n";
      await commit(
        world,
        replaceIn(
          "train.py",
          main,
          `${main}    import time\n    if "TRAINING_JOB_NAME" in os.environ:\n        ${line}\n    time.time()\n`,
        ),
      );
      const run = await world.wait(
        "the release",
        async () =>
          (await pipelineRuns(world.clients, world.pipelineName)).find(
            (one) => !before.has(one.id) && one.status === "Failed",
          ) ?? null,
        12 * 3600,
        60,
      );
      const failed = run?.actions.find((action) => action.status === "Failed");
      assert.equal(failed?.stage, "Train");
      assert.match(failed?.summary ?? "", told);
    });

  it("deletes a dataset that nobody needs, though the clean-up dies half way, and never that of the model in service", async () => {
    const records = dynamoRecords(world.foundation.recordsTable, world.clients.dynamodb);
    const { dataBucket } = world.foundation;
    const ageless = "2025-01-01T00:00:00.000Z";
    const dataset = (datasetId: string, lastUsedAt: string): DatasetRecord => ({
      version: 0,
      modelName: MODEL,
      datasetId,
      parents: [],
      lastUsedAt,
      state: "kept",
      deletingSince: null,
    });
    // Newer ones, because so many stay whatever their age.
    for (let i = 0; i < 6; i += 1)
      await records.save(
        keys.dataset(MODEL, `ds-new-${i}`),
        dataset(`ds-new-${i}`, new Date(world.now()).toISOString()),
      );
    await records.save(keys.dataset(MODEL, "ds-old"), dataset("ds-old", ageless));
    const files = ["datasets", "judge"].flatMap((folder) =>
      ["a.csv", "manifest.json"].map((name) => `${folder}/${MODEL}/ds-old/${name}`),
    );
    for (const key of files) await world.putObject(dataBucket, key, "x");
    const { releases } = await readRecords(world);
    const datasetId = releases.find((release) => release.releaseId === releaseId)?.datasetId ?? "";
    const served = (await records.load<DatasetRecord>(keys.dataset(MODEL, datasetId))) as DatasetRecord;
    await records.save(keys.dataset(MODEL, datasetId), { ...served, lastUsedAt: ageless });
    kill(["clean-datasets", "s3", "DeleteObject", 1]);
    const lambda = new LambdaClient({
      endpoint: world.sandbox.url,
      region: "eu-west-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const clean = () =>
      lambda.send(
        new InvokeCommand({
          FunctionName: "sluice-clean-datasets",
          Payload: JSON.stringify({ models: [MODEL] }),
        }),
      );
    const left = async (prefix: string): Promise<number> =>
      (await world.clients.s3.send(new ListObjectsV2Command({ Bucket: dataBucket, Prefix: prefix })))
        .KeyCount ?? 0;

    assert.equal((await clean()).FunctionError, "Unhandled", "it died");
    assert.equal((await left(`datasets/${MODEL}/ds-old/`)) + (await left(`judge/${MODEL}/ds-old/`)), 2);
    // Its mark holds as long as a Lambda may run.
    await world.sandbox.clock.advance(16 * 60_000);
    const { Payload } = await clean();

    assert.deepEqual(JSON.parse(new TextDecoder().decode(Payload)), { deleted: ["ds-old"] });
    assert.equal((await left(`datasets/${MODEL}/ds-old/`)) + (await left(`judge/${MODEL}/ds-old/`)), 0);
    assert.ok((await left(`datasets/${MODEL}/${datasetId}/`)) > 0);
    assert.equal((await records.load<DatasetRecord>(keys.dataset(MODEL, "ds-old")))?.state, "deleted");
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
