/** What a build leaves: test reports and artifacts. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Kernel } from "../../kernel/types.ts";
import { type Build, PhaseFailure } from "./build.ts";
import type { ArtifactSet, Buildspec } from "./buildspec.ts";
import { collect, matching, pack } from "./files.ts";
import type { ProjectArtifacts } from "./projects.ts";
import { parseJunit, type ReportStore, type TestCase } from "./reports.ts";

const principal = "codebuild.amazonaws.com";

export interface OutputParts {
  readonly kernel: Kernel;
  readonly reports: ReportStore;
  readonly build: Build;
  readonly spec: Buildspec;
  readonly sourceDirectory: string;
  readonly log: (line: string) => void;
}

export class BuildOutputs {
  private readonly kernel: Kernel;
  private readonly reports: ReportStore;
  private readonly build: Build;
  private readonly spec: Buildspec;
  private readonly sourceDirectory: string;
  private readonly log: (line: string) => void;

  constructor(parts: OutputParts) {
    this.kernel = parts.kernel;
    this.reports = parts.reports;
    this.build = parts.build;
    this.spec = parts.spec;
    this.sourceDirectory = parts.sourceDirectory;
    this.log = parts.log;
  }

  /** Parses what the commands left; a file that is no JUnit XML is logged and left out. */
  readReports(): void {
    const { build, kernel } = this;
    for (const report of this.spec.reports) {
      const folder = resolve(this.sourceDirectory, report.baseDirectory);
      const files = existsSync(folder) ? matching(folder, report.files) : [];
      const cases: TestCase[] = [];
      for (const path of files) {
        try {
          cases.push(...parseJunit(readFileSync(join(folder, path), "utf8")));
        } catch (problem) {
          this.log(
            `Report ${report.name}: ${path}: ${problem instanceof Error ? problem.message : String(problem)}`,
          );
        }
      }
      if (cases.length === 0) {
        this.log(`Report ${report.name}: no test cases found in ${report.files.join(", ")}`);
        continue;
      }
      const prefix = `arn:aws:codebuild:${kernel.region}:${kernel.accountId}`;
      const group = report.name.startsWith("arn:")
        ? report.name
        : `${prefix}:report-group/${build.project.name}-${report.name}`;
      const id = kernel.uuid();
      const arn = `${group.replace(":report-group/", ":report/")}:${id}`;
      this.reports.add({
        arn,
        name: id,
        reportGroupArn: group,
        executionId: build.arn,
        created: new Date(kernel.clock.now()),
        cases,
      });
      build.reportArns.push(arn);
    }
  }

  /** Throws {@link PhaseFailure}. */
  async upload(): Promise<void> {
    const { spec, build } = this;
    if (build.artifacts.type === "S3") await this.uploadSet(spec.artifacts, build.artifacts);
    for (const target of build.secondaryArtifacts) {
      if (target.type === "S3")
        await this.uploadSet(spec.secondaryArtifacts[target.artifactIdentifier ?? ""], target);
    }
  }

  private async uploadSet(set: ArtifactSet | undefined, target: ProjectArtifacts): Promise<void> {
    if (!set)
      throw new PhaseFailure(
        "CLIENT_ERROR",
        `no matching artifact definition found for ${target.artifactIdentifier ?? "artifacts"} in the buildspec`,
      );
    const { files, missing } = collect(this.sourceDirectory, set);
    if (missing.length > 0)
      throw new PhaseFailure("CLIENT_ERROR", `no matching artifact paths found: ${JSON.stringify(missing)}`);
    const name =
      target.overrideArtifactName && set.name ? set.name : (target.name ?? this.build.project.name);
    const namespace = target.namespaceType === "BUILD_ID" ? this.build.id.split(":").at(-1) : undefined;
    const base = [target.path, namespace, name]
      .filter((part) => part && part !== "/")
      .join("/")
      .replaceAll(/\/+/g, "/")
      .replace(/^\//, "");
    const put = (key: string, body: Uint8Array): Promise<void> =>
      this.kernel.s3.put(`s3://${target.location}/${key}`, body, {
        roleArn: this.build.project.serviceRole,
        service: principal,
      });
    try {
      if (target.packaging === "ZIP") await put(base, pack(files));
      else for (const [path, body] of Object.entries(files)) await put(`${base}/${path}`, body);
    } catch (problem) {
      throw new PhaseFailure(
        "CLIENT_ERROR",
        `Error in UPLOAD_ARTIFACTS phase: ${problem instanceof Error ? problem.message : String(problem)}`,
      );
    }
  }
}
