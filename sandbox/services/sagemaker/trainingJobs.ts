/** CreateTrainingJob and its siblings. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Operation } from "../../kernel/types.ts";
import { arnOf, failureReason, inUse, page, reportBug, type Sagemaker, validation } from "./common.ts";
import { JobFailed, JobStopped, JobTimeline, packFolder, putOutput } from "./jobs.ts";
import { emitTrainingState, type TrainingJob } from "./trainingJob.ts";
import { checkTrainingRequest } from "./trainingRequest.ts";
import { type RunOutcome, TrainingRun } from "./trainingRun.ts";

const dayInSeconds = 86_400;

const messages: Record<string, string> = {
  Starting: "Starting the training job",
  Downloading: "Downloading input data",
  Training: "Training image download completed. Training in progress.",
  Uploading: "Uploading generated training model",
  Stopping: "Stopping the training job",
  Completed: "Training job completed",
};

export class TrainingJobStore {
  private readonly jobs = new Map<string, { job: TrainingJob; timeline: JobTimeline }>();
  private readonly service: Sagemaker;

  constructor(service: Sagemaker) {
    this.service = service;
  }

  has(arn: string): boolean {
    return [...this.jobs.values()].some(({ job }) => job.TrainingJobArn === arn);
  }

  operations(): Record<string, Operation> {
    return {
      CreateTrainingJob: (input) => this.create(input),
      DescribeTrainingJob: (input) => this.get(input.TrainingJobName).job,
      StopTrainingJob: (input) => this.stopJob(input.TrainingJobName),
      ListTrainingJobs: (input) => this.list(input),
    };
  }

  private get(name: string): { job: TrainingJob; timeline: JobTimeline } {
    const found = this.jobs.get(name);
    if (!found) throw validation("Requested resource not found.");
    return found;
  }

  // biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
  private create(input: any): { TrainingJobArn: string } {
    const { kernel, tags } = this.service;
    const arn = arnOf(kernel, `training-job/${input.TrainingJobName.toLowerCase()}`);
    if (this.jobs.has(input.TrainingJobName)) {
      throw inUse(
        `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
      );
    }
    checkTrainingRequest(input);
    if (!kernel.canAssume(input.RoleArn, "sagemaker.amazonaws.com")) {
      throw validation(
        `Could not assume role ${input.RoleArn}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.`,
      );
    }
    const now = new Date(kernel.clock.now());
    const { Tags: given, ...fields } = input;
    const job: TrainingJob = {
      ...fields,
      TrainingJobArn: arn,
      HyperParameters: input.HyperParameters ?? {},
      Environment: input.Environment ?? {},
      StoppingCondition: {
        ...input.StoppingCondition,
        MaxRuntimeInSeconds: input.StoppingCondition?.MaxRuntimeInSeconds ?? dayInSeconds,
      },
      EnableNetworkIsolation: input.EnableNetworkIsolation ?? false,
      EnableManagedSpotTraining: false,
      CreationTime: now,
      LastModifiedTime: now,
      TrainingJobStatus: "InProgress",
      SecondaryStatus: "Pending",
      SecondaryStatusTransitions: [],
    };
    const timeline = new JobTimeline(this.service, `training:${job.TrainingJobName}`);
    tags.add(arn, given);
    this.jobs.set(job.TrainingJobName, { job, timeline });
    this.move(job, "InProgress", "Starting");
    void this.run(job, timeline).catch((problem) => reportBug("training job", problem));
    return { TrainingJobArn: arn };
  }

  private async run(job: TrainingJob, timeline: JobTimeline): Promise<void> {
    const { clock } = this.service.kernel;
    const { timings } = this.service;
    const run = new TrainingRun(this.service, job);
    try {
      await timeline.until(clock.now() + timings.jobStartMs);
      this.move(job, "InProgress", "Downloading");
      await clock.work("training input", () => run.prepare());
      await timeline.until(clock.now() + timings.jobDownloadMs);
      await this.train(job, timeline, run);
    } catch (problem) {
      if (problem instanceof JobStopped) await this.finishStopped(job, run, "Stopped");
      else if (problem instanceof JobFailed) this.fail(job, problem.message);
      else throw problem;
    } finally {
      rmSync(run.folder, { recursive: true, force: true });
    }
  }

  private async train(job: TrainingJob, timeline: JobTimeline, run: TrainingRun): Promise<void> {
    const { clock } = this.service.kernel;
    const start = clock.now();
    const limitMs = job.StoppingCondition.MaxRuntimeInSeconds * 1000;
    const base = Math.min(this.service.timings.trainingMs, limitMs);
    job.TrainingStartTime = new Date(start);
    this.move(job, "InProgress", "Training");
    // The process runs at the end of its virtual time: until then a stop means that it never ran.
    await timeline.until(start + base);
    const unhook = timeline.onStop(() => run.terminate());
    const outcome = await clock.work("training process", () => run.execute(start)).finally(unhook);
    if (outcome.hung || outcome.sleptMs >= limitMs) {
      await timeline.until(start + limitMs);
      return this.finishStopped(job, run, "MaxRuntimeExceeded");
    }
    await timeline.until(start + Math.max(base, outcome.sleptMs));
    this.collectMetrics(job, outcome);
    if (outcome.code !== 0) {
      const status = outcome.signal !== null ? 128 + outcome.signal : outcome.code;
      throw new JobFailed(
        `AlgorithmError: ${run.failure() ?? "See job logs for more information"}, exit code: ${status}`,
      );
    }
    this.move(job, "InProgress", "Uploading");
    await clock.work("training output", () => this.upload(job, run));
    await timeline.until(clock.now() + this.service.timings.jobUploadMs);
    this.end(job, "Completed", "Completed");
  }

  private async upload(job: TrainingJob, run: TrainingRun): Promise<void> {
    const output = `${job.OutputDataConfig.S3OutputPath.replace(/\/$/, "")}/${job.TrainingJobName}/output`;
    const put = (uri: string, body: Uint8Array): Promise<void> =>
      putOutput(this.service, { uri, body, roleArn: job.RoleArn, kmsKeyId: job.OutputDataConfig.KmsKeyId });
    const model = await packFolder(join(run.root, "model"));
    if (model) {
      await put(`${output}/model.tar.gz`, model);
      job.ModelArtifacts = { S3ModelArtifacts: `${output}/model.tar.gz` };
    }
    const data = await packFolder(join(run.root, "output", "data"));
    if (data) await put(`${output}/output.tar.gz`, data);
  }

  /** Stopped by a person or by its time limit: what the script has written so far is kept. */
  private async finishStopped(job: TrainingJob, run: TrainingRun, secondary: string): Promise<void> {
    const { clock } = this.service.kernel;
    if (job.TrainingJobStatus !== "Stopping") this.move(job, "Stopping", "Stopping");
    try {
      if (job.TrainingStartTime) await clock.work("training output", () => this.upload(job, run));
    } catch (problem) {
      if (!(problem instanceof JobFailed)) throw problem;
      return this.fail(job, problem.message);
    }
    await clock.sleep(this.service.timings.jobUploadMs);
    this.end(job, "Stopped", secondary);
  }

  private fail(job: TrainingJob, reason: string): void {
    job.FailureReason = failureReason(reason);
    this.end(job, "Failed", "Failed");
  }

  private end(job: TrainingJob, status: string, secondary: string): void {
    const now = this.service.kernel.clock.now();
    job.TrainingEndTime = new Date(now);
    if (job.TrainingStartTime) {
      job.TrainingTimeInSeconds = Math.ceil((now - job.TrainingStartTime.getTime()) / 1000);
      job.BillableTimeInSeconds = job.TrainingTimeInSeconds;
    }
    this.move(job, status, secondary);
  }

  private collectMetrics(job: TrainingJob, { output }: RunOutcome): void {
    const now = new Date(this.service.kernel.clock.now());
    const final: NonNullable<TrainingJob["FinalMetricDataList"]> = [];
    for (const { Name, Regex } of job.AlgorithmSpecification.MetricDefinitions ?? []) {
      const values = [...output.matchAll(new RegExp(Regex, "g"))]
        .map((match) => Number(match[1] ?? match[0]))
        .filter(Number.isFinite);
      for (const value of values) {
        this.service.kernel.putMetric({
          namespace: "/aws/sagemaker/TrainingJobs",
          metricName: Name,
          dimensions: { TrainingJobName: job.TrainingJobName },
          value,
        });
      }
      const last = values.at(-1);
      if (last !== undefined) final.push({ MetricName: Name, Value: last, Timestamp: now });
    }
    if (final.length > 0) job.FinalMetricDataList = final;
  }

  private move(job: TrainingJob, status: string, secondary: string): void {
    const now = new Date(this.service.kernel.clock.now());
    const previous = job.SecondaryStatusTransitions.at(-1);
    if (previous) previous.EndTime = now;
    job.TrainingJobStatus = status;
    job.SecondaryStatus = secondary;
    job.LastModifiedTime = now;
    const message = secondary === "Failed" ? (job.FailureReason ?? "") : (messages[secondary] ?? secondary);
    const ended = ["Completed", "Failed", "Stopped"].includes(status);
    job.SecondaryStatusTransitions.push({
      Status: secondary,
      StartTime: now,
      StatusMessage: message,
      ...(ended ? { EndTime: now } : {}),
    });
    emitTrainingState(this.service, job);
  }

  private stopJob(name: string): object {
    const { job, timeline } = this.get(name);
    if (job.TrainingJobStatus !== "InProgress") {
      throw validation(
        `The request was rejected because the training job is in status ${job.TrainingJobStatus}.`,
      );
    }
    this.move(job, "Stopping", "Stopping");
    timeline.stop();
    return {};
  }

  // biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
  private list(input: any): object {
    const found = [...this.jobs.values()]
      .map(({ job }) => job)
      .filter((job) => !input.NameContains || job.TrainingJobName.includes(input.NameContains))
      .filter((job) => !input.StatusEquals || job.TrainingJobStatus === input.StatusEquals);
    if (input.SortOrder !== "Ascending") found.reverse();
    const { items, NextToken } = page(found, input);
    return {
      TrainingJobSummaries: items.map((job) => ({
        TrainingJobName: job.TrainingJobName,
        TrainingJobArn: job.TrainingJobArn,
        CreationTime: job.CreationTime,
        ...(job.TrainingEndTime ? { TrainingEndTime: job.TrainingEndTime } : {}),
        LastModifiedTime: job.LastModifiedTime,
        TrainingJobStatus: job.TrainingJobStatus,
        SecondaryStatus: job.SecondaryStatus,
      })),
      NextToken,
    };
  }
}
