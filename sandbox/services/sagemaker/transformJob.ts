/** One transform job as DescribeTransformJob shows it. */
export interface TransformJob {
  readonly TransformJobName: string;
  readonly TransformJobArn: string;
  readonly ModelName: string;
  readonly BatchStrategy?: "MultiRecord" | "SingleRecord";
  readonly MaxPayloadInMB?: number;
  readonly Environment?: Readonly<Record<string, string>>;
  readonly TransformInput: {
    readonly DataSource: { readonly S3DataSource: { readonly S3DataType: string; readonly S3Uri: string } };
    readonly ContentType?: string;
    readonly SplitType?: string;
    readonly CompressionType?: string;
  };
  readonly TransformOutput: {
    readonly S3OutputPath: string;
    readonly Accept?: string;
    readonly AssembleWith?: string;
    readonly KmsKeyId?: string;
  };
  readonly DataProcessing?: {
    readonly InputFilter?: string;
    readonly OutputFilter?: string;
    readonly JoinSource?: string;
  };
  readonly CreationTime: Date;
  TransformStartTime?: Date;
  TransformEndTime?: Date;
  TransformJobStatus: "InProgress" | "Completed" | "Failed" | "Stopping" | "Stopped";
  FailureReason?: string;
}
