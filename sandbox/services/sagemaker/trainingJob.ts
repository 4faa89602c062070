/** One training job as DescribeTrainingJob shows it, and its EventBridge event. */
import type { Sagemaker } from "./common.ts";
import type { S3Input } from "./jobs.ts";

interface Transition {
  readonly Status: string;
  readonly StartTime: Date;
  EndTime?: Date;
  readonly StatusMessage: string;
}

interface Channel {
  readonly ChannelName: string;
  readonly ContentType?: string;
  readonly InputMode?: string;
  readonly DataSource: { readonly S3DataSource: S3Input };
}

export interface TrainingJob {
  readonly TrainingJobName: string;
  readonly TrainingJobArn: string;
  readonly RoleArn: string;
  readonly HyperParameters: Readonly<Record<string, string>>;
  readonly Environment: Readonly<Record<string, string>>;
  readonly AlgorithmSpecification: {
    readonly TrainingImage?: string;
    readonly TrainingInputMode: string;
    readonly MetricDefinitions?: readonly { readonly Name: string; readonly Regex: string }[];
  };
  readonly InputDataConfig?: readonly Channel[];
  readonly OutputDataConfig: {
    readonly S3OutputPath: string;
    readonly KmsKeyId?: string;
    readonly CompressionType?: string;
  };
  readonly ResourceConfig: { readonly InstanceType?: string; readonly InstanceCount?: number };
  readonly StoppingCondition: { readonly MaxRuntimeInSeconds: number };
  readonly CreationTime: Date;
  LastModifiedTime: Date;
  TrainingStartTime?: Date;
  TrainingEndTime?: Date;
  TrainingTimeInSeconds?: number;
  BillableTimeInSeconds?: number;
  TrainingJobStatus: string;
  SecondaryStatus: string;
  readonly SecondaryStatusTransitions: Transition[];
  FailureReason?: string;
  ModelArtifacts?: { readonly S3ModelArtifacts: string };
  FinalMetricDataList?: { MetricName: string; Value: number; Timestamp: Date }[];
}

/** Times are epoch milliseconds in texts here, unlike the API. */
export function emitTrainingState(service: Sagemaker, job: TrainingJob): void {
  const time = (date: Date | undefined): string | undefined => (date ? String(date.getTime()) : undefined);
  const times = {
    CreationTime: time(job.CreationTime),
    TrainingStartTime: time(job.TrainingStartTime),
    TrainingEndTime: time(job.TrainingEndTime),
    LastModifiedTime: time(job.LastModifiedTime),
  };
  service.kernel.emitEvent({
    source: "aws.sagemaker",
    "detail-type": "SageMaker Training Job State Change",
    detail: {
      TrainingJobName: job.TrainingJobName,
      TrainingJobArn: job.TrainingJobArn,
      TrainingJobStatus: job.TrainingJobStatus,
      SecondaryStatus: job.SecondaryStatus,
      ...(job.TrainingJobStatus === "Failed" ? { FailureReason: job.FailureReason } : {}),
      HyperParameters: job.HyperParameters,
      AlgorithmSpecification: job.AlgorithmSpecification,
      RoleArn: job.RoleArn,
      InputDataConfig: job.InputDataConfig ?? [],
      OutputDataConfig: job.OutputDataConfig,
      ResourceConfig: job.ResourceConfig,
      StoppingCondition: job.StoppingCondition,
      ...Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined)),
      ...(job.ModelArtifacts ? { ModelArtifacts: job.ModelArtifacts } : {}),
      SecondaryStatusTransitions: job.SecondaryStatusTransitions.map((t) => ({
        ...t,
        StartTime: t.StartTime.getTime(),
        ...(t.EndTime ? { EndTime: t.EndTime.getTime() } : {}),
      })),
      Tags: service.tags.asObject(job.TrainingJobArn),
    },
    resources: [job.TrainingJobArn],
  });
}
