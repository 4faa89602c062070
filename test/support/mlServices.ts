/** The ML services for a test's sandbox, as far as the sandbox does not bring them itself. */
import type { SandboxKernel } from "../../sandbox/kernel/kernel.ts";
import type { Kernel, SandboxService } from "../../sandbox/kernel/types.ts";
import { createCodebuildServices } from "../../sandbox/services/codebuild/index.ts";
import { createCodepipelineServices } from "../../sandbox/services/codepipeline/index.ts";
import { createSagemakerServices } from "../../sandbox/services/sagemaker/index.ts";
import { createStatesServices } from "../../sandbox/services/states/index.ts";

export function missingMlServices(kernel: Kernel): SandboxService[] {
  const present = new Set((kernel as SandboxKernel).dispatcher.services.map(({ modelName }) => modelName));
  return [createSagemakerServices, createStatesServices, createCodepipelineServices, createCodebuildServices]
    .flatMap((create) => create(kernel))
    .filter(({ modelName }) => !present.has(modelName));
}
