/** Runs executions through the stages of one pipeline: one execution in a stage at a time, the others wait or are superseded. */
import type { Kernel } from "../../kernel/types.ts";
import type { StageDeclaration } from "./declaration.ts";
import type { PipelineEvents } from "./events.ts";
import type { ActionExecution, ExecutionStatus, PipelineExecution, StageRun } from "./execution.ts";

export type RetryMode = "FAILED_ACTIONS" | "ALL_ACTIONS";

export interface StageGate {
  occupant: PipelineExecution | undefined;
  readonly waiting: PipelineExecution[];
  /** The execution that entered last. */
  latest: PipelineExecution | undefined;
}

export type RunAction = (
  execution: PipelineExecution,
  stage: StageRun,
  stageName: string,
  index: number,
) => Promise<ActionExecution>;

export class PipelineRunner {
  readonly gates = new Map<string, StageGate>();
  private readonly kernel: Kernel;
  private readonly events: PipelineEvents;
  private readonly runAction: RunAction;

  constructor(kernel: Kernel, events: PipelineEvents, runAction: RunAction) {
    this.kernel = kernel;
    this.events = events;
    this.runAction = runAction;
  }

  gate(stageName: string): StageGate {
    const gate = this.gates.get(stageName) ?? { occupant: undefined, waiting: [], latest: undefined };
    this.gates.set(stageName, gate);
    return gate;
  }

  start(execution: PipelineExecution): void {
    this.events.pipeline(execution, "STARTED");
    this.enter(execution, 0);
  }

  /** Runs a failed stage again. */
  retry(execution: PipelineExecution, stageIndex: number, mode: RetryMode): void {
    this.set(execution, "InProgress");
    this.events.pipeline(execution, "RESUMED");
    this.enter(execution, stageIndex, mode);
  }

  /** Ends the execution: now when it only waits, or when its running actions are done (at once when they are abandoned). */
  stop(execution: PipelineExecution, abandon: boolean): void {
    this.set(execution, "Stopping");
    this.events.pipeline(execution, "STOPPING");
    for (const gate of this.gates.values()) {
      const at = gate.waiting.indexOf(execution);
      if (at < 0) continue;
      gate.waiting.splice(at, 1);
      this.finish(execution, "Stopped");
      return;
    }
    if (!abandon) return;
    for (const action of execution.history) {
      if (action.status === "InProgress") action.abandoned.abort();
    }
  }

  private enter(execution: PipelineExecution, index: number, mode?: RetryMode): void {
    const stage = execution.pipeline.stages[index];
    if (!stage) {
      this.finish(execution, "Succeeded");
      return;
    }
    const gate = this.gate(stage.name);
    if (execution.pipeline.executionMode === "SUPERSEDED") {
      for (const older of gate.waiting.splice(0)) {
        older.statusSummary = `Superseded by ${execution.pipelineExecutionId}`;
        this.finish(older, "Superseded");
      }
    }
    gate.waiting.push(execution);
    this.admit(gate, index, mode);
  }

  private admit(gate: StageGate, index: number, mode?: RetryMode): void {
    if (gate.occupant) return;
    const execution = gate.waiting.shift();
    if (!execution) return;
    gate.occupant = execution;
    gate.latest = execution;
    const stage = execution.pipeline.stages[index];
    if (!stage) return;
    void this.runStage(execution, stage, mode).then((outcome) => {
      gate.occupant = undefined;
      if (outcome === "Succeeded") this.enter(execution, index + 1);
      else this.finish(execution, outcome);
      this.admit(gate, index);
    });
  }

  private async runStage(
    execution: PipelineExecution,
    stage: StageDeclaration,
    mode: RetryMode | undefined,
  ): Promise<"Succeeded" | "Failed" | "Stopped"> {
    const run: StageRun = (mode ? execution.stages.get(stage.name) : undefined) ?? {
      status: "InProgress",
      actions: new Map(),
    };
    run.status = "InProgress";
    execution.stages.set(stage.name, run);
    this.events.stage(execution, stage.name, mode ? "RESUMED" : "STARTED");
    const orders = [...new Set(stage.actions.map((action) => action.runOrder ?? 1))].sort((a, b) => a - b);
    for (const order of orders) {
      const due = stage.actions
        .map((action, index) => ({ action, index }))
        .filter(({ action }) => (action.runOrder ?? 1) === order)
        .filter(
          ({ action }) => mode !== "FAILED_ACTIONS" || run.actions.get(action.name)?.status !== "Succeeded",
        );
      const done = await Promise.all(
        due.map(({ index }) => this.runAction(execution, run, stage.name, index)),
      );
      const stopping = (execution.status as ExecutionStatus) === "Stopping";
      const failed = done.some(({ status }) => status === "Failed");
      if (!stopping && !failed) continue;
      run.status = stopping ? "Stopped" : "Failed";
      this.events.stage(execution, stage.name, stopping ? "STOPPED" : "FAILED");
      return run.status;
    }
    run.status = "Succeeded";
    this.events.stage(execution, stage.name, "SUCCEEDED");
    return "Succeeded";
  }

  private finish(
    execution: PipelineExecution,
    status: "Succeeded" | "Failed" | "Stopped" | "Superseded",
  ): void {
    this.set(execution, status);
    this.events.pipeline(execution, status.toUpperCase());
  }

  private set(execution: PipelineExecution, status: ExecutionStatus): void {
    execution.status = status;
    execution.lastUpdateTime = new Date(this.kernel.clock.now());
  }
}
