/** The story's own AWS clients: they speak to the sandbox as anybody would to AWS. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CodePipelineClient } from "@aws-sdk/client-codepipeline";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SageMakerClient } from "@aws-sdk/client-sagemaker";
import { SFNClient } from "@aws-sdk/client-sfn";

export interface Clients {
  readonly cloudwatch: CloudWatchClient;
  readonly codepipeline: CodePipelineClient;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly sagemaker: SageMakerClient;
  readonly states: SFNClient;
}

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

export const clientSettings = (endpoint: string, region: string, accessKeyId = "test"): ClientSettings => ({
  endpoint,
  region,
  credentials: { accessKeyId, secretAccessKey: "test" },
  maxAttempts: 1,
});

export function createClients(settings: ClientSettings): Clients {
  return {
    cloudwatch: new CloudWatchClient(settings),
    codepipeline: new CodePipelineClient(settings),
    dynamodb: new DynamoDBClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    sagemaker: new SageMakerClient(settings),
    states: new SFNClient(settings),
  };
}
