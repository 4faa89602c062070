/** CodeBuild: starts the project's build on the input artifacts and waits for it. */
import { ActionError, type Artifact } from "../execution.ts";
import { type ActionContext, type ActionResult, callAs, pollMs } from "./context.ts";

interface Build {
  readonly id: string;
  readonly buildStatus: string;
  readonly phases?: readonly {
    readonly phaseType: string;
    readonly phaseStatus?: string;
    readonly contexts?: readonly { readonly statusCode?: string; readonly message?: string }[];
  }[];
  readonly exportedEnvironmentVariables?: readonly { readonly name: string; readonly value: string }[];
}

const location = ({ bucket, key }: Artifact): string => `${bucket}/${key}`;

function environment(context: ActionContext): object[] {
  const text = context.configuration.EnvironmentVariables;
  if (!text) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed as object[];
  } catch (problem) {
    if (!(problem instanceof SyntaxError)) throw problem;
  }
  throw new ActionError(
    "ConfigurationError",
    `EnvironmentVariables: expected a JSON list of {name, value, type}, got ${text}`,
  );
}

function outputArtifact(artifact: Artifact, identifier?: string): object {
  const slash = artifact.key.lastIndexOf("/");
  return {
    type: "S3",
    location: artifact.bucket,
    path: artifact.key.slice(0, slash),
    name: artifact.key.slice(slash + 1),
    namespaceType: "NONE",
    packaging: "ZIP",
    ...(identifier ? { artifactIdentifier: identifier } : {}),
  };
}

/** CodePipeline hands sources and artifacts to CodeBuild by overrides; the project itself says CODEPIPELINE. */
function request(context: ActionContext, outputs: readonly { name: string; artifact: Artifact }[]): object {
  const { action, configuration, execution } = context;
  const primaryName = configuration.PrimarySource ?? action.inputs[0]?.name;
  const primary = action.inputs.find(({ name }) => name === primaryName);
  if (!primary)
    throw new ActionError(
      "ConfigurationError",
      `PrimarySource: expected an input artifact, got ${JSON.stringify(primaryName)}`,
    );
  const kmsKey = execution.pipeline.artifactStore.encryptionKey?.id;
  const [single] = outputs;
  return {
    projectName: configuration.ProjectName,
    sourceTypeOverride: "S3",
    sourceLocationOverride: location(primary.artifact),
    ...(primary.artifact.revision ? { sourceVersion: primary.artifact.revision } : {}),
    secondarySourcesOverride: action.inputs
      .filter((input) => input !== primary)
      .map(({ name, artifact }) => ({ type: "S3", location: location(artifact), sourceIdentifier: name })),
    artifactsOverride:
      outputs.length === 1 && single ? outputArtifact(single.artifact) : { type: "NO_ARTIFACTS" },
    secondaryArtifactsOverride:
      outputs.length > 1 ? outputs.map(({ name, artifact }) => outputArtifact(artifact, name)) : [],
    environmentVariablesOverride: environment(context),
    ...(kmsKey ? { encryptionKeyOverride: kmsKey } : {}),
  };
}

export async function runCodeBuild(context: ActionContext): Promise<ActionResult> {
  const { action } = context;
  const outputs = (action.declaration.outputArtifacts ?? []).map(({ name }) => ({
    name,
    artifact: context.place(name),
  }));
  const started = (await callAs(context, "codebuild", "StartBuild", request(context, outputs)))
    .build as Build;
  action.externalExecutionId = started.id;
  for (;;) {
    await context.kernel.clock.sleep(pollMs);
    if (action.abandoned.signal.aborted) return {};
    const { builds } = (await callAs(context, "codebuild", "BatchGetBuilds", { ids: [started.id] })) as {
      builds: Build[];
    };
    const build = builds[0];
    if (!build || build.buildStatus === "IN_PROGRESS") continue;
    if (build.buildStatus !== "SUCCEEDED") throw new ActionError("JobFailed", failureOf(build), build.id);
    const exported = Object.fromEntries(
      (build.exportedEnvironmentVariables ?? []).map(({ name, value }) => [name, value]),
    );
    return { outputs, outputVariables: exported, externalExecutionId: build.id, summary: "Build succeeded" };
  }
}

function failureOf(build: Build): string {
  const phase = build.phases?.find(({ phaseStatus }) => phaseStatus && phaseStatus !== "SUCCEEDED");
  const [first] = phase?.contexts ?? [];
  const detail = phase
    ? ` Phase: ${phase.phaseType}, Code: ${first?.statusCode ?? phase.phaseStatus}, Message: ${first?.message ?? ""}`
    : "";
  return `Build terminated with state: ${build.buildStatus}.${detail}`;
}
