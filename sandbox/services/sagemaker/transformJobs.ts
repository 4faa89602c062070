/** CreateTransformJob and its siblings. */
import type { Operation } from "../../kernel/types.ts";
import {
  arnOf,
  failureReason,
  inUse,
  page,
  refuseUnsupported,
  reportBug,
  type Sagemaker,
  validation,
} from "./common.ts";
import { parseDataProcessing } from "./dataProcessing.ts";
import { JobFailed, JobStopped, JobTimeline } from "./jobs.ts";
import type { ModelStore } from "./models.ts";
import type { TransformJob } from "./transformJob.ts";
import { TransformRun } from "./transformRun.ts";

const unsupported = ["DataCaptureConfig", "ExperimentConfig"];

export class TransformJobStore {
  private readonly jobs = new Map<string, { job: TransformJob; timeline: JobTimeline }>();
  private readonly service: Sagemaker;
  private readonly models: ModelStore;

  constructor(service: Sagemaker, models: ModelStore) {
    this.service = service;
    this.models = models;
  }

  has(arn: string): boolean {
    return [...this.jobs.values()].some(({ job }) => job.TransformJobArn === arn);
  }

  operations(): Record<string, Operation> {
    return {
      CreateTransformJob: (input) => this.create(input),
      DescribeTransformJob: (input) => this.get(input.TransformJobName).job,
      StopTransformJob: (input) => this.stopJob(input.TransformJobName),
      ListTransformJobs: (input) => {
        const all = [...this.jobs.values()].map(({ job }) => job);
        if (input.SortOrder !== "Ascending") all.reverse();
        const { items, NextToken } = page(all, input);
        return {
          TransformJobSummaries: items.map(
            ({ TransformJobName, TransformJobArn, CreationTime, TransformJobStatus }) => ({
              TransformJobName,
              TransformJobArn,
              CreationTime,
              TransformJobStatus,
            }),
          ),
          NextToken,
        };
      },
    };
  }

  private get(name: string): { job: TransformJob; timeline: JobTimeline } {
    const found = this.jobs.get(name);
    if (!found) throw validation("Requested resource not found.");
    return found;
  }

  // biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
  private create(input: any): { TransformJobArn: string } {
    const { kernel, tags } = this.service;
    const arn = arnOf(kernel, `transform-job/${input.TransformJobName.toLowerCase()}`);
    if (this.jobs.has(input.TransformJobName)) {
      throw inUse(
        `Transform job names must be unique within an AWS account and region, and a transform job with this name already exists (${arn})`,
      );
    }
    this.models.get(input.ModelName);
    checkRequest(input);
    const { Tags: given, ...fields } = input;
    const job: TransformJob = {
      ...fields,
      TransformJobArn: arn,
      CreationTime: new Date(kernel.clock.now()),
      TransformJobStatus: "InProgress",
    };
    const timeline = new JobTimeline(this.service, `transform:${job.TransformJobName}`);
    tags.add(arn, given);
    this.jobs.set(job.TransformJobName, { job, timeline });
    this.emit(job);
    void this.run(job, timeline).catch((problem) => reportBug("transform job", problem));
    return { TransformJobArn: arn };
  }

  private async run(job: TransformJob, timeline: JobTimeline): Promise<void> {
    const { clock } = this.service.kernel;
    const { timings } = this.service;
    try {
      await timeline.until(clock.now() + timings.jobStartMs);
      job.TransformStartTime = new Date(clock.now());
      const transformed = await clock.work("transform", async () => {
        const model = this.models.byName.get(job.ModelName);
        if (!model) throw new JobFailed(`ClientError: Could not find model "${job.ModelName}".`);
        return new TransformRun(
          this.service,
          job,
          model,
          this.models.resolve(model.PrimaryContainer),
        ).execute(timeline);
      });
      await timeline.until(clock.now() + Math.max(timings.transformMs, transformed.latencyMs));
      await clock.work("transform output", () => transformed.write());
      this.end(job, "Completed");
    } catch (problem) {
      if (problem instanceof JobFailed) job.FailureReason = failureReason(problem.message);
      else if (!(problem instanceof JobStopped)) throw problem;
      this.end(job, problem instanceof JobStopped ? "Stopped" : "Failed");
    }
  }

  private end(job: TransformJob, status: TransformJob["TransformJobStatus"]): void {
    job.TransformJobStatus = status;
    job.TransformEndTime = new Date(this.service.kernel.clock.now());
    this.emit(job);
  }

  private stopJob(name: string): object {
    const { job, timeline } = this.get(name);
    if (job.TransformJobStatus !== "InProgress") {
      throw validation(
        `The request was rejected because the transform job is in status ${job.TransformJobStatus}.`,
      );
    }
    job.TransformJobStatus = "Stopping";
    this.emit(job);
    timeline.stop();
    return {};
  }

  private emit(job: TransformJob): void {
    const { CreationTime, TransformStartTime, TransformEndTime, ...rest } = job;
    this.service.kernel.emitEvent({
      source: "aws.sagemaker",
      "detail-type": "SageMaker Transform Job State Change",
      detail: {
        ...rest,
        CreationTime: CreationTime.getTime(),
        ...(TransformStartTime ? { TransformStartTime: TransformStartTime.getTime() } : {}),
        ...(TransformEndTime ? { TransformEndTime: TransformEndTime.getTime() } : {}),
        Tags: this.service.tags.asObject(job.TransformJobArn),
      },
      resources: [job.TransformJobArn],
    });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
function checkRequest(input: any): void {
  refuseUnsupported("CreateTransformJob", input, unsupported);
  const source = input.TransformInput.DataSource.S3DataSource;
  if (source.S3DataType !== "S3Prefix")
    throw validation(
      `TransformInput: the Sluice sandbox supports S3DataType S3Prefix only, got ${source.S3DataType}`,
    );
  const {
    SplitType: split = "None",
    CompressionType: compression = "None",
    ContentType: contentType,
  } = input.TransformInput;
  if (compression !== "None")
    throw validation(`TransformInput: the Sluice sandbox does not support CompressionType ${compression}`);
  if (split !== "None" && split !== "Line")
    throw validation(
      `TransformInput: the Sluice sandbox does not support SplitType ${split}; use Line or None`,
    );
  const assemble = input.TransformOutput.AssembleWith ?? "None";
  if (split === "None" && input.BatchStrategy === "MultiRecord")
    throw validation("BatchStrategy MultiRecord needs SplitType Line.");
  parseDataProcessing(input.DataProcessing);
  if (!input.DataProcessing) return;
  if (split !== "Line" || assemble !== "Line" || contentType?.split(";")[0] !== "text/csv") {
    throw validation(
      "DataProcessing: the Sluice sandbox supports it for ContentType text/csv with SplitType Line and AssembleWith Line only",
    );
  }
}
