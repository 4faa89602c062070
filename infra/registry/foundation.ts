import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { DeployContext } from "../shared/context.ts";
import { SecureBucket } from "../shared/secureBucket.ts";

export interface FoundationArgs {
  readonly context: DeployContext;
  readonly models: readonly string[];
  /** Zip with the build's tools (model check, packaging), made by `npm run build`. */
  readonly toolsZip: string;
  /** First source of each model: the pipeline runs once when it is created, so the zip must be there before it. */
  readonly sourceZips: Readonly<Record<string, string>>;
}

/**
 * What all environments share: the key, the artifact and data buckets, the records table, the event bus, the registry, the alert topic
 * and the dead letters. Costs about 1 USD a month for the key; everything else bills by use.
 */
export class Foundation extends pulumi.ComponentResource {
  readonly kmsKeyArn: pulumi.Output<string>;
  readonly artifactBucket: SecureBucket;
  readonly dataBucket: SecureBucket;
  readonly recordsTable: aws.dynamodb.Table;
  readonly eventBus: aws.cloudwatch.EventBus;
  readonly alertTopic: aws.sns.Topic;
  readonly deadLetters: aws.sqs.Queue;
  readonly modelPackageGroups: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: FoundationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:registry:Foundation", name, {}, opts);
    const { context } = args;
    const key = this.createKey(name, context);
    this.kmsKeyArn = key.arn;
    this.artifactBucket = this.createArtifactBucket(name, args);
    this.dataBucket = this.createDataBucket(name, args);
    this.recordsTable = this.createRecords(name, context);
    this.eventBus = new aws.cloudwatch.EventBus(`${name}-bus`, { name: context.prefix }, { parent: this });
    this.alertTopic = new aws.sns.Topic(
      `${name}-alerts`,
      { name: `${context.prefix}-alerts`, kmsMasterKeyId: key.arn },
      { parent: this },
    );
    this.deadLetters = this.createDeadLetters(name, context);
    this.modelPackageGroups = this.createGroups(name, args);
    this.uploadTools(name, args);
    this.registerOutputs({ kmsKeyArn: this.kmsKeyArn });
  }

  private createKey(name: string, context: DeployContext): aws.kms.Key {
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        description: "Sluice: artifacts, data, records and alerts",
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: keyPolicy(context),
      },
      { parent: this, protect: context.isProtected, retainOnDelete: context.isProtected },
    );
    new aws.kms.Alias(
      `${name}-key-alias`,
      { name: `alias/${context.prefix}`, targetKeyId: key.keyId },
      { parent: this },
    );
    return key;
  }

  private createArtifactBucket(name: string, args: FoundationArgs): SecureBucket {
    return new SecureBucket(
      `${name}-artifacts`,
      {
        context: args.context,
        bucketName: `${args.context.prefix}-artifacts-${args.context.accountId}`,
        kmsKeyArn: this.kmsKeyArn,
        sendsEvents: true,
        lifecycle: [
          { id: "pipeline-artifacts", prefix: `${args.context.prefix}-`, expireDays: 90, noncurrentDays: 30 },
          { id: "old-sources", prefix: "source/", noncurrentDays: 365 },
          { id: "predictions", prefix: "predictions/", expireDays: 365 },
        ],
      },
      { parent: this },
    );
  }

  /**
   * No data here expire by age: what a live or restorable model was trained on must stay. Nothing is written over either, so a replaced
   * version is a dataset that the clean-up deleted, and these are its days of grace. What is written on the way to a large dataset, and
   * what Athena answers, goes after the days that a release may take.
   */
  private createDataBucket(name: string, args: FoundationArgs): SecureBucket {
    return new SecureBucket(
      `${name}-data`,
      {
        context: args.context,
        bucketName: `${args.context.prefix}-data-${args.context.accountId}`,
        kmsKeyArn: this.kmsKeyArn,
        sendsEvents: false,
        lifecycle: [
          { id: "replaced", prefix: "", noncurrentDays: 90 },
          { id: "work", prefix: "work/", expireDays: 7, noncurrentDays: 1 },
          { id: "athena-results", prefix: "athena/", expireDays: 7, noncurrentDays: 1 },
        ],
      },
      { parent: this },
    );
  }

  private createRecords(name: string, context: DeployContext): aws.dynamodb.Table {
    return new aws.dynamodb.Table(
      `${name}-records`,
      {
        name: `${context.prefix}-records`,
        billingMode: "PAY_PER_REQUEST",
        hashKey: "pk",
        rangeKey: "sk",
        attributes: [
          { name: "pk", type: "S" },
          { name: "sk", type: "S" },
        ],
        pointInTimeRecovery: { enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn: this.kmsKeyArn },
        deletionProtectionEnabled: context.isProtected,
      },
      { parent: this, protect: context.isProtected, retainOnDelete: context.isProtected },
    );
  }

  private createDeadLetters(name: string, context: DeployContext): aws.sqs.Queue {
    const queueName = `${context.prefix}-dead-letters`;
    const queue = new aws.sqs.Queue(
      `${name}-dead-letters`,
      {
        name: queueName,
        messageRetentionSeconds: 1_209_600,
        kmsMasterKeyId: this.kmsKeyArn,
        // Rules have no role of their own for dead letters: EventBridge itself must be let in.
        policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "DeadLettersOfRules",
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: `arn:${context.partition}:sqs:${context.region}:${context.accountId}:${queueName}`,
              Condition: {
                ArnLike: {
                  "aws:SourceArn": `arn:${context.partition}:events:${context.region}:${context.accountId}:rule/*`,
                },
              },
            },
          ],
        }),
      },
      { parent: this },
    );
    new aws.cloudwatch.MetricAlarm(
      `${name}-dead-letters-alarm`,
      {
        name: `${context.prefix}-dead-letters`,
        alarmDescription:
          "An event failed all its retries. Runbook: docs/runbooks/operations.md#dead-letters",
        namespace: "AWS/SQS",
        metricName: "ApproximateNumberOfMessagesVisible",
        dimensions: { QueueName: queue.name },
        statistic: "Maximum",
        period: 300,
        evaluationPeriods: 1,
        comparisonOperator: "GreaterThanThreshold",
        threshold: 0,
        treatMissingData: "notBreaching",
        alarmActions: [this.alertTopic.arn],
      },
      { parent: this },
    );
    return queue;
  }

  private createGroups(name: string, args: FoundationArgs): Record<string, pulumi.Output<string>> {
    return Object.fromEntries(
      args.models.map((model) => {
        const group = new aws.sagemaker.ModelPackageGroup(
          `${name}-${model}-group`,
          {
            modelPackageGroupName: `${args.context.prefix}-${model}`,
            modelPackageGroupDescription: `Versions of ${model}`,
          },
          { parent: this },
        );
        return [model, group.modelPackageGroupName];
      }),
    );
  }

  private uploadTools(name: string, args: FoundationArgs): void {
    const upload = (logicalName: string, key: string, file: string, ignoreChanges: string[]): void => {
      new aws.s3.BucketObjectv2(
        logicalName,
        {
          bucket: this.artifactBucket.bucketName,
          key,
          source: new pulumi.asset.FileAsset(file),
          contentType: "application/zip",
        },
        { parent: this, dependsOn: [this.artifactBucket], ignoreChanges },
      );
    };
    upload(`${name}-tools`, "tools/build-tools.zip", args.toolsZip, []);
    // Commits replace the object from now on; the stack only makes sure that a first one exists.
    for (const [model, file] of Object.entries(args.sourceZips))
      upload(`${name}-${model}-source`, `source/${model}.zip`, file, ["source", "contentType"]);
  }
}

function keyPolicy(context: DeployContext): pulumi.Output<string> {
  const account = `arn:${context.partition}:iam::${context.accountId}:root`;
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      { Sid: "AccountDecides", Effect: "Allow", Principal: { AWS: account }, Action: "kms:*", Resource: "*" },
      {
        Sid: "ServicesThatDeliver",
        Effect: "Allow",
        Principal: { Service: ["cloudwatch.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"] },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { StringEquals: { "aws:SourceAccount": context.accountId } },
      },
    ],
  });
}
