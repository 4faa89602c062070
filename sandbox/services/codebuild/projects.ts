/** Projects: create, update, delete, get, list. */
import { type Kernel, type Operation, ServiceError } from "../../kernel/types.ts";
import { BuildspecError, parseBuildspec } from "./buildspec.ts";

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
type Input = any;

export interface ProjectSource {
  readonly type: string;
  readonly location?: string;
  readonly buildspec?: string;
  readonly sourceIdentifier?: string;
}

export interface ProjectArtifacts {
  readonly type: string;
  readonly location?: string;
  readonly path?: string;
  readonly name?: string;
  readonly namespaceType?: string;
  readonly packaging?: string;
  readonly artifactIdentifier?: string;
  readonly overrideArtifactName?: boolean;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
}

export interface Project {
  readonly name: string;
  readonly arn: string;
  readonly source: ProjectSource;
  readonly secondarySources?: readonly ProjectSource[];
  readonly artifacts: ProjectArtifacts;
  readonly secondaryArtifacts?: readonly ProjectArtifacts[];
  readonly environment: {
    readonly type: string;
    readonly image: string;
    readonly computeType: string;
    readonly environmentVariables?: readonly EnvironmentVariable[];
  };
  readonly serviceRole: string;
  readonly timeoutInMinutes: number;
  readonly encryptionKey?: string;
  readonly logsConfig?: {
    readonly cloudWatchLogs?: {
      readonly status: string;
      readonly groupName?: string;
      readonly streamName?: string;
    };
  };
  readonly created: Date;
  readonly lastModified: Date;
}

const sourceTypes = ["NO_SOURCE", "S3", "CODEPIPELINE"];
const artifactTypes = ["NO_ARTIFACTS", "S3", "CODEPIPELINE"];
const unsupported = [
  "vpcConfig",
  "fileSystemLocations",
  "buildBatchConfig",
  "concurrentBuildLimit",
  "autoRetryLimit",
  "sourceVersion",
  "secondarySourceVersions",
];

const invalid = (message: string): ServiceError => new ServiceError("InvalidInputException", message);

/** Refuses sources, artifacts and variables that the sandbox does not handle; all problems at once. */
export function checkParts(given: {
  sources: readonly ProjectSource[];
  artifacts: readonly ProjectArtifacts[];
  variables: readonly EnvironmentVariable[];
}): void {
  const problems: string[] = [];
  for (const { type, location } of given.sources) {
    if (!sourceTypes.includes(type))
      problems.push(`the Sluice sandbox supports source types ${sourceTypes.join(", ")}, got ${type}`);
    if (type === "S3" && !location?.includes("/"))
      problems.push(`source.location: expected bucket/key, got ${JSON.stringify(location)}`);
  }
  for (const { type, location } of given.artifacts) {
    if (!artifactTypes.includes(type))
      problems.push(`the Sluice sandbox supports artifact types ${artifactTypes.join(", ")}, got ${type}`);
    if (type === "S3" && !location) problems.push("artifacts.location: expected a bucket, got nothing");
  }
  for (const { name, type = "PLAINTEXT" } of given.variables) {
    if (type !== "PLAINTEXT")
      problems.push(
        `the Sluice sandbox supports PLAINTEXT environment variables only, got ${type} for ${name}`,
      );
    if (name.startsWith("CODEBUILD_"))
      problems.push(`environment variable names must not start with CODEBUILD_, got ${name}`);
  }
  if (problems.length > 0) throw invalid(problems.join("; "));
}

/** Throws InvalidInputException. An empty buildspec means the file in the source. */
export function checkBuildspec(text: string | undefined): void {
  if (!text?.includes("\n")) return;
  try {
    parseBuildspec(text);
  } catch (problem) {
    if (!(problem instanceof BuildspecError)) throw problem;
    throw invalid(`buildspec: ${problem.message}`);
  }
}

export class ProjectStore {
  readonly byName = new Map<string, Project>();
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  arn(name: string): string {
    return `arn:aws:codebuild:${this.kernel.region}:${this.kernel.accountId}:project/${name}`;
  }

  /** By name or ARN. Throws ResourceNotFoundException. */
  get(nameOrArn: string): Project {
    const found = this.find(nameOrArn);
    if (!found)
      throw new ServiceError(
        "ResourceNotFoundException",
        `Project cannot be found: ${nameOrArn.startsWith("arn:") ? nameOrArn : this.arn(nameOrArn)}`,
      );
    return found;
  }

  operations(): Record<string, Operation> {
    return {
      CreateProject: (input) => {
        if (this.byName.has(input.name))
          throw new ServiceError(
            "ResourceAlreadyExistsException",
            `Project already exists: ${this.arn(input.name)}`,
          );
        return { project: this.store(input, undefined) };
      },
      UpdateProject: (input) => ({ project: this.store(input, this.get(input.name)) }),
      DeleteProject: (input) => {
        const found = this.find(input.name);
        if (found) this.byName.delete(found.name);
        return {};
      },
      BatchGetProjects: (input) => {
        const names = input.names as string[];
        return {
          projects: names.flatMap((name) => this.find(name) ?? []),
          projectsNotFound: names.filter((name) => !this.find(name)),
        };
      },
      ListProjects: () => ({ projects: [...this.byName.keys()].sort() }),
    };
  }

  private find(nameOrArn: string): Project | undefined {
    return this.byName.get(nameOrArn.startsWith("arn:") ? (nameOrArn.split("/").at(-1) ?? "") : nameOrArn);
  }

  private store(input: Input, present: Project | undefined): Project {
    const refused = unsupported.filter((field) => {
      const value = input[field];
      return (
        value !== undefined &&
        !(Array.isArray(value) && value.length === 0) &&
        !(field === "vpcConfig" && !value.vpcId) &&
        value !== 0 &&
        value !== ""
      );
    });
    if (refused.length > 0)
      throw invalid(`The Sluice sandbox does not support ${refused.join(", ")} of a project; leave them out`);
    const now = new Date(this.kernel.clock.now());
    const project: Project = {
      timeoutInMinutes: 60,
      queuedTimeoutInMinutes: 480,
      badge: { badgeEnabled: false },
      encryptionKey: `arn:aws:kms:${this.kernel.region}:${this.kernel.accountId}:alias/aws/s3`,
      cache: { type: "NO_CACHE" },
      created: now,
      tags: [],
      ...present,
      ...input,
      arn: this.arn(input.name),
      lastModified: now,
    };
    checkParts({
      sources: [project.source, ...(project.secondarySources ?? [])],
      artifacts: [project.artifacts, ...(project.secondaryArtifacts ?? [])],
      variables: project.environment.environmentVariables ?? [],
    });
    if (project.source.type === "NO_SOURCE" && !project.source.buildspec)
      throw invalid("source.buildspec: a project without source needs one");
    checkBuildspec(project.source.buildspec);
    if (!this.kernel.canAssume(project.serviceRole, "codebuild.amazonaws.com")) {
      throw invalid(`CodeBuild is not authorized to perform: sts:AssumeRole on ${project.serviceRole}`);
    }
    this.byName.set(project.name, project);
    return project;
  }
}
