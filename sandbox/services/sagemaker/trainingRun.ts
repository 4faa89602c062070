/** The `/opt/ml` tree and the process of one training job. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Sagemaker, sagemakerPrincipal } from "./common.ts";
import type { Container } from "./containerHost.ts";
import { JobFailed, readInput, writeInput } from "./jobs.ts";
import { readFrom } from "./serving.ts";
import type { TrainingJob } from "./trainingJob.ts";

/** SIGTERM, then this long, then SIGKILL. Wall clock here: a script that handles the signal needs no more. */
const realGraceMs = 2_000;

export interface RunOutcome {
  readonly code: number | null;
  readonly signal: number | null;
  /** True when the real watchdog ended it. */
  readonly hung: boolean;
  /** Virtual milliseconds that the script slept. */
  readonly sleptMs: number;
  readonly output: string;
}

export class TrainingRun {
  readonly folder: string;
  readonly root: string;
  private readonly service: Sagemaker;
  private readonly job: TrainingJob;
  private container: Container | undefined;

  constructor(service: Sagemaker, job: TrainingJob) {
    this.service = service;
    this.job = job;
    this.folder = join(service.kernel.stateDirectory, "sagemaker", `training-${job.TrainingJobName}`);
    this.root = join(this.folder, "ml");
  }

  /** Channels, configuration and source, under the job's role. Throws {@link JobFailed}. */
  async prepare(): Promise<void> {
    const { job } = this;
    for (const path of ["input/config", "model", "output/data", "code", "checkpoints"]) {
      mkdirSync(join(this.root, path), { recursive: true });
    }
    for (const channel of job.InputDataConfig ?? []) {
      const objects = await readInput(this.service, channel.DataSource.S3DataSource, job.RoleArn);
      writeInput(join(this.root, "input", "data", channel.ChannelName), objects);
    }
    const config = (name: string, content: unknown): void =>
      writeFileSync(join(this.root, "input", "config", name), JSON.stringify(content));
    config("hyperparameters.json", job.HyperParameters);
    config("inputdataconfig.json", this.channels());
    config("resourceconfig.json", {
      current_host: "algo-1",
      current_instance_type: job.ResourceConfig.InstanceType,
      hosts: ["algo-1"],
      network_interface_name: "eth0",
    });
    await this.downloadSource();
  }

  private channels(): object {
    return Object.fromEntries(
      (this.job.InputDataConfig ?? []).map((channel) => [
        channel.ChannelName,
        {
          TrainingInputMode: "File",
          S3DistributionType: "FullyReplicated",
          RecordWrapperType: "None",
          ContentType: channel.ContentType,
        },
      ]),
    );
  }

  private async downloadSource(): Promise<void> {
    const directory =
      decoded(this.job.HyperParameters.sagemaker_submit_directory) ??
      this.job.Environment.SAGEMAKER_SUBMIT_DIRECTORY;
    if (!directory?.startsWith("s3://")) return;
    const as = { roleArn: this.job.RoleArn, service: sagemakerPrincipal };
    try {
      writeFileSync(join(this.folder, "sourcedir.tar.gz"), await this.service.kernel.s3.get(directory, as));
    } catch (problem) {
      // On AWS the toolkit inside the container downloads it, so the failure is the algorithm's.
      const text = problem instanceof Error ? problem.message : String(problem);
      throw new JobFailed(
        `AlgorithmError: framework error: could not download sagemaker_submit_directory ${directory}: ${text}`,
      );
    }
  }

  async execute(startedAt: number): Promise<RunOutcome> {
    const { kernel, host, watchdogs } = this.service;
    const source = join(this.folder, "sourcedir.tar.gz");
    const log = join(this.folder, "log.txt");
    const slept = join(this.folder, "slept");
    const container = await host.start("train", {
      root: this.root,
      log,
      now: startedAt,
      limitSeconds: this.job.StoppingCondition.MaxRuntimeInSeconds,
      sleptFile: slept,
      environment: this.environment(),
      ...(existsSync(source) ? { source } : {}),
    });
    this.container = container;
    let hung = false;
    const watchdog = setTimeout(() => {
      hung = true;
      this.terminate();
    }, watchdogs.jobMs);
    const { code, signal } = await container.exited;
    clearTimeout(watchdog);
    const output = readFrom(log, 0).text;
    for (const line of output.split("\n")) {
      if (line)
        kernel.putLog("/aws/sagemaker/TrainingJobs", `${this.job.TrainingJobName}/algo-1-${startedAt}`, line);
    }
    const sleptMs = existsSync(slept) ? Number(readFileSync(slept, "utf8")) * 1000 : 0;
    return { code, signal, hung, sleptMs, output };
  }

  private environment(): Record<string, string> {
    const { kernel } = this.service;
    return {
      PATH: process.env.PATH ?? "",
      HOME: this.folder,
      LANG: "C.UTF-8",
      OMP_NUM_THREADS: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONHASHSEED: "0",
      ...kernel.credentialsFor(this.job.RoleArn, "SageMaker"),
      TRAINING_JOB_NAME: this.job.TrainingJobName,
      TRAINING_JOB_ARN: this.job.TrainingJobArn,
      SM_REGION: kernel.region,
      ...this.job.Environment,
    };
  }

  /** SIGTERM, then SIGKILL. */
  terminate(): void {
    const { container } = this;
    if (!container?.alive()) return;
    container.signal(15);
    const kill = setTimeout(() => container.signal(9), realGraceMs);
    void container.exited.then(() => clearTimeout(kill));
  }

  /** `/opt/ml/output/failure`, if the container wrote one. */
  failure(): string | undefined {
    const path = join(this.root, "output", "failure");
    return existsSync(path) ? readFileSync(path, "utf8").slice(0, 1024) : undefined;
  }
}

/** Script-mode hyperparameters are JSON in strings, so a URI arrives with quotes. */
function decoded(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return String(JSON.parse(value));
  } catch (problem) {
    if (problem instanceof SyntaxError) return value;
    throw problem;
  }
}
