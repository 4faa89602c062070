/**
 * Writes a person's answer where it counts. As the first action of Production it marks the package Approved and checks that the champion
 * is still the one that was compared; on the event of a refused approval it marks the package Rejected.
 */
import { type CodePipelineClient, ListActionExecutionsCommand } from "@aws-sdk/client-codepipeline";
import { type SageMakerClient, UpdateModelPackageCommand } from "@aws-sdk/client-sagemaker";
import * as z from "zod";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import { PRODUCTION } from "../../contracts/modelSpec.ts";
import { type Approval, keys, type LiveRecord, type ReleaseRecord } from "../../contracts/records.ts";
import { SluiceError } from "../shared/errors.ts";
import { parseInput } from "../shared/input.ts";
import type { Log } from "../shared/logger.ts";
import { type JobOutcome, type JobResults, runJob } from "../shared/pipelineJob.ts";
import { change, mustLoad, type Records } from "../shared/records.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"recordApproval">;
  readonly records: Records;
  readonly sagemaker: Pick<SageMakerClient, "send">;
  readonly codepipeline: Pick<CodePipelineClient, "send">;
  readonly results: JobResults;
  readonly log: Log;
}

const rejection = z.object({
  "detail-type": z.literal("CodePipeline Action Execution State Change"),
  time: z.string(),
  detail: z.object({
    pipeline: z.string(),
    "execution-id": z.string(),
    action: z.string(),
    state: z.literal("FAILED"),
  }),
});

export function createHandler(dependencies: Dependencies) {
  const { environment, results, log } = dependencies;
  return async (event: unknown): Promise<void> => {
    if (typeof event === "object" && event !== null && "detail-type" in event) {
      const { detail } = parseInput("approval event", rejection, event);
      const modelName = detail.pipeline.slice(environment.PIPELINE_PREFIX.length);
      await answer(dependencies, modelName, detail["execution-id"], "Rejected");
      return;
    }
    await runJob(event, results, log, async ({ parameters }): Promise<JobOutcome> => {
      await checkChampion(dependencies, parameters.modelName, parameters.releaseId);
      const approval = await answer(dependencies, parameters.modelName, parameters.releaseId, "Approved");
      return { done: true, summary: `approved by ${approval.by}: ${approval.summary}` };
    });
  };
}

async function answer(
  dependencies: Dependencies,
  modelName: string,
  releaseId: string,
  status: Approval["status"],
): Promise<Approval> {
  const { records, sagemaker, log } = dependencies;
  const key = keys.release(modelName, releaseId);
  const release = await mustLoad<ReleaseRecord>(records, key);
  const approval = release.approval ?? { status, ...(await personOf(dependencies, modelName, releaseId)) };
  await change<ReleaseRecord>(records, key, null, (record) => ({ ...record, approval }));
  if (release.modelPackageArn)
    await sagemaker.send(
      new UpdateModelPackageCommand({
        ModelPackageArn: release.modelPackageArn,
        ModelApprovalStatus: approval.status,
        ApprovalDescription: `${approval.by}: ${approval.summary}`.slice(0, 1024),
      }),
    );
  log.info("approval recorded", { releaseId, status: approval.status, by: approval.by });
  return approval;
}

/** Who answered, when and why, from the pipeline's own record of its approval action. */
async function personOf(
  { codepipeline, environment }: Dependencies,
  modelName: string,
  releaseId: string,
): Promise<Omit<Approval, "status">> {
  const { actionExecutionDetails } = await codepipeline.send(
    new ListActionExecutionsCommand({
      pipelineName: `${environment.PIPELINE_PREFIX}${modelName}`,
      filter: { pipelineExecutionId: releaseId },
    }),
  );
  const action = actionExecutionDetails?.find(
    (detail) => detail.input?.actionTypeId?.category === "Approval",
  );
  if (!action)
    throw new SluiceError(
      "MissingRecord",
      `pipeline execution ${releaseId}: expected an approval action, found none`,
    );
  return {
    by: action.updatedBy ?? "unknown",
    summary: action.output?.executionResult?.externalExecutionSummary ?? "",
    at: (action.lastUpdateTime ?? new Date()).toISOString(),
  };
}

async function checkChampion({ records }: Dependencies, modelName: string, releaseId: string): Promise<void> {
  const release = await mustLoad<ReleaseRecord>(records, keys.release(modelName, releaseId));
  const live = await records.load<LiveRecord>(keys.live(PRODUCTION, modelName));
  const compared = release.evaluation?.comparison?.champion ?? null;
  const serving = live?.live.releaseId ?? null;
  if (compared !== null && compared !== serving)
    throw new SluiceError(
      "ModelRejected",
      `the candidate was compared with release ${compared}, but ${serving} serves now; retry the Train stage to compare again`,
    );
  if (compared === null && serving !== null && release.evaluation?.verdict === "pass")
    throw new SluiceError(
      "ModelRejected",
      `the candidate was judged without a champion, but ${serving} serves now; retry the Train stage to compare`,
    );
}
