/** Begins a retraining: its brake is set first, then its data lie where the pipeline looks, then the pipeline starts. */
import { StartPipelineExecutionCommand } from "@aws-sdk/client-codepipeline";
import { keys, type RetrainingJoin, type RetrainingState } from "../../contracts/records.ts";
import { accountsOf, type TableCounts } from "../../core/dataset/accounts.ts";
import type { Joined } from "../../core/dataset/join.ts";
import {
  INITIAL_RETRAINING_STATE,
  occupiedBy,
  type RetrainingDecision,
  retrainingEnded,
  retrainingStarted,
} from "../../core/retraining/decide.ts";
import { messageOf, SluiceError } from "../shared/errors.ts";
import { change } from "../shared/records.ts";
import { page, record } from "./answer.ts";
import type { Answer, Asked, Dependencies } from "./dependencies.ts";

/** A retraining set and what it was made of. */
export interface RetrainingData {
  readonly counts: Joined["counts"];
  readonly skipped: Readonly<Record<string, number>>;
  readonly table: TableCounts & { readonly rows: number };
  /** Puts the table there. */
  readonly place: (uri: string) => Promise<unknown>;
  /** How it was joined, if that took many turns. */
  readonly join?: RetrainingJoin;
}

/** Whether the work that is under way is this execution's. */
const isOf = (
  { running, preparing }: Pick<RetrainingState, "running" | "preparing">,
  { execution }: Pick<RetrainingJoin, "execution">,
): boolean => preparing?.join.execution === execution || running?.join?.execution === execution;

/** @throws SluiceError `TransientFailure` when another request has begun since this one was decided */
export function mustBeFree(state: RetrainingState, requestId: string, now: Date): void {
  const other = occupiedBy(state, requestId, now);
  if (other !== null)
    throw new SluiceError(
      "TransientFailure",
      `retraining ${other} was begun at the same time; this request is decided again`,
    );
}

export async function begin(
  dependencies: Dependencies,
  asked: Asked,
  decision: RetrainingDecision,
  data: RetrainingData,
): Promise<Answer> {
  const { records, log, now } = dependencies;
  const key = keys.retraining(asked.modelName);
  await change<RetrainingState>(records, key, INITIAL_RETRAINING_STATE, (current) => {
    mustBeFree(current, asked.requestId, now());
    if (data.join && !isOf(current, data.join))
      throw new SluiceError("TransientFailure", "another execution has taken this join over");
    if (!current.running) return retrainingStarted(current, asked, now(), data.join);
    const join = data.join ? { join: data.join } : {};
    return { ...current, preparing: null, running: { ...current.running, ...join } };
  });
  await start(dependencies, asked, data);
  await record(dependencies, asked, { ...decision, numbers: { ...data.counts } });
  log.info("retraining started", {
    requestId: asked.requestId,
    cause: asked.cause,
    newLabels: data.table.freshRows,
  });
  return { decision: "started", reason: decision.message };
}

async function start(
  dependencies: Dependencies,
  { modelName, requestId, cause }: Asked,
  data: RetrainingData,
): Promise<void> {
  const { environment, codepipeline, records } = dependencies;
  const prefix = `s3://${environment.DATA_BUCKET}/raw/${modelName}-retraining/${requestId}`;
  await data.place(`${prefix}/data.csv`);
  await putReport(
    dependencies,
    `s3://${environment.DATA_BUCKET}/raw/${modelName}-retraining-reports/${requestId}.json`,
    data,
  );
  const key = keys.retraining(modelName);
  try {
    const { pipelineExecutionId } = await codepipeline.send(
      new StartPipelineExecutionCommand({
        name: `${environment.PIPELINE_PREFIX}${modelName}`,
        clientRequestToken: `retraining-${requestId}`,
        variables: [
          { name: "dataUri", value: `${prefix}/` },
          { name: "cause", value: cause },
          { name: "requestId", value: requestId },
        ],
      }),
    );
    await change<RetrainingState>(records, key, null, (state) =>
      state.running?.requestId === requestId && pipelineExecutionId
        ? { ...state, running: { ...state.running, pipelineExecutionId } }
        : state,
    );
  } catch (error) {
    await change<RetrainingState>(records, key, null, (state) => retrainingEnded(state, requestId, false));
    await page(dependencies, `Retraining of ${modelName} did not start`, messageOf(error));
    throw error;
  }
}

const putReport = (
  { objects }: Dependencies,
  uri: string,
  { counts, table, skipped }: RetrainingData,
): Promise<void> =>
  objects.put(
    uri,
    JSON.stringify({ ...counts, ...table, skipped, accounts: accountsOf(counts, table, skipped) }, null, 2),
    "application/json",
  );
