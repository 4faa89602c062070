/** Answers a request for retraining: brakes first, then a dataset from captures and labels, then the pipeline. A refusal is recorded. */
import { createHash } from "node:crypto";
import { type CodePipelineClient, StartPipelineExecutionCommand } from "@aws-sdk/client-codepipeline";
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import * as z from "zod";
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import { type RetrainingRequested, retrainingRequested } from "../../contracts/events.ts";
import { type ModelSpec, readResolvedSpec } from "../../contracts/modelSpec.ts";
import {
  keys,
  type LineageRecord,
  type LiveRecord,
  type ReleaseRecord,
  type RetrainingRequestRecord,
  type RetrainingState,
} from "../../contracts/records.ts";
import { accountsOf } from "../../core/dataset/accounts.ts";
import {
  decideRetraining,
  INITIAL_RETRAINING_STATE,
  joinCounted,
  mostFreshRows,
  type RetrainingDecision,
  type RetrainingRequest,
  retrainingEnded,
  retrainingStarted,
} from "../../core/retraining/decide.ts";
import { SluiceError } from "../shared/errors.ts";
import { parseInput } from "../shared/input.ts";
import type { LargeObjects } from "../shared/largeObjects.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { change, mustLoad, type Records } from "../shared/records.ts";
import {
  buildTable,
  type Collected,
  collect,
  countLabels,
  historyUri,
  type RetrainingTable,
} from "./dataset.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"coordinateRetraining">;
  readonly records: Records;
  readonly objects: Objects;
  readonly largeObjects: Pick<LargeObjects, "read">;
  readonly codepipeline: Pick<CodePipelineClient, "send">;
  readonly sns: Pick<SNSClient, "send">;
  readonly log: Log;
  readonly now: () => Date;
}

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

const busEvent = z.object({ detail: retrainingRequested });

export function createHandler(dependencies: Dependencies) {
  const { records, now, log } = dependencies;
  return async (event: unknown): Promise<{ decision: string; reason: string }> => {
    const { detail } = parseInput("retraining request", busEvent, event);
    const request: RetrainingRequest = {
      // The same cause gives the same request: an event that comes twice finds the first one's work.
      requestId: createHash("sha256")
        .update(`${detail.modelName}/${detail.causeKey}/${await attemptsOf(records, detail)}`)
        .digest("hex")
        .slice(0, 16),
      causeKey: detail.causeKey,
      cause: detail.cause,
    };
    const facts = await loadFacts(dependencies, detail.modelName);
    const state =
      (await records.load<RetrainingState>(keys.retraining(detail.modelName))) ?? INITIAL_RETRAINING_STATE;
    const first = decideRetraining(state, request, facts.spec.retraining, now());
    // Its start is on record already.
    if (first.reason === "under-way") return { decision: "started", reason: first.message };
    if (!first.start) return refuse(dependencies, detail, request, first, state);
    // Labels are few files: where they cannot suffice, the many capture files need not be read.
    const labels = await countLabels(dependencies.objects, facts.spec, facts.sources);
    const { datasetId } = facts.manifest;
    const most = mostFreshRows(state, datasetId, labels);
    const early = decideRetraining(state, request, facts.spec.retraining, now(), most);
    if (!early.start) return refuse(dependencies, detail, request, early, state);
    const joined = await collect(dependencies.objects, facts.spec, facts.sources);
    const table = await buildTable(
      dependencies.largeObjects,
      facts.spec,
      historyUri(dependencies.environment.DATA_BUCKET, facts.manifest),
      joined,
    );
    const newLabels = table.freshRows;
    const decision = decideRetraining(state, request, facts.spec.retraining, now(), newLabels);
    if (!decision.start) {
      const count = {
        datasetId,
        labels: joined.counts.labels,
        unmatched: joined.counts.labelsWithoutObservation,
        freshRows: newLabels,
      };
      await change<RetrainingState>(
        records,
        keys.retraining(detail.modelName),
        INITIAL_RETRAINING_STATE,
        (current) => joinCounted(current, count),
      );
      return refuse(dependencies, detail, request, decision, state);
    }
    if (decision.reason === "started")
      await change<RetrainingState>(
        records,
        keys.retraining(detail.modelName),
        INITIAL_RETRAINING_STATE,
        (current) => {
          if (current.running && current.running.requestId !== request.requestId)
            throw new SluiceError(
              "TransientFailure",
              `retraining ${current.running.requestId} was begun at the same time; this request is decided again`,
            );
          return current.running ? current : retrainingStarted(current, request, now());
        },
      );
    await start(dependencies, detail.modelName, request, table, joined);
    await record(dependencies, detail, request, { ...decision, numbers: { ...joined.counts } });
    log.info("retraining started", { requestId: request.requestId, cause: request.cause, newLabels });
    return { decision: "started", reason: decision.message };
  };
}

/** Retrainings that were begun for this cause before: a cause left open by a failed one makes a new request. */
async function attemptsOf(records: Records, detail: RetrainingRequested): Promise<number> {
  const { pk } = keys.retraining(detail.modelName);
  const state = await records.load<RetrainingState>(keys.retraining(detail.modelName));
  const before = await records.list<RetrainingRequestRecord>(pk, "REQUEST#");
  const begun = before.filter(
    (entry) => entry.causeKey === detail.causeKey && entry.decision === "started",
  ).length;
  return state?.running?.causeKey === detail.causeKey ? Math.max(0, begun - 1) : begun;
}

interface Facts {
  readonly spec: ModelSpec;
  readonly manifest: DatasetManifest;
  readonly sources: Parameters<typeof collect>[2];
}

async function loadFacts(
  { records, objects, environment, now }: Dependencies,
  modelName: string,
): Promise<Facts> {
  const live = await mustLoad<LiveRecord>(records, keys.live(environment.CAPTURE_ENVIRONMENT, modelName));
  const release = await mustLoad<ReleaseRecord>(records, keys.release(modelName, live.live.releaseId));
  if (!release.manifestUri)
    throw new SluiceError("MissingRecord", `release ${release.releaseId}: expected a dataset, found none`);
  const spec = readResolvedSpec(await objects.getText(release.specUri));
  const manifest = JSON.parse(await objects.getText(release.manifestUri)) as DatasetManifest;
  const all = await records.list<LineageRecord>(`LINEAGE#${modelName}`, "");
  const lineage = all.filter((entry) => entry.environment === environment.CAPTURE_ENVIRONMENT);
  const firstDeployed = Math.min(...lineage.map((entry) => Date.parse(entry.deployedAt)));
  const history = Date.parse(manifest.timeRange.to);
  // A week before the newest row of the champion's dataset: labels that came late for it are new rows too.
  return {
    spec,
    manifest,
    sources: {
      captureBucket: environment.CAPTURE_BUCKET,
      endpointName: live.endpointName,
      lineage,
      from: Math.max(firstDeployed - HOUR, history - WEEK),
      to: now().getTime(),
    },
  };
}

async function start(
  { environment, objects, codepipeline, records, sns }: Dependencies,
  modelName: string,
  request: RetrainingRequest,
  table: RetrainingTable,
  joined: Collected,
): Promise<void> {
  const prefix = `s3://${environment.DATA_BUCKET}/raw/${modelName}-retraining/${request.requestId}`;
  await objects.put(`${prefix}/data.csv`, table.csv, "text/csv");
  await objects.put(
    `s3://${environment.DATA_BUCKET}/raw/${modelName}-retraining-reports/${request.requestId}.json`,
    JSON.stringify(
      {
        ...joined.counts,
        ...table,
        csv: undefined,
        skipped: joined.skipped,
        accounts: accountsOf(joined.counts, table, joined.skipped),
      },
      null,
      2,
    ),
    "application/json",
  );
  try {
    const { pipelineExecutionId } = await codepipeline.send(
      new StartPipelineExecutionCommand({
        name: `${environment.PIPELINE_PREFIX}${modelName}`,
        clientRequestToken: `retraining-${request.requestId}`,
        variables: [
          { name: "dataUri", value: `${prefix}/` },
          { name: "cause", value: request.cause },
          { name: "requestId", value: request.requestId },
        ],
      }),
    );
    await change<RetrainingState>(records, keys.retraining(modelName), null, (state) =>
      state.running?.requestId === request.requestId && pipelineExecutionId
        ? { ...state, running: { ...state.running, pipelineExecutionId } }
        : state,
    );
  } catch (error) {
    await change<RetrainingState>(records, keys.retraining(modelName), null, (state) =>
      retrainingEnded(state, request.requestId, false),
    );
    await sns.send(
      new PublishCommand({
        TopicArn: environment.ALERT_TOPIC_ARN,
        Subject: `Retraining of ${modelName} did not start`,
        Message: error instanceof Error ? error.message : String(error),
      }),
    );
    throw error;
  }
}

async function refuse(
  dependencies: Dependencies,
  detail: RetrainingRequested,
  request: RetrainingRequest,
  decision: RetrainingDecision,
  state: RetrainingState,
): Promise<{ decision: string; reason: string }> {
  const { environment, sns, log } = dependencies;
  const isNews = await record(dependencies, detail, request, decision);
  if (decision.reason === "gave-up" && isNews && state.withoutHelp > 0)
    await sns.send(
      new PublishCommand({
        TopicArn: environment.ALERT_TOPIC_ARN,
        Subject: `Retraining of ${detail.modelName} needs a person`,
        Message: decision.message,
      }),
    );
  log.info("retraining refused", {
    requestId: request.requestId,
    reason: decision.reason,
    message: decision.message,
  });
  return { decision: "refused", reason: decision.message };
}

/** One record an answer; the sweep's repeated question with the same answer is written once. */
async function record(
  { records, now }: Dependencies,
  detail: RetrainingRequested,
  request: RetrainingRequest,
  decision: RetrainingDecision,
): Promise<boolean> {
  const item: RetrainingRequestRecord = {
    requestId: request.requestId,
    causeKey: request.causeKey,
    cause: request.cause,
    requestedAt: detail.requestedAt,
    decidedAt: now().toISOString(),
    decision: decision.start ? "started" : "refused",
    reason: `${decision.reason}: ${decision.message}`,
    numbers: decision.numbers,
  };
  return records.append(
    keys.retrainingRequest(detail.modelName, request.requestId, decision.start ? "started" : decision.reason),
    item,
  );
}
