/** Builds: start, stop, get, list. */
import { type Kernel, type Operation, type RequestContext, ServiceError } from "../../kernel/types.ts";
import { type Build, viewOf } from "./build.ts";
import { BuildRun } from "./buildRun.ts";
import {
  checkBuildspec,
  checkParts,
  type Project,
  type ProjectArtifacts,
  type ProjectSource,
  type ProjectStore,
} from "./projects.ts";
import type { ReportStore } from "./reports.ts";

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
type Input = any;

const accepted = new Set([
  "projectName",
  "secondarySourcesOverride",
  "sourceVersion",
  "artifactsOverride",
  "secondaryArtifactsOverride",
  "environmentVariablesOverride",
  "sourceTypeOverride",
  "sourceLocationOverride",
  "buildspecOverride",
  "timeoutInMinutesOverride",
  "encryptionKeyOverride",
  "idempotencyToken",
]);

const invalid = (message: string): ServiceError => new ServiceError("InvalidInputException", message);

export class BuildStore {
  private readonly byId = new Map<string, Build>();
  private readonly numbers = new Map<string, number>();
  private readonly tokens = new Map<string, string>();
  private readonly kernel: Kernel;
  private readonly projects: ProjectStore;
  private readonly reports: ReportStore;
  private readonly watchdogMs: number;

  constructor(parts: { kernel: Kernel; projects: ProjectStore; reports: ReportStore; watchdogMs: number }) {
    this.kernel = parts.kernel;
    this.projects = parts.projects;
    this.reports = parts.reports;
    this.watchdogMs = parts.watchdogMs;
  }

  operations(): Record<string, Operation> {
    return {
      StartBuild: (input, context) => ({ build: this.view(this.start(input, context)) }),
      StopBuild: (input) => {
        const build = this.get(input.id);
        if (build.buildStatus === "IN_PROGRESS") build.stopped.abort();
        return { build: this.view(build) };
      },
      BatchGetBuilds: (input) => {
        const ids = input.ids as string[];
        return {
          builds: ids.flatMap((id) => this.find(id) ?? []).map((build) => this.view(build)),
          buildsNotFound: ids.filter((id) => !this.find(id)),
        };
      },
      ListBuildsForProject: (input) => {
        const project = this.projects.get(input.projectName);
        const ids = [...this.byId.values()]
          .filter((build) => build.project.name === project.name)
          .map(({ id }) => id);
        return { ids: input.sortOrder === "ASCENDING" ? ids : ids.reverse() };
      },
      ListBuilds: (input) => {
        const ids = [...this.byId.keys()];
        return { ids: input.sortOrder === "ASCENDING" ? ids : ids.reverse() };
      },
    };
  }

  stop(): void {
    for (const build of this.byId.values()) build.stopped.abort();
  }

  private view(build: Build): object {
    return viewOf(build, this.kernel.region, this.kernel.accountId);
  }

  private find(idOrArn: string): Build | undefined {
    return this.byId.get(idOrArn.startsWith("arn:") ? (idOrArn.split(":build/").at(-1) ?? "") : idOrArn);
  }

  private get(id: string): Build {
    const found = this.find(id);
    if (!found) throw new ServiceError("ResourceNotFoundException", `Build cannot be found: ${id}`);
    return found;
  }

  private start(input: Input, context: RequestContext): Build {
    const given = Object.keys(input).filter((field) => !accepted.has(field) && input[field] !== undefined);
    if (given.length > 0) throw invalid(`The Sluice sandbox does not support StartBuild ${given.join(", ")}`);
    const repeated =
      input.idempotencyToken === undefined ? undefined : this.tokens.get(input.idempotencyToken);
    if (repeated !== undefined) return this.get(repeated);
    const project = this.projects.get(input.projectName);
    const build = this.prepare(project, input, context);
    if (input.idempotencyToken !== undefined) this.tokens.set(input.idempotencyToken, build.id);
    this.byId.set(build.id, build);
    void new BuildRun(this.kernel, this.reports, build, this.watchdogMs).run().catch((problem: unknown) => {
      build.buildStatus = "FAULT";
      process.stderr.write(
        `sandbox bug in build ${build.id}: ${problem instanceof Error ? problem.stack : String(problem)}\n`,
      );
    });
    return build;
  }

  private prepare(project: Project, input: Input, context: RequestContext): Build {
    const source: ProjectSource = {
      ...project.source,
      ...(input.sourceTypeOverride ? { type: input.sourceTypeOverride } : {}),
      ...(input.sourceLocationOverride ? { location: input.sourceLocationOverride } : {}),
      ...(input.buildspecOverride ? { buildspec: input.buildspecOverride } : {}),
    };
    const sources = [
      source,
      ...((input.secondarySourcesOverride ?? project.secondarySources ?? []) as ProjectSource[]),
    ];
    const artifacts: ProjectArtifacts = input.artifactsOverride ?? project.artifacts;
    const secondaryArtifacts: ProjectArtifacts[] =
      input.secondaryArtifactsOverride ?? project.secondaryArtifacts ?? [];
    const isPipeline = context.caller.via === "codepipeline.amazonaws.com";
    if (source.type === "CODEPIPELINE" || artifacts.type === "CODEPIPELINE") {
      throw invalid(
        `Project ${project.name} takes its source from CodePipeline and cannot be started by itself.`,
      );
    }
    if (input.sourceVersion !== undefined && !isPipeline)
      throw invalid("The Sluice sandbox does not support sourceVersion; it builds the newest object");
    const variables = input.environmentVariablesOverride ?? [];
    checkParts({ sources, artifacts: [artifacts, ...secondaryArtifacts], variables });
    checkBuildspec(source.buildspec);
    const id = `${project.name}:${this.kernel.uuid()}`;
    const buildNumber = (this.numbers.get(project.name) ?? 0) + 1;
    this.numbers.set(project.name, buildNumber);
    const role = context.caller.principalArn.split("/").at(-1) ?? "";
    return {
      id,
      arn: `arn:aws:codebuild:${this.kernel.region}:${this.kernel.accountId}:build/${id}`,
      buildNumber,
      project,
      sources,
      artifacts,
      secondaryArtifacts,
      variables,
      sourceVersion: input.sourceVersion,
      encryptionKey: input.encryptionKeyOverride ?? project.encryptionKey,
      timeoutInMinutes: input.timeoutInMinutesOverride ?? project.timeoutInMinutes,
      initiator: isPipeline ? `codepipeline/${role}` : role,
      startTime: new Date(this.kernel.clock.now()),
      phases: [],
      reportArns: [],
      stopped: new AbortController(),
      buildStatus: "IN_PROGRESS",
      exportedVariables: [],
    };
  }
}
