/** Executions and pipelines as the read operations show them. */
import type { ActionExecution, PipelineExecution } from "./execution.ts";
import type { StoredPipeline } from "./pipelines.ts";
import type { PipelineRunner } from "./runner.ts";

export function summaryOf(execution: PipelineExecution): object {
  const {
    pipelineExecutionId,
    status,
    statusSummary,
    startTime,
    lastUpdateTime,
    trigger,
    pipeline,
    revisions,
    stopReason,
  } = execution;
  return {
    pipelineExecutionId,
    status,
    ...(statusSummary ? { statusSummary } : {}),
    startTime,
    lastUpdateTime,
    sourceRevisions: revisions.map(({ actionName, revisionId }) => ({
      actionName,
      revisionId,
      revisionSummary: `Amazon S3 version id: ${revisionId}`,
    })),
    trigger,
    ...(stopReason ? { stopTrigger: { reason: stopReason } } : {}),
    executionMode: pipeline.executionMode,
    executionType: "STANDARD",
  };
}

const artifacts = (list: ActionExecution["inputs"]): object[] =>
  list.map(({ name, artifact }) => ({ name, s3location: { bucket: artifact.bucket, key: artifact.key } }));

export function actionDetail(execution: PipelineExecution, action: ActionExecution, region: string): object {
  const { declaration } = action;
  const result = {
    ...(action.externalExecutionId !== undefined ? { externalExecutionId: action.externalExecutionId } : {}),
    ...(action.summary !== undefined ? { externalExecutionSummary: action.summary } : {}),
    ...(action.externalExecutionUrl !== undefined
      ? { externalExecutionUrl: action.externalExecutionUrl }
      : {}),
    ...(action.errorDetails ? { errorDetails: action.errorDetails } : {}),
  };
  return {
    pipelineExecutionId: execution.pipelineExecutionId,
    actionExecutionId: action.actionExecutionId,
    pipelineVersion: execution.pipeline.version,
    stageName: action.stageName,
    actionName: declaration.name,
    startTime: action.startTime,
    lastUpdateTime: action.lastUpdateTime,
    ...(action.updatedBy ? { updatedBy: action.updatedBy } : {}),
    status: action.status,
    input: {
      actionTypeId: declaration.actionTypeId,
      configuration: declaration.configuration ?? {},
      resolvedConfiguration: action.resolvedConfiguration,
      ...(declaration.roleArn ? { roleArn: declaration.roleArn } : {}),
      region,
      inputArtifacts: artifacts(action.inputs),
      ...(declaration.namespace ? { namespace: declaration.namespace } : {}),
    },
    output: {
      outputArtifacts: artifacts(action.outputs),
      executionResult: result,
      outputVariables: action.outputVariables ?? {},
    },
  };
}

function actionState(name: string, action: ActionExecution | undefined): object {
  if (!action) return { actionName: name };
  const revision =
    action.declaration.actionTypeId.category === "Source" ? action.outputVariables?.VersionId : undefined;
  return {
    actionName: name,
    ...(revision
      ? {
          currentRevision: {
            revisionId: revision,
            revisionChangeId: revision,
            created: action.lastUpdateTime,
          },
        }
      : {}),
    latestExecution: {
      actionExecutionId: action.actionExecutionId,
      status: action.status,
      ...(action.summary !== undefined ? { summary: action.summary } : {}),
      lastStatusChange: action.lastUpdateTime,
      ...(action.token !== undefined ? { token: action.token } : {}),
      ...(action.updatedBy !== undefined ? { lastUpdatedBy: action.updatedBy } : {}),
      ...(action.externalExecutionId !== undefined
        ? { externalExecutionId: action.externalExecutionId }
        : {}),
      ...(action.percentComplete !== undefined ? { percentComplete: action.percentComplete } : {}),
      ...(action.errorDetails ? { errorDetails: action.errorDetails } : {}),
    },
  };
}

export function pipelineState(
  stored: StoredPipeline,
  runner: PipelineRunner,
  executions: readonly PipelineExecution[],
): object {
  const { declaration, created, updated } = stored;
  const stageStates = declaration.stages.map((stage) => {
    const gate = runner.gate(stage.name);
    const latest =
      gate.latest ?? [...executions].reverse().find((execution) => execution.stages.has(stage.name));
    const run = latest?.stages.get(stage.name);
    const inbound = gate.waiting.map(({ pipelineExecutionId }) => ({
      pipelineExecutionId,
      status: "InProgress",
      type: "STANDARD",
    }));
    return {
      stageName: stage.name,
      ...(inbound[0] ? { inboundExecution: inbound[0] } : {}),
      inboundExecutions: inbound,
      inboundTransitionState: { enabled: true },
      actionStates: stage.actions.map(({ name }) => actionState(name, run?.actions.get(name))),
      ...(latest && run
        ? {
            latestExecution: {
              pipelineExecutionId: latest.pipelineExecutionId,
              status: latest.status === "Stopping" && run.status === "InProgress" ? "Stopping" : run.status,
              type: "STANDARD",
            },
          }
        : {}),
    };
  });
  return {
    pipelineName: declaration.name,
    pipelineVersion: declaration.version,
    stageStates,
    created,
    updated,
  };
}
