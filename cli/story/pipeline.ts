/** The pipeline as a person watches it: its executions, the failed action's reason, an approval that waits. */
import {
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PutApprovalResultCommand,
} from "@aws-sdk/client-codepipeline";
import type { Clients } from "./clients.ts";

export interface ActionRun {
  readonly stage: string;
  readonly action: string;
  readonly status: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly summary: string;
  readonly url: string;
}

export interface PipelineRun {
  readonly id: string;
  readonly status: string;
  readonly trigger: string;
  readonly startedAt: number;
  readonly actions: readonly ActionRun[];
}

/** Statuses in which nothing more happens to an execution. */
export const SETTLED: ReadonlySet<string> = new Set([
  "Succeeded",
  "Failed",
  "Stopped",
  "Cancelled",
  "Superseded",
]);

/** All executions of a pipeline, oldest first, with their actions. Settled ones in `known` are taken from there. */
export async function pipelineRuns(
  { codepipeline }: Clients,
  pipelineName: string,
  known: ReadonlyMap<string, PipelineRun> = new Map(),
): Promise<PipelineRun[]> {
  const { pipelineExecutionSummaries } = await codepipeline.send(
    new ListPipelineExecutionsCommand({ pipelineName, maxResults: 100 }),
  );
  const runs = await Promise.all(
    (pipelineExecutionSummaries ?? []).map(async (summary): Promise<PipelineRun> => {
      const id = summary.pipelineExecutionId ?? "";
      const before = known.get(id);
      if (before && SETTLED.has(before.status)) return before;
      const { actionExecutionDetails } = await codepipeline.send(
        new ListActionExecutionsCommand({
          pipelineName,
          filter: { pipelineExecutionId: id },
          maxResults: 100,
        }),
      );
      return {
        id,
        status: summary.status ?? "",
        trigger: summary.trigger?.triggerType ?? "",
        startedAt: summary.startTime?.getTime() ?? 0,
        actions: (actionExecutionDetails ?? [])
          .map((detail) => ({
            stage: detail.stageName ?? "",
            action: detail.actionName ?? "",
            status: detail.status ?? "",
            startedAt: detail.startTime?.getTime() ?? 0,
            endedAt: detail.status === "InProgress" ? null : (detail.lastUpdateTime?.getTime() ?? null),
            summary:
              detail.output?.executionResult?.errorDetails?.message ??
              detail.output?.executionResult?.externalExecutionSummary ??
              "",
            url: detail.output?.executionResult?.externalExecutionId ?? "",
          }))
          // Actions of one virtual minute in the order in which they ended.
          .sort(
            (a, b) =>
              a.startedAt - b.startedAt || (a.endedAt ?? Number.MAX_VALUE) - (b.endedAt ?? Number.MAX_VALUE),
          ),
      };
    }),
  );
  return runs.sort((a, b) => a.startedAt - b.startedAt);
}

export async function executionStatus(
  { codepipeline }: Clients,
  pipelineName: string,
  id: string,
): Promise<string> {
  const { pipelineExecution } = await codepipeline.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId: id }),
  );
  return pipelineExecution?.status ?? "Unknown";
}

export interface WaitingApproval {
  readonly releaseId: string;
  readonly token: string;
}

export async function waitingApproval(
  { codepipeline }: Clients,
  pipelineName: string,
): Promise<WaitingApproval | null> {
  const { stageStates } = await codepipeline.send(new GetPipelineStateCommand({ name: pipelineName }));
  const stage = stageStates?.find((state) => state.stageName === "Approve");
  const token = stage?.actionStates?.[0]?.latestExecution?.token;
  const status = stage?.actionStates?.[0]?.latestExecution?.status;
  const releaseId = stage?.latestExecution?.pipelineExecutionId;
  return token && releaseId && status === "InProgress" ? { releaseId, token } : null;
}

export async function answerApproval(
  { codepipeline }: Clients,
  pipelineName: string,
  waiting: WaitingApproval,
  status: "Approved" | "Rejected",
  summary: string,
): Promise<void> {
  await codepipeline.send(
    new PutApprovalResultCommand({
      pipelineName,
      stageName: "Approve",
      actionName: "Approve",
      token: waiting.token,
      result: { status, summary: summary.slice(0, 512) },
    }),
  );
}
