/** What an action's runner is given and gives back. */
import { type Kernel, ServiceError } from "../../../kernel/types.ts";
import { ActionError, type ActionExecution, type Artifact, type PipelineExecution } from "../execution.ts";
import type { JobStore } from "../jobs.ts";
import type { ObjectStore } from "../storage.ts";

export const principal = "codepipeline.amazonaws.com";
/** Actions look at what they started this often. */
export const pollMs = 15_000;

export interface ActionContext {
  readonly kernel: Kernel;
  readonly store: ObjectStore;
  readonly jobs: JobStore;
  readonly execution: PipelineExecution;
  readonly action: ActionExecution;
  /** The action's role, or the pipeline's. */
  readonly roleArn: string;
  /** The pipeline's role, where it assumes one of the action's own. */
  readonly through?: string;
  readonly configuration: Readonly<Record<string, string>>;
  /** Where an output artifact goes. */
  readonly place: (artifactName: string) => Artifact;
}

export interface ActionResult {
  readonly outputs?: readonly { readonly name: string; readonly artifact: Artifact }[];
  readonly outputVariables?: Readonly<Record<string, string>>;
  readonly summary?: string;
  readonly externalExecutionId?: string;
  readonly updatedBy?: string;
}

/** Calls a service under the action's role; refusals become action errors with CodePipeline's codes. */
export async function callAs(
  context: ActionContext,
  service: string,
  action: string,
  input: object,
): Promise<Record<string, unknown>> {
  try {
    const { roleArn, through } = context;
    const as = { roleArn, service: principal, ...(through === undefined ? {} : { through }) };
    return (await context.kernel.call(service, action, input, as)) as Record<string, unknown>;
  } catch (problem) {
    throw asActionError(problem, `${service}:${action}`);
  }
}

/** An AWS error as the action's error details; anything else is a bug and passes. */
export function asActionError(problem: unknown, what: string): unknown {
  if (!(problem instanceof ServiceError)) return problem;
  const denied = problem.status === 403 || /AccessDenied|NotAuthorized/.test(problem.code);
  if (denied)
    return new ActionError(
      "PermissionError",
      `The provided role does not have sufficient permissions (${what}): ${problem.message}`,
    );
  return new ActionError("ConfigurationError", `${what}: ${problem.code}: ${problem.message}`);
}

/** Reads an artifact under the action's role. */
export async function readArtifact(context: ActionContext, artifact: Artifact): Promise<Uint8Array> {
  try {
    return await context.store.get(artifact.bucket, artifact.key);
  } catch (problem) {
    throw asActionError(problem, `reading artifact s3://${artifact.bucket}/${artifact.key}`);
  }
}

/** Writes an artifact, encrypted with the artifact store's key. */
export async function writeArtifact(
  context: ActionContext,
  artifact: Artifact,
  body: Uint8Array,
): Promise<void> {
  try {
    await context.store.put(
      artifact.bucket,
      artifact.key,
      body,
      context.execution.pipeline.artifactStore.encryptionKey?.id,
    );
  } catch (problem) {
    throw asActionError(problem, `writing artifact s3://${artifact.bucket}/${artifact.key}`);
  }
}
