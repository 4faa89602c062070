/** Pipeline executions: start, stop, retry, and how they look. */
import { type Kernel, type Operation, type RequestContext, ServiceError } from "../../kernel/types.ts";
import { ActionRunner } from "./actionRunner.ts";
import { Approvals } from "./actions/approval.ts";
import { PipelineEvents } from "./events.ts";
import type { PipelineExecution, SourceRevision } from "./execution.ts";
import type { JobStore } from "./jobs.ts";
import { type PipelineListener, type PipelineStore, page, type StoredPipeline } from "./pipelines.ts";
import { PipelineRunner } from "./runner.ts";
import type { OpenStore } from "./storage.ts";
import { actionDetail, pipelineState, summaryOf } from "./views.ts";

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
type Input = any;

interface PipelineRuns {
  readonly runner: PipelineRunner;
  readonly executions: PipelineExecution[];
  readonly byToken: Map<string, string>;
}

interface StartOptions {
  readonly triggerType: string;
  readonly triggerDetail: string;
  readonly variables?: readonly { readonly name: string; readonly value: string }[];
  readonly overrides?: readonly SourceRevision[];
}

export class ExecutionStore implements PipelineListener {
  private readonly runs = new Map<string, PipelineRuns>();
  private readonly approvals = new Approvals();
  private readonly kernel: Kernel;
  private readonly events: PipelineEvents;
  private readonly actions: ActionRunner;

  constructor(kernel: Kernel, jobs: JobStore, openStore: OpenStore) {
    this.kernel = kernel;
    this.events = new PipelineEvents(kernel);
    this.actions = new ActionRunner({
      kernel,
      events: this.events,
      jobs,
      approvals: this.approvals,
      openStore,
    });
  }

  /** A new pipeline runs once. */
  created(pipeline: StoredPipeline, context: RequestContext): void {
    const runner = new PipelineRunner(this.kernel, this.events, (execution, stage, stageName, index) => {
      const declaration = execution.pipeline.stages.find(({ name }) => name === stageName)?.actions[index];
      if (!declaration) throw new Error(`no action ${index} in stage ${stageName}`);
      return this.actions.run(execution, stage, stageName, declaration);
    });
    this.runs.set(pipeline.declaration.name, { runner, executions: [], byToken: new Map() });
    this.start(pipeline, { triggerType: "CreatePipeline", triggerDetail: context.caller.principalArn });
  }

  deleted(name: string): void {
    const runs = this.runs.get(name);
    for (const execution of runs?.executions ?? []) {
      if (execution.status === "InProgress") runs?.runner.stop(execution, true);
    }
    this.runs.delete(name);
  }

  operations(pipelines: PipelineStore): Record<string, Operation> {
    return {
      StartPipelineExecution: (input, context) =>
        this.startRequest(pipelines.get(input.name), input, context),
      StopPipelineExecution: (input) => this.stopRequest(pipelines.get(input.pipelineName), input),
      RetryStageExecution: (input) => this.retryRequest(pipelines.get(input.pipelineName), input),
      PutApprovalResult: (input, context) => this.approve(pipelines.get(input.pipelineName), input, context),
      GetPipelineState: (input) => {
        const stored = pipelines.get(input.name);
        return pipelineState(stored, this.of(input.name).runner, this.of(input.name).executions);
      },
      GetPipelineExecution: (input) => {
        pipelines.get(input.pipelineName);
        return { pipelineExecution: this.detail(this.find(input.pipelineName, input.pipelineExecutionId)) };
      },
      ListPipelineExecutions: (input) => {
        pipelines.get(input.pipelineName);
        const stageName: string | undefined = input.filter?.succeededInStage?.stageName;
        const found = this.of(input.pipelineName)
          .executions.filter(
            (e) => stageName === undefined || e.stages.get(stageName)?.status === "Succeeded",
          )
          .reverse();
        const { items, nextToken } = page(found, input);
        return { pipelineExecutionSummaries: items.map(summaryOf), nextToken };
      },
      ListActionExecutions: (input) => {
        pipelines.get(input.pipelineName);
        const id: string | undefined =
          input.filter?.pipelineExecutionId ?? input.filter?.latestInPipelineExecution?.pipelineExecutionId;
        const executions =
          id === undefined ? this.of(input.pipelineName).executions : [this.find(input.pipelineName, id)];
        const found = executions
          .flatMap((e) => e.history.map((action) => ({ execution: e, action })))
          .reverse();
        const { items, nextToken } = page(found, input);
        return {
          actionExecutionDetails: items.map(({ execution, action }) =>
            actionDetail(execution, action, this.kernel.region),
          ),
          nextToken,
        };
      },
    };
  }

  private of(name: string): PipelineRuns {
    const runs = this.runs.get(name);
    if (!runs)
      throw new ServiceError(
        "PipelineNotFoundException",
        `Account '${this.kernel.accountId}' does not have a pipeline with name '${name}'`,
      );
    return runs;
  }

  private find(pipelineName: string, id: string): PipelineExecution {
    const found = this.of(pipelineName).executions.find((execution) => execution.pipelineExecutionId === id);
    if (!found)
      throw new ServiceError(
        "PipelineExecutionNotFoundException",
        `The pipeline execution ${id} was not found in pipeline ${pipelineName}.`,
      );
    return found;
  }

  private startRequest(pipeline: StoredPipeline, input: Input, context: RequestContext): object {
    const { byToken } = this.of(input.name);
    const token: string | undefined = input.clientRequestToken;
    const repeated = token === undefined ? undefined : byToken.get(token);
    if (repeated !== undefined) return { pipelineExecutionId: repeated };
    const isRule =
      context.caller.via === "events.amazonaws.com" || context.caller.via === "scheduler.amazonaws.com";
    const execution = this.start(pipeline, {
      triggerType: isRule ? "CloudWatchEvent" : "StartPipelineExecution",
      triggerDetail: context.caller.principalArn,
      variables: input.variables ?? [],
      overrides: input.sourceRevisions ?? [],
    });
    if (token !== undefined) byToken.set(token, execution.pipelineExecutionId);
    return { pipelineExecutionId: execution.pipelineExecutionId };
  }

  private start({ declaration }: StoredPipeline, options: StartOptions): PipelineExecution {
    const variables = resolveVariables(declaration.variables ?? [], options.variables ?? []);
    const id = this.kernel.uuid();
    const now = new Date(this.kernel.clock.now());
    const execution: PipelineExecution = {
      pipelineExecutionId: id,
      pipeline: declaration,
      trigger: { triggerType: options.triggerType, triggerDetail: options.triggerDetail },
      startTime: now,
      lastUpdateTime: now,
      variables,
      overrides: options.overrides ?? [],
      artifacts: new Map(),
      namespaces: new Map<string, Readonly<Record<string, string>>>([
        ["codepipeline", { PipelineExecutionId: id }],
        ["variables", variables],
      ]),
      stages: new Map(),
      history: [],
      revisions: [],
      status: "InProgress",
    };
    checkOverrides(execution);
    const { executions, runner } = this.of(declaration.name);
    executions.push(execution);
    runner.start(execution);
    return execution;
  }

  private stopRequest(stored: StoredPipeline, input: Input): object {
    const { name } = stored.declaration;
    const execution = this.find(name, input.pipelineExecutionId);
    if (execution.status === "Stopping" && !input.abandon) {
      throw new ServiceError(
        "DuplicatedStopRequestException",
        `The pipeline execution ${input.pipelineExecutionId} is already stopping.`,
      );
    }
    if (execution.status !== "InProgress" && execution.status !== "Stopping") {
      throw new ServiceError(
        "PipelineExecutionNotStoppableException",
        `The pipeline execution ${input.pipelineExecutionId} has status ${execution.status}.`,
      );
    }
    if (input.reason !== undefined) execution.stopReason = input.reason;
    this.of(name).runner.stop(execution, input.abandon ?? false);
    return { pipelineExecutionId: execution.pipelineExecutionId };
  }

  private retryRequest(stored: StoredPipeline, input: Input): object {
    const execution = this.find(input.pipelineName, input.pipelineExecutionId);
    const index = execution.pipeline.stages.findIndex(({ name }) => name === input.stageName);
    if (index < 0)
      throw new ServiceError("StageNotFoundException", `The pipeline has no stage ${input.stageName}.`);
    const { runner } = this.of(input.pipelineName);
    const run = execution.stages.get(input.stageName);
    const retryable = execution.status === "Failed" || execution.status === "Stopped";
    if (!retryable || !run || (run.status !== "Failed" && run.status !== "Stopped")) {
      throw new ServiceError(
        "StageNotRetryableException",
        `The stage ${input.stageName} of execution ${input.pipelineExecutionId} cannot be retried: it has not failed.`,
      );
    }
    if (execution.pipeline.version !== stored.declaration.version) {
      throw new ServiceError(
        "StageNotRetryableException",
        "The pipeline structure changed since this execution started.",
      );
    }
    if (runner.gate(input.stageName).latest !== execution) {
      throw new ServiceError(
        "NotLatestPipelineExecutionException",
        `A newer execution entered the stage ${input.stageName}.`,
      );
    }
    runner.retry(execution, index, input.retryMode);
    return { pipelineExecutionId: execution.pipelineExecutionId };
  }

  private approve(stored: StoredPipeline, input: Input, context: RequestContext): object {
    const stage = stored.declaration.stages.find(({ name }) => name === input.stageName);
    if (!stage)
      throw new ServiceError("StageNotFoundException", `The pipeline has no stage ${input.stageName}.`);
    if (!stage.actions.some(({ name }) => name === input.actionName)) {
      throw new ServiceError(
        "ActionNotFoundException",
        `The stage ${input.stageName} has no action ${input.actionName}.`,
      );
    }
    const latest = this.of(input.pipelineName).runner.gate(input.stageName).latest;
    const action = latest?.stages.get(input.stageName)?.actions.get(input.actionName);
    const { status, summary } = input.result;
    this.approvals.decide(action, input.token, { status, summary, by: context.caller.principalArn });
    return { approvedAt: new Date(this.kernel.clock.now()) };
  }

  private detail(execution: PipelineExecution): object {
    const { pipeline, trigger, variables, revisions } = execution;
    return {
      pipelineName: pipeline.name,
      pipelineVersion: pipeline.version,
      pipelineExecutionId: execution.pipelineExecutionId,
      status: execution.status,
      ...(execution.statusSummary ? { statusSummary: execution.statusSummary } : {}),
      artifactRevisions: revisions.map(({ name, revisionId }) => ({
        name,
        revisionId,
        revisionSummary: `Amazon S3 version id: ${revisionId}`,
      })),
      variables: Object.entries(variables).map(([name, resolvedValue]) => ({ name, resolvedValue })),
      trigger,
      executionMode: pipeline.executionMode,
      executionType: "STANDARD",
    };
  }
}

function resolveVariables(
  declared: readonly { readonly name: string; readonly defaultValue?: string }[],
  given: readonly { readonly name: string; readonly value: string }[],
): Record<string, string> {
  const unknown = given
    .filter(({ name }) => !declared.some((variable) => variable.name === name))
    .map(({ name }) => name);
  if (unknown.length > 0)
    throw new ServiceError(
      "ValidationException",
      `The pipeline declares no variables ${JSON.stringify(unknown)}.`,
    );
  const values = declared.map(
    ({ name, defaultValue }) => [name, given.find((v) => v.name === name)?.value ?? defaultValue] as const,
  );
  const missing = values.filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length > 0)
    throw new ServiceError(
      "ValidationException",
      `These pipeline variables have no default and need values: ${JSON.stringify(missing)}.`,
    );
  return Object.fromEntries(values) as Record<string, string>;
}

function checkOverrides({ overrides, pipeline }: PipelineExecution): void {
  for (const { actionName, revisionType } of overrides) {
    const action = pipeline.stages[0]?.actions.find(({ name }) => name === actionName);
    if (!action)
      throw new ServiceError(
        "ValidationException",
        `sourceRevisions: the pipeline has no source action ${JSON.stringify(actionName)}.`,
      );
    if (revisionType !== "S3_OBJECT_VERSION_ID" && revisionType !== "S3_OBJECT_KEY") {
      throw new ServiceError(
        "ValidationException",
        `sourceRevisions: S3 sources take S3_OBJECT_VERSION_ID or S3_OBJECT_KEY, got ${revisionType}.`,
      );
    }
    if (revisionType === "S3_OBJECT_KEY" && action.configuration?.AllowOverrideForS3ObjectKey !== "true") {
      throw new ServiceError(
        "ValidationException",
        `sourceRevisions: action ${JSON.stringify(actionName)} does not allow another object key (AllowOverrideForS3ObjectKey).`,
      );
    }
  }
}
