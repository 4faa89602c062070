/** What every component of one stack shares: where it deploys and how careful it is. No lookups inside components. */
import type * as pulumi from "@pulumi/pulumi";

export interface DeployContext {
  /** First part of every physical name, `sluice` by default. */
  readonly prefix: string;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** Stateful resources are protected and kept on destroy. */
  readonly isProtected: boolean;
  readonly logRetentionDays: number;
}

/** ARNs that a name alone gives; needed where a resource of another stack is meant. */
export const arnOf = {
  iamRole: (context: DeployContext, name: string) =>
    `arn:${context.partition}:iam::${context.accountId}:role/${name}`,
  sagemaker: (context: DeployContext, resource: string) =>
    `arn:${context.partition}:sagemaker:${context.region}:${context.accountId}:${resource}`,
  alarm: (context: DeployContext, name: string) =>
    `arn:${context.partition}:cloudwatch:${context.region}:${context.accountId}:alarm:${name}`,
  pipeline: (context: DeployContext, name: string) =>
    `arn:${context.partition}:codepipeline:${context.region}:${context.accountId}:${name}`,
  logGroup: (context: DeployContext, name: string) =>
    `arn:${context.partition}:logs:${context.region}:${context.accountId}:log-group:${name}:*`,
  execution: (stateMachineArn: pulumi.Output<string>) =>
    stateMachineArn.apply((arn) => `${arn.replace(":stateMachine:", ":execution:")}:*`),
};

/** ARN of a bucket, or of keys in it. */
export const s3 = (context: DeployContext, bucket: string, key?: string): string =>
  `arn:${context.partition}:s3:::${bucket}${key ? `/${key}` : ""}`;

/** AWS accounts that hold the prebuilt XGBoost images (aws-facts 2.5). */
const XGBOOST_ACCOUNTS: Readonly<Record<string, string>> = {
  "us-east-1": "683313688378",
  "us-west-2": "246618743249",
  "eu-west-1": "141502667606",
};

/** Registry of AWS's prebuilt XGBoost image in a region. */
export function imageRegistry(region: string): string {
  const account = XGBOOST_ACCOUNTS[region];
  if (!account)
    throw new Error(
      `aws:region: expected one of ${Object.keys(XGBOOST_ACCOUNTS).join(", ")}, got ${JSON.stringify(region)}; set sluice:imageRegistry to the registry of AWS's XGBoost image there`,
    );
  return `${account}.dkr.ecr.${region}.amazonaws.com`;
}
