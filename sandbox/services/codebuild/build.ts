/** The state of one build. */
import type { EnvironmentVariable, Project, ProjectArtifacts, ProjectSource } from "./projects.ts";

export interface PhaseContext {
  readonly statusCode: string;
  readonly message: string;
}

export interface BuildPhase {
  readonly phaseType: string;
  readonly startTime: Date;
  phaseStatus?: string;
  endTime?: Date;
  durationInSeconds?: number;
  contexts?: readonly PhaseContext[];
}

export interface Build {
  readonly id: string;
  readonly arn: string;
  readonly buildNumber: number;
  readonly project: Project;
  readonly sources: readonly ProjectSource[];
  readonly artifacts: ProjectArtifacts;
  readonly secondaryArtifacts: readonly ProjectArtifacts[];
  readonly variables: readonly EnvironmentVariable[];
  readonly sourceVersion: string | undefined;
  readonly encryptionKey: string | undefined;
  readonly timeoutInMinutes: number;
  readonly initiator: string;
  readonly startTime: Date;
  readonly phases: BuildPhase[];
  readonly reportArns: string[];
  readonly stopped: AbortController;
  buildStatus: "IN_PROGRESS" | "SUCCEEDED" | "FAILED" | "STOPPED" | "TIMED_OUT" | "FAULT";
  endTime?: Date;
  exportedVariables: readonly { readonly name: string; readonly value: string }[];
}

/** A phase that failed, with the context that BatchGetBuilds shows. */
export class PhaseFailure extends Error {
  readonly context: PhaseContext;
  constructor(statusCode: string, message: string) {
    super(message);
    this.context = { statusCode, message };
  }
}

export interface LogPlace {
  readonly group: string;
  readonly stream: string;
}

/** Log group and stream of a build, as the project configures them. */
export function logPlace({ id, project }: Build): LogPlace {
  const { groupName, streamName } = project.logsConfig?.cloudWatchLogs ?? {};
  const uuid = id.split(":").at(-1) ?? id;
  return {
    group: groupName ?? `/aws/codebuild/${project.name}`,
    stream: streamName ? `${streamName}/${uuid}` : uuid,
  };
}

/** The build as BatchGetBuilds and StartBuild answer it. */
export function viewOf(build: Build, region: string, accountId: string): object {
  const { project, phases, startTime, endTime } = build;
  const [source, ...secondary] = build.sources;
  const { group, stream } = logPlace(build);
  return {
    id: build.id,
    arn: build.arn,
    buildNumber: build.buildNumber,
    startTime,
    ...(endTime ? { endTime } : {}),
    currentPhase: phases.at(-1)?.phaseType ?? "SUBMITTED",
    buildStatus: build.buildStatus,
    ...(build.sourceVersion
      ? { sourceVersion: build.sourceVersion, resolvedSourceVersion: build.sourceVersion }
      : {}),
    projectName: project.name,
    phases,
    source,
    secondarySources: secondary,
    artifacts: { location: build.artifacts.location ?? "" },
    environment: { ...project.environment, environmentVariables: build.variables },
    serviceRole: project.serviceRole,
    logs: {
      groupName: group,
      streamName: stream,
      cloudWatchLogsArn: `arn:aws:logs:${region}:${accountId}:log-group:${group}:log-stream:${stream}`,
    },
    timeoutInMinutes: build.timeoutInMinutes,
    queuedTimeoutInMinutes: 480,
    buildComplete: build.buildStatus !== "IN_PROGRESS",
    initiator: build.initiator,
    encryptionKey: build.encryptionKey ?? "",
    exportedEnvironmentVariables: build.exportedVariables,
    reportArns: build.reportArns,
  };
}
