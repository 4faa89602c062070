/** CodeBuild: buildspecs as real shell commands on this machine. */
import type { Kernel, SandboxService } from "../../kernel/types.ts";
import { BuildStore } from "./builds.ts";
import { ProjectStore } from "./projects.ts";
import { ReportStore } from "./reports.ts";

export interface CodeBuildOptions {
  /** Wall-clock limit of one phase's commands; a build that hangs ends as timed out at its virtual deadline. */
  readonly watchdogMs?: number;
}

const defaultWatchdogMs = 300_000;

/** Project of a build's id or ARN: permissions on builds are permissions on their project. */
const projectOf = (id: string): string => (id.split(":build/").at(-1) ?? id).split(":")[0] ?? id;

export function createCodebuildServices(kernel: Kernel, options: CodeBuildOptions = {}): SandboxService[] {
  const reports = new ReportStore();
  const projects = new ProjectStore(kernel);
  const builds = new BuildStore({
    kernel,
    projects,
    reports,
    watchdogMs: options.watchdogMs ?? defaultWatchdogMs,
  });
  const project = (name: string): string => (name.startsWith("arn:") ? name : projects.arn(name));
  return [
    {
      signingName: "codebuild",
      modelName: "codebuild",
      operations: { ...projects.operations(), ...builds.operations(), ...reports.operations() },
      resources: (action, input) => {
        if (Array.isArray(input.names)) return input.names.map((name) => project(String(name)));
        if (Array.isArray(input.ids))
          return [...new Set(input.ids.map((id) => project(projectOf(String(id)))))];
        if (action === "StopBuild") return [project(projectOf(String(input.id)))];
        if (Array.isArray(input.reportArns))
          return input.reportArns.map((arn) =>
            String(arn)
              .replace(":report/", ":report-group/")
              .replace(/:[^:]+$/, ""),
          );
        if (typeof input.reportArn === "string")
          return [input.reportArn.replace(":report/", ":report-group/").replace(/:[^:]+$/, "")];
        const name = input.projectName ?? input.name;
        return [typeof name === "string" ? project(name) : "*"];
      },
      stop: async () => builds.stop(),
    },
  ];
}
