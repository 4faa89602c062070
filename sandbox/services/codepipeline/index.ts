/** CodePipeline, type V2. What it does not run it refuses when the pipeline is created. */
import type { Kernel, SandboxService } from "../../kernel/types.ts";
import { ExecutionStore } from "./executions.ts";
import { JobStore } from "./jobs.ts";
import { PipelineStore } from "./pipelines.ts";
import { type OpenStore, wireStores } from "./storage.ts";

export interface CodePipelineOptions {
  /** How artifacts are read and written; by default over the gateway under the action's role. */
  readonly openStore?: OpenStore;
}

export function createCodepipelineServices(
  kernel: Kernel,
  options: CodePipelineOptions = {},
): SandboxService[] {
  const jobs = new JobStore();
  const executions = new ExecutionStore(kernel, jobs, options.openStore ?? wireStores(kernel));
  const pipelines = new PipelineStore(kernel, executions);
  return [
    {
      signingName: "codepipeline",
      modelName: "codepipeline",
      operations: { ...pipelines.operations(), ...executions.operations(pipelines), ...jobs.operations() },
      resources: (action, input) => {
        if (typeof input.resourceArn === "string") return [input.resourceArn];
        const declared = (input.pipeline as { name?: string } | undefined)?.name;
        const name = input.pipelineName ?? (action === "ListPipelines" ? undefined : input.name) ?? declared;
        if (typeof name !== "string") return ["*"];
        const parts = [name];
        if (action === "PutApprovalResult" || action === "RetryStageExecution")
          parts.push(String(input.stageName));
        if (action === "PutApprovalResult") parts.push(String(input.actionName));
        return [pipelines.arn(parts.join("/"))];
      },
    },
  ];
}
