/** `aws.codebuild` events. */
import type { Kernel } from "../../kernel/types.ts";
import { type Build, type BuildPhase, logPlace } from "./build.ts";

/** CodeBuild writes times in events as "Sep 1, 2017 4:12:29 PM"; the time zone is UTC. */
function eventTime(date: Date): string {
  const day = date.toLocaleString("en-US", {
    timeZone: "UTC",
    month: "short",
    day: "numeric",
    year: "numeric",
  });
  const time = date.toLocaleString("en-US", {
    timeZone: "UTC",
    hour: "numeric",
    minute: "2-digit",
    second: "2-digit",
  });
  return `${day} ${time.replace("\u202f", " ")}`;
}

function information(build: Build): object {
  const { group, stream } = logPlace(build);
  return {
    artifact: { location: build.artifacts.location ?? "" },
    environment: {
      image: build.project.environment.image,
      "compute-type": build.project.environment.computeType,
      type: build.project.environment.type,
    },
    "timeout-in-minutes": build.timeoutInMinutes,
    "build-complete": build.buildStatus !== "IN_PROGRESS",
    initiator: build.initiator,
    "build-start-time": eventTime(build.startTime),
    source: { type: build.sources[0]?.type, location: build.sources[0]?.location ?? "" },
    logs: { "group-name": group, "stream-name": stream },
    phases: build.phases.map((phase) => ({
      "phase-type": phase.phaseType,
      "start-time": eventTime(phase.startTime),
      ...(phase.endTime
        ? { "end-time": eventTime(phase.endTime), "duration-in-seconds": phase.durationInSeconds }
        : {}),
      ...(phase.phaseStatus ? { "phase-status": phase.phaseStatus } : {}),
      "phase-context": (phase.contexts ?? []).map(({ statusCode, message }) => `${statusCode}: ${message}`),
    })),
  };
}

export function emitBuildState(kernel: Kernel, build: Build): void {
  kernel.emitEvent({
    source: "aws.codebuild",
    "detail-type": "CodeBuild Build State Change",
    detail: {
      "build-status": build.buildStatus,
      "project-name": build.project.name,
      "build-id": build.arn,
      "additional-information": information(build),
      "current-phase": build.phases.at(-1)?.phaseType ?? "SUBMITTED",
      "current-phase-context": "[]",
      version: "1",
    },
    resources: [build.arn],
  });
}

export function emitPhase(kernel: Kernel, build: Build, phase: BuildPhase): void {
  kernel.emitEvent({
    source: "aws.codebuild",
    "detail-type": "CodeBuild Build Phase Change",
    detail: {
      "completed-phase": phase.phaseType,
      "completed-phase-status": phase.phaseStatus,
      "completed-phase-duration-seconds": phase.durationInSeconds,
      "completed-phase-start": eventTime(phase.startTime),
      "completed-phase-end": phase.endTime ? eventTime(phase.endTime) : "",
      "completed-phase-context": JSON.stringify(
        (phase.contexts ?? []).map(({ statusCode, message }) => `${statusCode}: ${message}`),
      ),
      "project-name": build.project.name,
      "build-id": build.arn,
      "additional-information": information(build),
      version: "1",
    },
    resources: [build.arn],
  });
}
