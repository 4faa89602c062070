/** The deployed coordinator of retraining: a model in service with captures, late labels and a history, asked for a retraining either way. */
import { DeleteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import type { DatasetManifest } from "../../contracts/dataset.ts";
import { EVENT_SOURCE, RETRAINING_REQUESTED } from "../../contracts/events.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { keys, type RetrainingRequestRecord, type RetrainingState } from "../../contracts/records.ts";
import { dynamoRecords, type Records } from "../../lambdas/shared/records.ts";
import { ARTIFACTS, DATA, type DataStage, type StageRun, startDataStage } from "./largeWorld.ts";

export const CAPTURES = "sluice-prod-captures-000000000000";
export const COORDINATOR = "sluice-coordinate-retraining";
const RECORDS = "sluice-records";
const CONFIG = "config-1";
const ENDPOINT = "endpoint-1";
const CAPTURE_URI = `s3://${CAPTURES}/captures/config-1`;

/** What a model has in S3 when retraining is asked for. */
export interface Served {
  readonly spec: ModelSpec;
  readonly build: Uint8Array;
  readonly history: string;
  readonly historyTo: string;
  /** Capture files by `yyyy/mm/dd/hh/<name>`, of the champion and of a weighted canary beside it. */
  readonly captures: Readonly<Record<string, string>>;
  readonly beside: Readonly<Record<string, string>>;
  /** Files of accepted labels by `yyyy/mm/dd/hh/<name>`. */
  readonly labels: Readonly<Record<string, readonly { readonly id: string; readonly value: string }[]>>;
}

export interface Retrained {
  readonly requestId: string;
  readonly csv: string;
  readonly report: Readonly<Record<string, unknown>>;
  readonly run: StageRun;
  readonly datasetId: string;
}

export class RetrainWorld {
  readonly stage: DataStage;
  readonly records: Records;
  readonly #dynamodb: DynamoDBClient;

  private constructor(stage: DataStage, dynamodb: DynamoDBClient) {
    this.stage = stage;
    this.#dynamodb = dynamodb;
    this.records = dynamoRecords(RECORDS, dynamodb);
  }

  static async start(): Promise<RetrainWorld> {
    const stage = await startDataStage();
    return new RetrainWorld(stage, stage.world.clients.dynamodb);
  }

  /** Puts the model in service, with a pipeline that ends after its Data stage. */
  async serve(served: Served): Promise<void> {
    const { spec } = served;
    const { put } = this.stage;
    const specKey = `specs/${spec.name}/spec.json`;
    await put(ARTIFACTS, specKey, JSON.stringify(spec));
    const manifest = {
      modelName: spec.name,
      datasetId: "ds-1",
      timeRange: { from: "2026-01-01", to: served.historyTo },
    } as DatasetManifest;
    await put(DATA, `datasets/${spec.name}/ds-1/manifest.json`, JSON.stringify(manifest));
    await put(DATA, `judge/${spec.name}/ds-1/table.csv`, served.history);
    for (const [variant, files] of [
      ["primary", served.captures],
      ["challenger", served.beside],
    ] as const)
      for (const [name, text] of Object.entries(files))
        await put(CAPTURES, `captures/config-1/${spec.name}/${ENDPOINT}/${variant}/${name}`, text);
    await this.serveLabels(spec.name, served.labels);
    await this.#record(spec.name, `s3://${ARTIFACTS}/${specKey}`);
    await put(ARTIFACTS, `source/${spec.name}.zip`, served.build);
    await this.stage.createPipeline(spec.name);
    await this.stage.ended(spec.name, []);
  }

  async serveLabels(modelName: string, files: Served["labels"]): Promise<void> {
    for (const [name, labels] of Object.entries(files))
      await this.stage.put(CAPTURES, `labels-accepted/${modelName}/${name}`, JSON.stringify(labels));
  }

  async #record(modelName: string, specUri: string): Promise<void> {
    const deployed = {
      releaseId: "rel-1",
      endpointConfigName: CONFIG,
      sagemakerModelName: "m",
      modelPackageArn: null,
      deployedAt: "2026-01-04T22:00:00.000Z",
      captureUri: `${CAPTURE_URI}/${modelName}`,
    };
    const beside = { ...deployed, endpointConfigName: "config-2", deployedAt: "2026-01-05T04:00:00.000Z" };
    const release = {
      releaseId: "rel-1",
      modelName,
      specUri,
      manifestUri: `s3://${DATA}/datasets/${modelName}/ds-1/manifest.json`,
    };
    await this.records.append(keys.live("prod", modelName), {
      version: 1,
      endpointName: ENDPOINT,
      live: deployed,
      previous: null,
    });
    await this.records.append(keys.release(modelName, "rel-1"), { version: 1, ...release });
    await this.records.append(keys.lineage(modelName, deployed.deployedAt, "prod"), {
      environment: "prod",
      deployedAt: deployed.deployedAt,
      deployed,
      replaced: null,
      release,
    });
    // A weighted canary answered from two to four o'clock.
    await this.records.append(keys.lineage(modelName, beside.deployedAt, "prod"), {
      environment: "prod",
      deployedAt: beside.deployedAt,
      deployed: { ...beside, captureUri: `s3://${CAPTURES}/captures/config-2/${modelName}` },
      replaced: deployed,
      release,
      rollout: { startedAt: "2026-01-05T02:00:00.000Z", weights: { index: 0, since: "", verdict: null } },
    });
  }

  async ask(modelName: string, causeKey: string): Promise<void> {
    await this.stage.world.sandbox.kernel.callAsSandbox("events", "PutEvents", {
      Entries: [
        {
          EventBusName: "sluice",
          Source: EVENT_SOURCE,
          DetailType: RETRAINING_REQUESTED,
          Detail: JSON.stringify({
            modelName,
            environment: "prod",
            cause: "drift",
            causeKey,
            requestedAt: "2026-01-05T06:00:00Z",
            requestedBy: "test",
          }),
        },
      ],
    });
  }

  /** Asks, and waits for the answer that is kept. */
  async askAndSettle(modelName: string, causeKey: string): Promise<RetrainingRequestRecord> {
    await this.ask(modelName, causeKey);
    const answer = await this.stage.world.wait(
      "an answer",
      async () => (await this.answers(modelName)).find((one) => one.causeKey === causeKey) ?? null,
      6 * 3600,
    );
    await this.stage.world.wait(
      "the brake",
      async () => ((await this.state(modelName))?.preparing?.causeKey === causeKey ? null : true),
      3600,
    );
    if (!answer) throw new Error(`${causeKey} of ${modelName} was never answered`);
    return answer;
  }

  async untilJoining(modelName: string): Promise<void> {
    const since = await this.stage.world.wait(
      "the join",
      async () => (await this.state(modelName))?.preparing?.since ?? null,
      3600,
      1,
    );
    if (since === null) throw new Error(`no join of ${modelName} was begun`);
  }

  /** Waits until no join goes on. */
  async untilIdle(): Promise<void> {
    const stateMachineArn = "arn:aws:states:eu-west-1:000000000000:stateMachine:sluice-retraining-join";
    await this.stage.world.wait(
      "the state machine",
      async () => {
        const running = new ListExecutionsCommand({ stateMachineArn, statusFilter: "RUNNING" });
        const { executions = [] } = await this.stage.world.clients.states.send(running);
        return executions.length === 0 ? true : null;
      },
      6 * 3600,
    );
  }

  answers(modelName: string): Promise<RetrainingRequestRecord[]> {
    return this.records.list<RetrainingRequestRecord>(keys.retraining(modelName).pk, "REQUEST#");
  }

  state(modelName: string): Promise<RetrainingState | null> {
    return this.records.load<RetrainingState>(keys.retraining(modelName));
  }

  /** Asks, and waits until the pipeline of the retraining has ended; then the model is free again. */
  async retrain(modelName: string, causeKey: string, aboveBytes: number): Promise<Retrained> {
    await this.stage.setAbove(COORDINATOR, aboveBytes);
    const known = await this.stage.runs(modelName);
    const before = await this.stage.objects(`raw/${modelName}-retraining/`);
    await this.ask(modelName, causeKey);
    const run = await this.stage.ended(modelName, known);
    const sets = await this.stage.objects(`raw/${modelName}-retraining/`);
    const [key = "", csv] = [...sets].find(([name]) => !before.has(name)) ?? [];
    const requestId = key.split("/")[2] as string;
    const reports = await this.stage.objects(`raw/${modelName}-retraining-reports/${requestId}.json`);
    const release = await this.records.load<{ datasetId?: string }>(keys.release(modelName, run.id));
    await this.forget(modelName);
    return {
      requestId,
      csv: String(csv),
      report: JSON.parse(String([...reports.values()][0])) as Record<string, unknown>,
      run,
      datasetId: release?.datasetId ?? "none",
    };
  }

  /** As if no retraining had been asked for yet. */
  async forget(modelName: string): Promise<void> {
    const { pk, sk } = keys.retraining(modelName);
    await this.#dynamodb.send(
      new DeleteItemCommand({ TableName: RECORDS, Key: { pk: { S: pk }, sk: { S: sk } } }),
    );
  }

  stop(): Promise<void> {
    return this.stage.stop();
  }
}
