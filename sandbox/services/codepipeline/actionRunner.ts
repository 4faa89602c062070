/** One action from its declaration to its result: variables, artifacts, role, time limit, events. */
import type { Kernel } from "../../kernel/types.ts";
import type { Approvals } from "./actions/approval.ts";
import { runCodeBuild } from "./actions/codeBuild.ts";
import type { ActionContext, ActionResult } from "./actions/context.ts";
import { runLambda } from "./actions/lambda.ts";
import { runSource } from "./actions/source.ts";
import { runStepFunctions } from "./actions/stepFunctions.ts";
import { type ActionDeclaration, providers } from "./declaration.ts";
import type { PipelineEvents } from "./events.ts";
import {
  ActionError,
  type ActionExecution,
  type ActionStatus,
  type Artifact,
  type PipelineExecution,
  type StageRun,
} from "./execution.ts";
import type { JobStore } from "./jobs.ts";
import type { OpenStore } from "./storage.ts";
import { resolve, UnresolvedVariable } from "./variables.ts";

/** CodePipeline shortens names in artifact keys. */
const pipelineNameLimit = 20;
const artifactNameLimit = 10;

export interface ActionRunnerParts {
  readonly kernel: Kernel;
  readonly events: PipelineEvents;
  readonly jobs: JobStore;
  readonly approvals: Approvals;
  readonly openStore: OpenStore;
}

export class ActionRunner {
  private readonly parts: ActionRunnerParts;

  constructor(parts: ActionRunnerParts) {
    this.parts = parts;
  }

  /** Resolves when the action has ended, however it did. */
  async run(
    execution: PipelineExecution,
    stage: StageRun,
    stageName: string,
    declaration: ActionDeclaration,
  ): Promise<ActionExecution> {
    const { kernel, events } = this.parts;
    const now = new Date(kernel.clock.now());
    const action: ActionExecution = {
      actionExecutionId: kernel.uuid(),
      pipelineExecutionId: execution.pipelineExecutionId,
      stageName,
      declaration,
      startTime: now,
      abandoned: new AbortController(),
      status: "InProgress",
      lastUpdateTime: now,
      resolvedConfiguration: {},
      inputs: [],
      outputs: [],
    };
    stage.actions.set(declaration.name, action);
    execution.history.push(action);
    events.action(execution, action, "STARTED");
    try {
      const result = await this.limited(execution, action);
      if (result === "abandoned") this.end(execution, action, "Abandoned");
      else this.succeed(execution, action, result);
    } catch (problem) {
      this.fail(execution, action, problem);
    }
    return action;
  }

  /** The action with its time limit; "abandoned" as soon as a stop abandons it. */
  private async limited(
    execution: PipelineExecution,
    action: ActionExecution,
  ): Promise<ActionResult | "abandoned"> {
    const { clock } = this.parts.kernel;
    const { declaration } = action;
    const minutes =
      declaration.timeoutInMinutes ?? providers[declaration.actionTypeId.provider]?.timeoutMinutes ?? 60;
    let timer: ReturnType<typeof clock.setTimer> | undefined;
    const timedOut = new Promise<never>((_, reject) => {
      timer = clock.setTimer(clock.now() + minutes * 60_000, () => {
        reject(
          new ActionError(
            "JobFailed",
            `The action did not end within ${minutes} minutes.`,
            action.externalExecutionId,
          ),
        );
        action.abandoned.abort();
      });
    });
    const abandoned = new Promise<"abandoned">((done) => {
      action.abandoned.signal.addEventListener("abort", () => done("abandoned"));
    });
    try {
      return await Promise.race([this.perform(execution, action, minutes * 60_000), timedOut, abandoned]);
    } finally {
      clock.clearTimer(timer);
    }
  }

  private async perform(
    execution: PipelineExecution,
    action: ActionExecution,
    timeoutMs: number,
  ): Promise<ActionResult> {
    const { declaration } = action;
    action.inputs = (declaration.inputArtifacts ?? []).map(({ name }) => {
      const artifact = execution.artifacts.get(name);
      if (!artifact)
        throw new ActionError(
          "ConfigurationError",
          `no artifact ${JSON.stringify(name)} exists in this execution`,
        );
      return { name, artifact };
    });
    const configuration = resolve(declaration.configuration ?? {}, execution.namespaces);
    action.resolvedConfiguration = configuration;
    const roleArn = declaration.roleArn ?? execution.pipeline.roleArn;
    // A role of the action's own is assumed by the pipeline's, not by the service.
    const through = declaration.roleArn === undefined ? undefined : execution.pipeline.roleArn;
    const context: ActionContext = {
      kernel: this.parts.kernel,
      store: this.parts.openStore(roleArn, through),
      jobs: this.parts.jobs,
      execution,
      action,
      roleArn,
      ...(through === undefined ? {} : { through }),
      configuration,
      place: (name) => this.place(execution, name),
    };
    switch (declaration.actionTypeId.provider) {
      case "S3":
        return runSource(context);
      case "CodeBuild":
        return runCodeBuild(context);
      case "Lambda":
        return runLambda(context);
      case "StepFunctions":
        return runStepFunctions(context);
      default:
        return this.parts.approvals.run(context, timeoutMs);
    }
  }

  private place(execution: PipelineExecution, name: string): Artifact {
    const { pipeline } = execution;
    const random = this.parts.kernel.uuid().replaceAll("-", "").slice(-7);
    const key = `${pipeline.name.slice(0, pipelineNameLimit)}/${name.slice(0, artifactNameLimit)}/${random}`;
    return { bucket: pipeline.artifactStore.location, key, revision: undefined };
  }

  private succeed(execution: PipelineExecution, action: ActionExecution, result: ActionResult): void {
    const { outputs = [], outputVariables = {}, summary, externalExecutionId, updatedBy } = result;
    action.outputs = outputs;
    action.outputVariables = outputVariables;
    if (summary !== undefined) action.summary = summary;
    if (externalExecutionId !== undefined) action.externalExecutionId = externalExecutionId;
    if (updatedBy !== undefined) action.updatedBy = updatedBy;
    for (const { name, artifact } of outputs) execution.artifacts.set(name, artifact);
    if (action.declaration.namespace) execution.namespaces.set(action.declaration.namespace, outputVariables);
    this.end(execution, action, "Succeeded");
  }

  private fail(execution: PipelineExecution, action: ActionExecution, problem: unknown): void {
    if (problem instanceof ActionError) {
      action.errorDetails = { code: problem.code, message: problem.message.slice(0, 5000) };
      if (problem.externalExecutionId !== undefined) action.externalExecutionId = problem.externalExecutionId;
    } else if (problem instanceof UnresolvedVariable) {
      action.errorDetails = { code: "InvalidActionConfiguration", message: problem.message };
    } else {
      const text = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
      process.stderr.write(`sandbox bug in action ${action.stageName}/${action.declaration.name}: ${text}\n`);
      action.errorDetails = { code: "InternalError", message: `sandbox bug: ${text}` };
    }
    this.end(execution, action, "Failed");
  }

  private end(
    execution: PipelineExecution,
    action: ActionExecution,
    status: Exclude<ActionStatus, "InProgress">,
  ): void {
    action.status = status;
    action.lastUpdateTime = new Date(this.parts.kernel.clock.now());
    delete action.token;
    this.parts.events.action(execution, action, status.toUpperCase());
  }
}
