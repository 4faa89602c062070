import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { resourcePolicy } from "../policy/admission.ts";
import { createDeadLetters } from "../shared/deadLetters.ts";
import { createKey } from "../shared/encryptionKey.ts";
import { SecureBucket } from "../shared/secureBucket.ts";
import {
  artifactAdmissions,
  busAdmissions,
  dataAdmissions,
  keyAdmissions,
  type Outsiders,
  recordsAdmissions,
} from "./foundationAdmissions.ts";

export interface FoundationArgs extends Outsiders {
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
    const key = createKey(
      name,
      {
        context,
        description: "Sluice: artifacts, data, records and alerts",
        alias: context.prefix,
        admissions: keyAdmissions(args),
      },
      this,
    );
    this.kmsKeyArn = key.arn;
    this.artifactBucket = this.createArtifactBucket(name, args);
    this.dataBucket = this.createDataBucket(name, args);
    this.recordsTable = this.createRecords(name, args);
    this.eventBus = this.createBus(name, args);
    this.alertTopic = new aws.sns.Topic(
      `${name}-alerts`,
      { name: `${context.prefix}-alerts`, kmsMasterKeyId: key.arn },
      { parent: this },
    );
    this.deadLetters = createDeadLetters(
      name,
      {
        context,
        queueName: `${context.prefix}-dead-letters`,
        kmsKeyArn: key.arn,
        alertTopicArn: this.alertTopic.arn,
      },
      this,
    );
    this.modelPackageGroups = this.createGroups(name, args);
    this.uploadTools(name, args);
    this.registerOutputs({ kmsKeyArn: this.kmsKeyArn });
  }

  private createArtifactBucket(name: string, args: FoundationArgs): SecureBucket {
    const bucketName = `${args.context.prefix}-artifacts-${args.context.accountId}`;
    return new SecureBucket(
      `${name}-artifacts`,
      {
        context: args.context,
        bucketName,
        kmsKeyArn: this.kmsKeyArn,
        admissions: artifactAdmissions(args, bucketName),
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
    const bucketName = `${args.context.prefix}-data-${args.context.accountId}`;
    return new SecureBucket(
      `${name}-data`,
      {
        context: args.context,
        bucketName,
        kmsKeyArn: this.kmsKeyArn,
        admissions: dataAdmissions(args, bucketName),
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

  private createRecords(name: string, args: FoundationArgs): aws.dynamodb.Table {
    const { context } = args;
    const table = new aws.dynamodb.Table(
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
    const admissions = recordsAdmissions(args, table.arn);
    if (admissions.length > 0)
      new aws.dynamodb.ResourcePolicy(
        `${name}-records-policy`,
        { resourceArn: table.arn, policy: resourcePolicy(admissions) },
        { parent: this },
      );
    return table;
  }

  private createBus(name: string, args: FoundationArgs): aws.cloudwatch.EventBus {
    const bus = new aws.cloudwatch.EventBus(`${name}-bus`, { name: args.context.prefix }, { parent: this });
    const admissions = busAdmissions(args, bus.arn);
    if (admissions.length > 0)
      new aws.cloudwatch.EventBusPolicy(
        `${name}-bus-policy`,
        { eventBusName: bus.name, policy: resourcePolicy(admissions) },
        { parent: this },
      );
    return bus;
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
