/** Rollouts with a shadow phase by the deployed bundle, its state machine and its role, against the sandbox's SageMaker. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { CloudWatchClient, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  ListEndpointConfigsCommand,
  ListModelsCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { buildAll } from "../../../build/index.ts";
import { keys, type LineageRecord, type LiveRecord, type RolloutRecord } from "../../../contracts/records.ts";
import type { EnvironmentOutputs, FoundationOutputs } from "../../../contracts/stackOutputs.ts";
import { dynamoRecords, type Records } from "../../../lambdas/shared/records.ts";
import { runAll } from "../../../sandbox/provider/index.ts";
import { image } from "../../support/sagemakerWorld.ts";
import { tinySpec } from "../../support/sample.ts";
import { startTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { tarball } from "../../support/tarball.ts";

const ROOT = path.join(import.meta.dirname, "../../..");
const MODEL = "bank-marketing";
const ENDPOINT = `${MODEL}-prod`;
const MINUTE = 60_000;

/** A model whose score follows from the request; `answer` is a Python expression of x. */
const inference = (answer: string): string => `
def model_fn(model_dir):
    return None
def input_fn(body, content_type):
    return [float(line.split(",")[0]) for line in body.strip().split("\\n")]
def predict_fn(rows, model):
    return [${answer} for x in rows]
def output_fn(scores, accept):
    return "".join(f"{s}\\n" for s in scores), "text/csv"
`;
const tiny = tinySpec();
const spec = {
  ...tiny,
  name: MODEL,
  features: ["a", "b"].map((name) => ({ name, type: "numeric", sensitive: false })),
  rollout: {
    ...tiny.rollout,
    prod: {
      ...tiny.rollout.prod,
      shadow: {
        sampling: 0.5,
        atLeast: 1200,
        atMost: 7200,
        minimumPairs: 100,
        maximumDisagreement: 0.1,
        maximumScoreDistance: 0.1,
      },
    },
  },
};

let sandbox: TestSandbox;
let records: Records;
let prod: EnvironmentOutputs;
let sagemaker: SageMakerClient;
let runtime: SageMakerRuntimeClient;
let states: SFNClient;
let calls = 0;

before(async () => {
  [sandbox] = await Promise.all([startTestSandbox({ ministack: true }), buildAll()]);
  const up = await runAll("up", {
    root: ROOT,
    stacks: ["foundation", "prod"],
    gatewayUrl: sandbox.url,
    stateDirectory: sandbox.stateDirectory,
    overrides: { "sluice:protect": "false" },
  });
  const foundation = up.foundation.outputs.sluice as FoundationOutputs;
  prod = up.prod.outputs.sluice as EnvironmentOutputs;
  records = dynamoRecords(foundation.recordsTable, new DynamoDBClient(sandbox.client()));
  sagemaker = new SageMakerClient(sandbox.client());
  runtime = new SageMakerRuntimeClient(sandbox.client());
  states = new SFNClient(sandbox.client());
  const releases = { first: "x", agrees: "min(1, x + 0.01)", differs: "1 - x", alarmed: "x" };
  for (const [id, answer] of Object.entries(releases)) await release(foundation.artifactBucket, id, answer);
});
after(() => sandbox.stop());

/** What Build and Train leave behind of a release. */
async function release(bucket: string, releaseId: string, answer: string): Promise<void> {
  const s3 = new S3Client({ ...sandbox.client(), forcePathStyle: true });
  const put = (Key: string, Body: string | Uint8Array) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  await put(`training/${releaseId}/model.tar.gz`, await tarball({ "code/inference.py": inference(answer) }));
  await put(`specs/${releaseId}/spec.json`, JSON.stringify(spec));
  await records.append(keys.release(MODEL, releaseId), {
    version: 1,
    releaseId,
    modelName: MODEL,
    specUri: `s3://${bucket}/specs/${releaseId}/spec.json`,
    image,
    modelDataUri: `s3://${bucket}/training/${releaseId}/model.tar.gz`,
    modelEnvironment: {
      SAGEMAKER_PROGRAM: "inference.py",
      SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code",
    },
  });
}

/** A minute of traffic, and what serves answered it. */
async function minute(requests = 20): Promise<number[]> {
  const scores: number[] = [];
  for (let i = 0; i < requests; i++) {
    calls += 1;
    const { Body } = await runtime.send(
      new InvokeEndpointCommand({
        EndpointName: ENDPOINT,
        ContentType: "text/csv",
        InferenceId: `call-${calls}`,
        Body: Buffer.from(`${(i + 0.5) / 20},1\n`),
      }),
    );
    scores.push(Number(Buffer.from(Body ?? []).toString()));
  }
  await sandbox.clock.advance(MINUTE);
  return scores;
}

const rollout = async (): Promise<RolloutRecord> => {
  const found = await records.load<RolloutRecord>(keys.rollout("prod", MODEL));
  assert.ok(found);
  return found;
};

/** Runs a release's state machine under traffic until it ends. */
async function rollOut(releaseId: string, each: (phase: string) => Promise<void> = async () => {}) {
  const { executionArn } = await states.send(
    new StartExecutionCommand({
      stateMachineArn: prod.rolloutStateMachineArn,
      name: `rollout-${releaseId}`,
      input: JSON.stringify({ modelName: MODEL, releaseId }),
    }),
  );
  for (let minutes = 0; minutes < 240; minutes++) {
    // The placeholder takes other requests.
    await minute(releaseId === "first" ? 0 : undefined);
    const { status, error } = await states.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== "RUNNING") return { status, error, record: await rollout() };
    await each((await rollout()).phase);
  }
  return assert.fail(`${releaseId} did not end: ${JSON.stringify(await rollout())}`);
}

/** What is left: the live configuration, all of this endpoint's configurations and models, and the live shadows. */
async function remains() {
  const { EndpointConfigName: live } = await sagemaker.send(
    new DescribeEndpointCommand({ EndpointName: ENDPOINT }),
  );
  const [config, configs, models] = await Promise.all([
    sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: live })),
    sagemaker.send(new ListEndpointConfigsCommand({ NameContains: `${ENDPOINT}-r` })),
    sagemaker.send(new ListModelsCommand({ NameContains: `${ENDPOINT}-r` })),
  ]);
  return {
    live,
    shadows: config.ShadowProductionVariants ?? [],
    configs: configs.EndpointConfigs?.map((one) => one.EndpointConfigName).sort(),
    models: models.Models?.map((one) => one.ModelName).sort(),
  };
}
const phasesOf = (record: RolloutRecord): string[] => record.history.map(({ phase }) => phase);

test("a first release is not shadowed: there is no champion", async () => {
  const { status, record } = await rollOut("first");

  assert.equal(status, "SUCCEEDED", record.result?.message);
  assert.deepEqual(phasesOf(record), ["preparing", "updating", "succeeded"]);
});

/** The rollout's Lambda dies right after this call of it. */
function kill(action: string, which: { after?: number; times?: number }): void {
  sandbox.faults.add({
    service: "sagemaker",
    action,
    principalArn: "arn:aws:iam::000000000000:role/sluice-prod-advance-rollout",
    kill: "caller",
    ...which,
  });
}

test("a challenger that disagrees is rolled back, the champion serves, and no shadow is left, though turns die", async () => {
  kill("CreateEndpointConfig", { after: 1 });
  // Into the shadow, and on the way back.
  kill("UpdateEndpoint", { times: 2 });
  kill("DeleteModel", {});
  const before = await records.load<LiveRecord>(keys.live("prod", MODEL));
  const { status, error, record } = await rollOut("differs");

  assert.deepEqual(sandbox.faults.pending, [], "every death took place");
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
  assert.deepEqual(await remains(), { live: champion, shadows: [], configs: [champion], models: [champion] });
  assert.deepEqual(await records.load(keys.live("prod", MODEL)), before);
  assert.deepEqual((await minute()).slice(0, 2), [0.025, 0.075]);
});

test("a challenger that agrees goes on through the step and is promoted, and no shadow is left", async () => {
  const before = await records.load<LiveRecord>(keys.live("prod", MODEL));
  const { status, record } = await rollOut("agrees");

  assert.equal(status, "SUCCEEDED", record.result?.message);
  assert.deepEqual(phasesOf(record), ["preparing", "entering-shadow", "shadowing", "updating", "succeeded"]);
  assert.equal(record.shadow?.verdict?.reason, "Agrees");
  const names = [before?.live.endpointConfigName, record.requestedConfigName].sort();
  assert.deepEqual(await remains(), {
    live: record.requestedConfigName,
    shadows: [],
    configs: names,
    models: names,
  });
  const live = await records.load<LiveRecord>(keys.live("prod", MODEL));
  assert.equal(live?.live.releaseId, "agrees");
  assert.equal(live?.previous?.releaseId, "first");
  const lineage = await records.list<LineageRecord>(`LINEAGE#${MODEL}`, "");
  assert.equal(lineage.at(-1)?.rollout.shadow?.verdict?.reason, "Agrees");
  assert.ok(Math.abs(((await minute())[0] ?? 0) - 0.035) < 1e-9);
});

test("an alarm in the step goes all the way back to the champion, past the shadow", async () => {
  const cloudwatch = new CloudWatchClient(sandbox.client());
  let isTripped = false;
  const { status, error, record } = await rollOut("alarmed", async (phase) => {
    if (phase !== "updating" || isTripped) return;
    isTripped = true;
    await cloudwatch.send(
      new SetAlarmStateCommand({
        AlarmName: `${(await rollout()).requestedConfigName}-errors`,
        StateValue: "ALARM",
        StateReason: "test",
      }),
    );
  });

  assert.deepEqual([status, error], ["FAILED", "alarm"]);
  assert.deepEqual(phasesOf(record).slice(-3), ["updating", "leaving-shadow", "rolled-back"]);
  const { live, shadows, configs } = await remains();
  assert.deepEqual([live, shadows], [record.fromConfigName, []]);
  assert.ok(!configs?.some((name) => name?.endsWith("-s") || name === record.requestedConfigName));
});
