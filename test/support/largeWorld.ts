/** The deployed Data stage behind pipelines of its own: source and Data stage only, for any model, build and data. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreatePipelineCommand, StartPipelineExecutionCommand } from "@aws-sdk/client-codepipeline";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { executionStatus, pipelineRuns } from "../../cli/story/pipeline.ts";
import { createWorld, MODEL, type World } from "../../cli/story/world.ts";

const silent = { part() {}, say() {}, status() {}, end() {} };
export const DATA = "sluice-data-000000000000";
const ARTIFACTS = "sluice-artifacts-000000000000";
const FUNCTION = "sluice-prepare-dataset";

export interface DataStage {
  readonly world: World;
  /** Runs the stage over a build; `aboveBytes`: past which size data go over Athena. */
  run(model: string, build: Uint8Array, aboveBytes: number): Promise<StageRun>;
  put(bucket: string, key: string, body: Uint8Array | string): Promise<void>;
  /** Objects below a prefix of the data bucket, by key. */
  objects(prefix: string): Promise<Map<string, Buffer>>;
  /** Every version of every object of the data bucket. */
  versions(): Promise<string[]>;
  remove(keys: Iterable<string>): Promise<void>;
  stop(): Promise<void>;
}

export interface StageRun {
  readonly id: string;
  readonly status: string;
  /** What the action said, or its error. */
  readonly summary: string;
}

export async function startDataStage(): Promise<DataStage> {
  const state = mkdtempSync(join(tmpdir(), "sluice-large-"));
  // Without data the model's own pipeline ends at its Data stage.
  const world = await createWorld(
    { port: 0, stateDirectory: state, seed: 1, terminal: silent },
    async () => undefined,
  );
  const { s3, codepipeline } = world.clients;
  const settings = { region: "eu-west-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const lambda = new LambdaClient({ endpoint: world.sandbox.url, ...settings });
  const put: DataStage["put"] = async (Bucket, Key, Body) => {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  };
  return {
    world,
    put,
    async run(model, build, aboveBytes) {
      const { Environment } = await lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName: FUNCTION }),
      );
      await lambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: FUNCTION,
          Environment: { Variables: { ...Environment?.Variables, ATHENA_ABOVE_BYTES: String(aboveBytes) } },
        }),
      );
      await put(ARTIFACTS, `source/${model}.zip`, build);
      const name = `sluice-${model}`;
      const known = (await pipelineRuns(world.clients, name).catch(() => [])).map(({ id }) => id);
      if (known.length === 0)
        await codepipeline.send(new CreatePipelineCommand({ pipeline: pipelineOf(name, model) }));
      else await codepipeline.send(new StartPipelineExecutionCommand({ name }));
      const id = await world.wait(
        "the pipeline",
        async () =>
          (await pipelineRuns(world.clients, name)).find((run) => !known.includes(run.id))?.id ?? null,
        600,
      );
      const status = await world.wait(
        "the stage",
        async () => {
          const now = await executionStatus(world.clients, name, id as string);
          return now === "InProgress" ? null : now;
        },
        6 * 3600,
      );
      const run = (await pipelineRuns(world.clients, name)).find((one) => one.id === id);
      const action = run?.actions.find((one) => one.action === "PrepareDataset");
      return { id: id as string, status: status ?? "never ended", summary: action?.summary ?? "" };
    },
    async objects(prefix) {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: DATA, Prefix: prefix }));
      const found = new Map<string, Buffer>();
      for (const { Key = "" } of Contents) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: DATA, Key }));
        found.set(Key, Buffer.from((await Body?.transformToByteArray()) ?? []));
      }
      return found;
    },
    async versions() {
      const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: DATA }));
      return Versions.map(({ Key, VersionId }) => `${Key} ${VersionId}`).sort();
    },
    async remove(keys) {
      const Objects = [...keys].map((Key) => ({ Key }));
      await s3.send(new DeleteObjectsCommand({ Bucket: DATA, Delete: { Objects } }));
    },
    async stop() {
      lambda.destroy();
      await world.sandbox.stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

function pipelineOf(name: string, model: string) {
  const parameters = {
    releaseId: "#{codepipeline.PipelineExecutionId}",
    modelName: model,
    dataUri: "standing",
    cause: "commit",
  };
  return {
    name,
    roleArn: `arn:aws:iam::000000000000:role/sluice-${MODEL}-pipeline`,
    pipelineType: "V2" as const,
    executionMode: "QUEUED" as const,
    artifactStore: { type: "S3" as const, location: ARTIFACTS },
    stages: [
      {
        name: "Source",
        actions: [
          {
            name: "Source",
            actionTypeId: { category: "Source", owner: "AWS", provider: "S3", version: "1" } as const,
            outputArtifacts: [{ name: "Build" }],
            configuration: {
              S3Bucket: ARTIFACTS,
              S3ObjectKey: `source/${model}.zip`,
              PollForSourceChanges: "false",
            },
          },
        ],
      },
      {
        name: "Data",
        actions: [
          {
            name: "PrepareDataset",
            actionTypeId: { category: "Invoke", owner: "AWS", provider: "Lambda", version: "1" } as const,
            inputArtifacts: [{ name: "Build" }],
            configuration: { FunctionName: FUNCTION, UserParameters: JSON.stringify(parameters) },
          },
        ],
      },
    ],
  };
}
