/** Runs one build through its phases, as real commands at virtual times. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Kernel } from "../../kernel/types.ts";
import { type Build, type BuildPhase, logPlace, PhaseFailure } from "./build.ts";
import { type Buildspec, BuildspecError, type PhaseName, parseBuildspec } from "./buildspec.ts";
import { buildEnvironment } from "./environment.ts";
import { emitBuildState, emitPhase } from "./events.ts";
import { unpack } from "./files.ts";
import { BuildOutputs } from "./outputs.ts";
import type { ReportStore } from "./reports.ts";
import { BuildShell, type CommandFailure } from "./shell.ts";

const principal = "codebuild.amazonaws.com";

/** Virtual seconds of each phase; AWS gives no promise, these are ordinary for a small build. */
const phaseSeconds: Readonly<Record<string, number>> = {
  SUBMITTED: 0,
  QUEUED: 2,
  PROVISIONING: 20,
  DOWNLOAD_SOURCE: 5,
  INSTALL: 15,
  PRE_BUILD: 5,
  BUILD: 20,
  POST_BUILD: 5,
  UPLOAD_ARTIFACTS: 3,
  FINALIZING: 2,
};

class Ended extends Error {
  readonly status: "STOPPED" | "TIMED_OUT";
  constructor(status: "STOPPED" | "TIMED_OUT") {
    super(status);
    this.status = status;
  }
}

export class BuildRun {
  private readonly kernel: Kernel;
  private readonly reports: ReportStore;
  private readonly build: Build;
  private readonly watchdogMs: number;
  private readonly folder: string;
  private readonly sourceDirectory: string;
  private readonly folders = new Map<string, string>();
  private readonly deadline: number;
  private shell: BuildShell | undefined;
  private spec: Buildspec | undefined;
  private hung = false;
  private succeeding = true;

  constructor(kernel: Kernel, reports: ReportStore, build: Build, watchdogMs: number) {
    this.kernel = kernel;
    this.reports = reports;
    this.build = build;
    this.watchdogMs = watchdogMs;
    this.folder = join(kernel.stateDirectory, "codebuild", build.id.replaceAll(":", "-"));
    this.sourceDirectory = join(this.folder, "src");
    this.deadline = build.startTime.getTime() + build.timeoutInMinutes * 60_000;
  }

  /** Ends with the build's final status; never rejects for what the build does. */
  async run(): Promise<void> {
    const { build } = this;
    emitBuildState(this.kernel, build);
    build.stopped.signal.addEventListener("abort", () => this.shell?.kill());
    try {
      await this.phases();
      build.buildStatus = this.succeeding ? "SUCCEEDED" : "FAILED";
    } catch (problem) {
      if (!(problem instanceof Ended)) throw problem;
      build.buildStatus = problem.status;
      const current = build.phases.at(-1);
      if (current && !current.phaseStatus) this.close(current, problem.status, []);
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
    build.endTime = new Date(this.kernel.clock.now());
    build.phases.push({ phaseType: "COMPLETED", startTime: build.endTime });
    this.log(`Build ended with status ${build.buildStatus}`);
    emitBuildState(this.kernel, build);
  }

  private async phases(): Promise<void> {
    await this.phase("SUBMITTED", async () => {});
    await this.phase("QUEUED", async () => {});
    await this.phase("PROVISIONING", async () => {});
    const ready = await this.phase("DOWNLOAD_SOURCE", () => this.download());
    if (ready) await this.commandPhases();
    await this.phase("FINALIZING", async () => {});
  }

  private async commandPhases(): Promise<void> {
    for (const name of ["install", "pre_build"] as const) {
      if (!(await this.commands(name))) return;
    }
    const built = await this.commands("build");
    if (!built && this.spec?.phases.build?.aborts) return;
    // post_build runs after a failed build too; CODEBUILD_BUILD_SUCCEEDING tells it.
    const finished = await this.commands("post_build");
    await this.phase("UPLOAD_ARTIFACTS", async () => {
      const { kernel, reports, build, spec, sourceDirectory } = this;
      if (!spec) return;
      const outputs = new BuildOutputs({
        kernel,
        reports,
        build,
        spec,
        sourceDirectory,
        log: (line) => this.log(line),
      });
      outputs.readReports();
      if (built && finished) await outputs.upload();
    });
  }

  /** One phase: its work at once in real time, then its share of virtual time. False when it failed. */
  private async phase(phaseType: string, work: () => Promise<void>): Promise<boolean> {
    const { clock } = this.kernel;
    const phase: BuildPhase = { phaseType, startTime: new Date(clock.now()) };
    this.build.phases.push(phase);
    this.check();
    let failure: PhaseFailure | undefined;
    try {
      await clock.work(`build ${phaseType}`, work);
    } catch (problem) {
      if (!(problem instanceof PhaseFailure)) throw problem;
      failure = problem;
    }
    if (this.hung) await this.until(this.deadline);
    this.check();
    await this.until(Math.min(clock.now() + (phaseSeconds[phaseType] ?? 0) * 1000, this.deadline));
    this.check();
    if (failure) {
      this.succeeding = false;
      this.log(
        `Phase context status code: ${failure.context.statusCode} Message: ${failure.context.message}`,
      );
    }
    this.close(phase, failure ? "FAILED" : "SUCCEEDED", failure ? [failure.context] : []);
    return !failure;
  }

  private check(): void {
    if (this.build.stopped.signal.aborted) throw new Ended("STOPPED");
    if (this.hung || this.kernel.clock.now() >= this.deadline) throw new Ended("TIMED_OUT");
  }

  private async until(at: number): Promise<void> {
    const { clock } = this.kernel;
    if (at <= clock.now()) return;
    await new Promise<void>((done) => {
      const timer = clock.setTimer(at, done, { key: `build:${this.build.id}` });
      this.build.stopped.signal.addEventListener("abort", () => {
        clock.clearTimer(timer);
        done();
      });
    });
  }

  private close(phase: BuildPhase, status: string, contexts: BuildPhase["contexts"]): void {
    phase.phaseStatus = status;
    phase.endTime = new Date(this.kernel.clock.now());
    phase.durationInSeconds = Math.round((phase.endTime.getTime() - phase.startTime.getTime()) / 1000);
    phase.contexts = contexts ?? [];
    this.log(`Phase complete: ${phase.phaseType} State: ${status}`);
    emitPhase(this.kernel, this.build, phase);
  }

  private log(line: string): void {
    if (this.build.project.logsConfig?.cloudWatchLogs?.status === "DISABLED") return;
    const { group, stream } = logPlace(this.build);
    this.kernel.putLog(group, stream, line);
  }

  private identity(): { roleArn: string; service: string } {
    return { roleArn: this.build.project.serviceRole, service: principal };
  }

  private async download(): Promise<void> {
    mkdirSync(this.sourceDirectory, { recursive: true });
    for (const [index, source] of this.build.sources.entries()) {
      const identifier = source.sourceIdentifier ?? `source${index}`;
      const folder = index === 0 ? this.sourceDirectory : join(this.folder, "secondary", identifier);
      if (index > 0) this.folders.set(identifier, folder);
      mkdirSync(folder, { recursive: true });
      if (source.type !== "S3") continue;
      try {
        unpack(await this.kernel.s3.get(`s3://${source.location}`, this.identity()), folder);
      } catch (problem) {
        throw new PhaseFailure(
          "CLIENT_ERROR",
          `Unable to download source s3://${source.location}: ${problem instanceof Error ? problem.message : String(problem)}`,
        );
      }
    }
    this.spec = this.readBuildspec();
    this.shell = new BuildShell(this.kernel, {
      folder: this.folder,
      sourceDirectory: this.sourceDirectory,
      environment: buildEnvironment(this.kernel, this.build, this.spec, {
        home: this.folder,
        source: this.sourceDirectory,
        secondary: this.folders,
      }),
      exportedVariables: this.spec.exportedVariables,
      log: (line) => this.log(line),
    });
  }

  /** Inline text, or a file of the source. */
  private readBuildspec(): Buildspec {
    const given = this.build.sources[0]?.buildspec ?? this.build.project.source.buildspec;
    let text = given;
    if (!given?.includes("\n")) {
      const path = resolve(this.sourceDirectory, given || "buildspec.yml");
      if (!existsSync(path))
        throw new PhaseFailure("YAML_FILE_ERROR", `YAML file does not exist: ${given || "buildspec.yml"}`);
      text = readFileSync(path, "utf8");
    }
    try {
      return parseBuildspec(text ?? "");
    } catch (problem) {
      if (!(problem instanceof BuildspecError)) throw problem;
      throw new PhaseFailure("YAML_FILE_ERROR", problem.message);
    }
  }

  private async commands(name: PhaseName): Promise<boolean> {
    return this.phase(name.toUpperCase(), async () => {
      const phase = this.spec?.phases[name];
      if (!phase) return;
      const failure = (await this.execute(phase.commands)) ?? undefined;
      const last = await this.execute(phase.finally);
      this.build.exportedVariables = this.shell?.exported() ?? [];
      const first = failure ?? last;
      if (!first) return;
      throw new PhaseFailure(
        "COMMAND_EXECUTION_ERROR",
        `Error while executing command: ${first.command}. Reason: exit status ${first.exitStatus}`,
      );
    });
  }

  private async execute(commands: readonly string[]): Promise<CommandFailure | undefined> {
    const watchdog = setTimeout(() => {
      this.hung = true;
      this.shell?.kill();
    }, this.watchdogMs);
    try {
      return await this.shell?.run(commands, { CODEBUILD_BUILD_SUCCEEDING: this.succeeding ? "1" : "0" });
    } finally {
      clearTimeout(watchdog);
    }
  }
}
