/** The environment of a build's commands. */
import { dirname } from "node:path";
import type { Kernel } from "../../kernel/types.ts";
import { type Build, logPlace } from "./build.ts";
import type { Buildspec } from "./buildspec.ts";

export interface BuildFolders {
  readonly home: string;
  readonly source: string;
  /** Secondary sources by identifier. */
  readonly secondary: ReadonlyMap<string, string>;
}

/** Variables of the buildspec, the project and the start, in rising order of precedence, then CodeBuild's own. */
export function buildEnvironment(
  kernel: Kernel,
  build: Build,
  spec: Buildspec,
  folders: BuildFolders,
): Record<string, string> {
  const { group, stream } = logPlace(build);
  const system = [dirname(kernel.python), dirname(kernel.node), "/usr/local/bin", "/usr/bin", "/bin"];
  return {
    PATH: system.join(":"),
    HOME: folders.home,
    LANG: "C.UTF-8",
    // The environment is shared and there may be no network: what it lacks fails at once and by name.
    PIP_NO_INDEX: "1",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    ...spec.variables,
    ...Object.fromEntries(
      (build.project.environment.environmentVariables ?? []).map(({ name, value }) => [name, value]),
    ),
    ...Object.fromEntries(build.variables.map(({ name, value }) => [name, value])),
    ...kernel.credentialsFor(build.project.serviceRole, "AWSCodeBuild"),
    CODEBUILD_BUILD_ID: build.id,
    CODEBUILD_BUILD_ARN: build.arn,
    CODEBUILD_BUILD_NUMBER: String(build.buildNumber),
    CODEBUILD_BUILD_IMAGE: build.project.environment.image,
    CODEBUILD_INITIATOR: build.initiator,
    CODEBUILD_KMS_KEY_ID: build.encryptionKey ?? "",
    CODEBUILD_LOG_PATH: stream,
    CODEBUILD_LOG_GROUP: group,
    CODEBUILD_START_TIME: String(build.startTime.getTime()),
    CODEBUILD_SOURCE_VERSION: build.sourceVersion ?? "",
    CODEBUILD_RESOLVED_SOURCE_VERSION: build.sourceVersion ?? "",
    CODEBUILD_SOURCE_REPO_URL: build.sources[0]?.location ?? "",
    CODEBUILD_SRC_DIR: folders.source,
    ...Object.fromEntries(
      [...folders.secondary].map(([name, folder]) => [`CODEBUILD_SRC_DIR_${name}`, folder]),
    ),
  };
}
