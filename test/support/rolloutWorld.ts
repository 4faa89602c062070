/** Rollouts by the deployed bundle, its state machine and its role, against the sandbox's SageMaker. */
import assert from "node:assert/strict";
import path from "node:path";
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
import { buildAll } from "../../build/index.ts";
import { keys, type RolloutRecord } from "../../contracts/records.ts";
import type { EnvironmentOutputs, FoundationOutputs } from "../../contracts/stackOutputs.ts";
import { dynamoRecords, type Records } from "../../lambdas/shared/records.ts";
import { runAll } from "../../sandbox/provider/index.ts";
import { image } from "./sagemakerWorld.ts";
import { tinySpec } from "./sample.ts";
import { startTestSandbox, type TestSandbox } from "./sandbox.ts";
import { tarball } from "./tarball.ts";

const ROOT = path.join(import.meta.dirname, "../..");
export const MODEL = "bank-marketing";
export const ENDPOINT = `${MODEL}-prod`;
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

/** The tiny specification as that of a model with two numbers, with this rollout to production. */
export function rolloutSpec(prod: object): ReturnType<typeof tinySpec> {
  const tiny = tinySpec();
  return {
    ...tiny,
    name: MODEL,
    features: ["a", "b"].map((name) => ({ name, type: "numeric", sensitive: false })),
    rollout: { ...tiny.rollout, prod: { ...tiny.rollout.prod, ...prod } },
  };
}

export class RolloutWorld {
  readonly sandbox: TestSandbox;
  readonly records: Records;
  readonly sagemaker: SageMakerClient;
  private readonly prod: EnvironmentOutputs;
  private readonly runtime: SageMakerRuntimeClient;
  private readonly states: SFNClient;
  private calls = 0;

  private constructor(sandbox: TestSandbox, records: Records, prod: EnvironmentOutputs) {
    this.sandbox = sandbox;
    this.records = records;
    this.prod = prod;
    this.sagemaker = new SageMakerClient(sandbox.client());
    this.runtime = new SageMakerRuntimeClient(sandbox.client());
    this.states = new SFNClient(sandbox.client());
  }

  /** Foundation and production deployed, and what Build and Train leave behind of each release: `answers` by its id. */
  static async start(spec: object, answers: Readonly<Record<string, string>>): Promise<RolloutWorld> {
    const [sandbox] = await Promise.all([startTestSandbox({ ministack: true }), buildAll()]);
    const up = await runAll("up", {
      root: ROOT,
      stacks: ["foundation", "prod"],
      gatewayUrl: sandbox.url,
      stateDirectory: sandbox.stateDirectory,
      overrides: { "sluice:protect": "false" },
    });
    const foundation = up.foundation.outputs.sluice as FoundationOutputs;
    const records = dynamoRecords(foundation.recordsTable, new DynamoDBClient(sandbox.client()));
    const world = new RolloutWorld(sandbox, records, up.prod.outputs.sluice as EnvironmentOutputs);
    for (const [id, answer] of Object.entries(answers))
      await world.release(foundation.artifactBucket, spec, id, answer);
    return world;
  }

  private async release(bucket: string, spec: object, releaseId: string, answer: string): Promise<void> {
    const s3 = new S3Client({ ...this.sandbox.client(), forcePathStyle: true });
    const put = (Key: string, Body: string | Uint8Array) =>
      s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    await put(
      `training/${releaseId}/model.tar.gz`,
      await tarball({ "code/inference.py": inference(answer) }),
    );
    await put(`specs/${releaseId}/spec.json`, JSON.stringify(spec));
    await this.records.append(keys.release(MODEL, releaseId), {
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

  /** A minute of traffic, and what serves answered it; null where the call failed. */
  async minute(requests = 20): Promise<(number | null)[]> {
    const scores: (number | null)[] = [];
    for (let i = 0; i < requests; i++) {
      this.calls += 1;
      const call = new InvokeEndpointCommand({
        EndpointName: ENDPOINT,
        ContentType: "text/csv",
        InferenceId: `call-${this.calls}`,
        Body: Buffer.from(`${(i + 0.5) / 20},1\n`),
      });
      scores.push(
        await this.runtime.send(call).then(
          ({ Body }) => Number(Buffer.from(Body ?? []).toString()),
          (error: Error) => (error.name === "ModelError" ? null : Promise.reject(error)),
        ),
      );
    }
    await this.sandbox.clock.advance(MINUTE);
    return scores;
  }

  async rollout(): Promise<RolloutRecord> {
    const found = await this.records.load<RolloutRecord>(keys.rollout("prod", MODEL));
    assert.ok(found);
    return found;
  }

  /** Rolls a release out under traffic; the first release gets none, because the placeholder takes other requests. */
  rollOut(releaseId: string, each: (record: RolloutRecord) => Promise<void> = async () => {}) {
    return this.run(`rollout-${releaseId}`, { releaseId }, each, releaseId === "first" ? 0 : undefined);
  }

  /** Goes back to the release before, under traffic. */
  rollBack() {
    return this.run("rollback", { kind: "rollback" });
  }

  /** Runs the state machine until it ends, with so many requests a minute. */
  private async run(
    name: string,
    input: object,
    each: (record: RolloutRecord) => Promise<void> = async () => {},
    requests?: number,
  ) {
    const { executionArn } = await this.states.send(
      new StartExecutionCommand({
        stateMachineArn: this.prod.rolloutStateMachineArn,
        name,
        input: JSON.stringify({ modelName: MODEL, ...input }),
      }),
    );
    for (let minutes = 0; minutes < 240; minutes++) {
      await this.minute(requests);
      const { status, error } = await this.states.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== "RUNNING") return { status, error, record: await this.rollout() };
      await each(await this.rollout());
    }
    return assert.fail(`${name} did not end: ${JSON.stringify(await this.rollout())}`);
  }

  /** What is left: the live configuration and its variants, and all of this endpoint's configurations and models. */
  async remains() {
    const { EndpointConfigName: live } = await this.sagemaker.send(
      new DescribeEndpointCommand({ EndpointName: ENDPOINT }),
    );
    const [config, configs, models] = await Promise.all([
      this.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: live })),
      this.sagemaker.send(new ListEndpointConfigsCommand({ NameContains: `${ENDPOINT}-r` })),
      this.sagemaker.send(new ListModelsCommand({ NameContains: `${ENDPOINT}-r` })),
    ]);
    return {
      live,
      variants: config.ProductionVariants?.map((one) => one.VariantName),
      shadows: config.ShadowProductionVariants ?? [],
      configs: configs.EndpointConfigs?.map((one) => one.EndpointConfigName).sort(),
      models: models.Models?.map((one) => one.ModelName).sort(),
    };
  }

  /** The rollout's Lambda dies right after this call of it. */
  kill(action: string, which: { after?: number; times?: number } = {}): void {
    this.sandbox.faults.add({
      service: "sagemaker",
      action,
      principalArn: "arn:aws:iam::000000000000:role/sluice-prod-advance-rollout",
      kill: "caller",
      ...which,
    });
  }
}

export const phasesOf = (record: RolloutRecord): string[] => record.history.map(({ phase }) => phase);
