/** Closes what a pipeline execution left open when it ends: the release's outcome, the retraining it ran for, a rollout it began. */
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import * as z from "zod";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import { ENVIRONMENTS } from "../../contracts/modelSpec.ts";
import {
  keys,
  type ReleaseRecord,
  type RetrainingState,
  type RolloutRecord,
} from "../../contracts/records.ts";
import { retrainingEnded } from "../../core/retraining/decide.ts";
import { isFinished } from "../../core/rollout/advance.ts";
import { parseInput } from "../shared/input.ts";
import type { Log } from "../shared/logger.ts";
import { change, type Records } from "../shared/records.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"closeRelease">;
  readonly records: Records;
  readonly sns: Pick<SNSClient, "send">;
  readonly log: Log;
}

const ended = z.object({
  time: z.string(),
  detail: z.object({
    pipeline: z.string(),
    "execution-id": z.string(),
    state: z.enum(["SUCCEEDED", "FAILED", "STOPPED", "CANCELED", "SUPERSEDED"]),
  }),
});

export function createHandler({ environment, records, sns, log }: Dependencies) {
  return async (event: unknown): Promise<void> => {
    const { time, detail } = parseInput("pipeline event", ended, event);
    const modelName = detail.pipeline.slice(environment.PIPELINE_PREFIX.length);
    const releaseId = detail["execution-id"];
    const status =
      detail.state === "SUCCEEDED" ? "succeeded" : detail.state === "FAILED" ? "failed" : "stopped";
    const key = keys.release(modelName, releaseId);
    const release = await records.load<ReleaseRecord>(key);
    if (release && !release.outcome)
      await change<ReleaseRecord>(records, key, null, (record) =>
        record.outcome ? record : { ...record, outcome: { status, at: time, reason: detail.state } },
      );
    await endRetraining(modelName, releaseId, release, status === "succeeded");
    if (status !== "succeeded") {
      await cancelRollouts(modelName, releaseId);
      await sns.send(
        new PublishCommand({
          TopicArn: environment.ALERT_TOPIC_ARN,
          Subject: `Release of ${modelName} ${status}`.slice(0, 100),
          Message: `Pipeline execution ${releaseId} of ${modelName} ended ${detail.state}. See the pipeline's failed action for the reason.`,
        }),
      );
    }
    log.info("release closed", { modelName, releaseId, status });
  };

  /** A retraining whose pipeline failed before it wrote a release is found by its execution id. */
  async function endRetraining(
    modelName: string,
    releaseId: string,
    release: ReleaseRecord | null,
    reachedProduction: boolean,
  ): Promise<void> {
    const state = await records.load<RetrainingState>(keys.retraining(modelName));
    const running = state?.running;
    if (!running) return;
    const isOurs =
      release?.cause.kind === "retraining"
        ? release.cause.requestId === running.requestId
        : running.pipelineExecutionId === releaseId;
    if (!isOurs) return;
    await change<RetrainingState>(records, keys.retraining(modelName), null, (record) =>
      retrainingEnded(record, running.requestId, reachedProduction),
    );
  }

  /** A stage that was stopped or abandoned cancels its rollout; it does not forget it. */
  async function cancelRollouts(modelName: string, releaseId: string): Promise<void> {
    for (const environmentName of ENVIRONMENTS) {
      const key = keys.rollout(environmentName, modelName);
      const rollout = await records.load<RolloutRecord>(key);
      if (!rollout || rollout.releaseId !== releaseId || isFinished(rollout.phase)) continue;
      await change<RolloutRecord>(records, key, null, (record) =>
        record.releaseId === releaseId && !isFinished(record.phase)
          ? { ...record, cancelRequested: true }
          : record,
      );
    }
  }
}
