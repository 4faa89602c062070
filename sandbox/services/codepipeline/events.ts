/** `aws.codepipeline` events. */
import type { Kernel } from "../../kernel/types.ts";
import type { ActionExecution, PipelineExecution } from "./execution.ts";

export class PipelineEvents {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  pipeline(execution: PipelineExecution, state: string): void {
    this.emit("Pipeline", execution, state, {
      "execution-trigger": {
        "trigger-type": execution.trigger.triggerType,
        "trigger-detail": execution.trigger.triggerDetail,
      },
    });
  }

  stage(execution: PipelineExecution, stage: string, state: string): void {
    this.emit("Stage", execution, state, { stage });
  }

  action(execution: PipelineExecution, action: ActionExecution, state: string): void {
    const ended = action.status !== "InProgress";
    const { category, owner, provider, version } = action.declaration.actionTypeId;
    this.emit("Action", execution, state, {
      stage: action.stageName,
      action: action.declaration.name,
      "action-execution-id": action.actionExecutionId,
      region: this.kernel.region,
      type: { owner, provider, category, version },
      ...(ended
        ? {
            "execution-result": {
              "external-execution-id": action.externalExecutionId ?? "",
              "external-execution-url": action.externalExecutionUrl ?? "",
              "external-execution-summary": action.summary ?? action.errorDetails?.message ?? "",
              ...(action.errorDetails ? { "error-code": action.errorDetails.code } : {}),
            },
          }
        : {}),
    });
  }

  private emit(
    kind: string,
    execution: PipelineExecution,
    state: string,
    more: Record<string, unknown>,
  ): void {
    const { name, version } = execution.pipeline;
    this.kernel.emitEvent({
      source: "aws.codepipeline",
      "detail-type": `CodePipeline ${kind} Execution State Change`,
      detail: {
        pipeline: name,
        "execution-id": execution.pipelineExecutionId,
        "start-time": execution.startTime.toISOString(),
        state,
        version,
        ...more,
      },
      resources: [`arn:aws:codepipeline:${this.kernel.region}:${this.kernel.accountId}:${name}`],
    });
  }
}
