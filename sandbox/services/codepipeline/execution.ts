/** State of pipeline executions. */
import type { ActionDeclaration, PipelineDeclaration } from "./declaration.ts";

export type ExecutionStatus =
  | "InProgress"
  | "Stopping"
  | "Stopped"
  | "Succeeded"
  | "Superseded"
  | "Failed"
  | "Cancelled";
export type ActionStatus = "InProgress" | "Abandoned" | "Succeeded" | "Failed";

export interface Artifact {
  readonly bucket: string;
  readonly key: string;
  readonly revision: string | undefined;
}

export interface ErrorDetails {
  readonly code: string;
  readonly message: string;
}

export interface ActionExecution {
  readonly actionExecutionId: string;
  readonly pipelineExecutionId: string;
  readonly stageName: string;
  readonly declaration: ActionDeclaration;
  readonly startTime: Date;
  readonly abandoned: AbortController;
  status: ActionStatus;
  lastUpdateTime: Date;
  resolvedConfiguration: Readonly<Record<string, string>>;
  inputs: readonly { readonly name: string; readonly artifact: Artifact }[];
  outputs: readonly { readonly name: string; readonly artifact: Artifact }[];
  outputVariables?: Readonly<Record<string, string>>;
  summary?: string;
  externalExecutionId?: string;
  externalExecutionUrl?: string;
  percentComplete?: number;
  errorDetails?: ErrorDetails;
  /** Of a manual approval that waits. */
  token?: string;
  updatedBy?: string;
}

export interface SourceRevision {
  readonly actionName: string;
  readonly revisionType: string;
  readonly revisionValue: string;
}

export interface StageRun {
  status: "InProgress" | "Succeeded" | "Failed" | "Stopped" | "Stopping" | "Cancelled";
  /** Latest execution of each action by name. */
  readonly actions: Map<string, ActionExecution>;
}

export interface PipelineExecution {
  readonly pipelineExecutionId: string;
  /** The pipeline as it was at the start. */
  readonly pipeline: PipelineDeclaration;
  readonly trigger: { readonly triggerType: string; readonly triggerDetail: string };
  readonly startTime: Date;
  readonly variables: Readonly<Record<string, string>>;
  readonly overrides: readonly SourceRevision[];
  readonly artifacts: Map<string, Artifact>;
  readonly namespaces: Map<string, Readonly<Record<string, string>>>;
  readonly stages: Map<string, StageRun>;
  readonly history: ActionExecution[];
  readonly revisions: { readonly actionName: string; readonly name: string; readonly revisionId: string }[];
  status: ExecutionStatus;
  statusSummary?: string;
  lastUpdateTime: Date;
  stopReason?: string;
}

/** A failure of an action that is not a bug of the sandbox. */
export class ActionError extends Error {
  readonly code: string;
  readonly externalExecutionId: string | undefined;
  constructor(code: string, message: string, externalExecutionId?: string) {
    super(message);
    this.name = "ActionError";
    this.code = code;
    this.externalExecutionId = externalExecutionId;
  }
}
