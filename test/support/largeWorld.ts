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
export const ARTIFACTS = "sluice-artifacts-000000000000";
const FUNCTION = "sluice-prepare-dataset";
const nameOf = (model: string): string => `sluice-${model}`;

export interface DataStage {
  readonly world: World;
  /** Past which size a Lambda takes its data over Athena. */
  setAbove(functionName: string, bytes: number): Promise<void>;
  /** A pipeline over a build that lies in the artifacts; its first execution is that of its creation. */
  createPipeline(model: string): Promise<void>;
  /** Executions of a model's pipeline. */
  runs(model: string): Promise<readonly string[]>;
  /** The execution that is not known yet, when it has ended. */
  ended(model: string, known: readonly string[]): Promise<StageRun>;
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
  const setAbove: DataStage["setAbove"] = async (FunctionName, bytes) => {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        Environment: { Variables: { ...Environment?.Variables, ATHENA_ABOVE_BYTES: String(bytes) } },
      }),
    );
  };
  const runs: DataStage["runs"] = async (model) =>
    (await pipelineRuns(world.clients, nameOf(model)).catch(() => [])).map(({ id }) => id);
  const ended: DataStage["ended"] = async (model, known) => {
    const id = await world.wait(
      "the pipeline",
      async () => (await runs(model)).find((run) => !known.includes(run)) ?? null,
      6 * 3600,
    );
    const status = await world.wait(
      "the stage",
      async () => {
        const now = await executionStatus(world.clients, nameOf(model), id as string);
        return now === "InProgress" ? null : now;
      },
      6 * 3600,
    );
    const run = (await pipelineRuns(world.clients, nameOf(model))).find((one) => one.id === id);
    const action = run?.actions.find((one) => one.action === "PrepareDataset");
    return { id: id as string, status: status ?? "never ended", summary: action?.summary ?? "" };
  };
  return {
    world,
    put,
    setAbove,
    createPipeline: async (model) => {
      await codepipeline.send(new CreatePipelineCommand({ pipeline: pipelineOf(nameOf(model), model) }));
    },
    runs,
    ended,
    async run(model, build, aboveBytes) {
      await setAbove(FUNCTION, aboveBytes);
      await put(ARTIFACTS, `source/${model}.zip`, build);
      const known = await runs(model);
      if (known.length === 0)
        await codepipeline.send(new CreatePipelineCommand({ pipeline: pipelineOf(nameOf(model), model) }));
      else await codepipeline.send(new StartPipelineExecutionCommand({ name: nameOf(model) }));
      return ended(model, known);
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
    dataUri: "#{variables.dataUri}",
    cause: "#{variables.cause}",
    requestId: "#{variables.requestId}",
  };
  return {
    name,
    roleArn: `arn:aws:iam::000000000000:role/sluice-${MODEL}-pipeline`,
    pipelineType: "V2" as const,
    executionMode: "QUEUED" as const,
    variables: [
      { name: "dataUri", defaultValue: "standing" },
      { name: "cause", defaultValue: "commit" },
      { name: "requestId", defaultValue: "none" },
    ],
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
