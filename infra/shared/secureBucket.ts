import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Admission, admit } from "../policy/admission.ts";
import type { DeployContext } from "./context.ts";

export interface LifecycleRule {
  readonly id: string;
  readonly prefix: string;
  readonly expireDays?: number;
  /** Days after which replaced versions go. */
  readonly noncurrentDays?: number;
}

export interface SecureBucketArgs {
  readonly context: DeployContext;
  readonly bucketName: string;
  readonly kmsKeyArn: pulumi.Input<string>;
  readonly lifecycle: readonly LifecycleRule[];
  /** Sends "Object Created" events to EventBridge. */
  readonly sendsEvents: boolean;
  /** What roles of other accounts may do here; their own policies must allow it, too. */
  readonly admissions?: readonly Admission[];
}

/** A private, versioned bucket: KMS with a bucket key (fewer KMS calls), TLS only, owner enforced, lifecycle rules. */
export class SecureBucket extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;

  constructor(name: string, args: SecureBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:shared:SecureBucket", name, {}, opts);
    const { context } = args;
    const bucket = new aws.s3.Bucket(
      `${name}-bucket`,
      { bucket: args.bucketName, forceDestroy: !context.isProtected },
      { parent: this, protect: context.isProtected, retainOnDelete: context.isProtected },
    );
    const of = { bucket: bucket.bucket };
    const below = { parent: this };
    new aws.s3.BucketVersioning(
      `${name}-versioning`,
      { ...of, versioningConfiguration: { status: "Enabled" } },
      below,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        ...of,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.kmsKeyArn },
            bucketKeyEnabled: true,
          },
        ],
      },
      below,
    );
    new aws.s3.BucketPublicAccessBlock(
      `${name}-private`,
      {
        ...of,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      below,
    );
    new aws.s3.BucketOwnershipControls(
      `${name}-ownership`,
      { ...of, rule: { objectOwnership: "BucketOwnerEnforced" } },
      below,
    );
    new aws.s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      {
        ...of,
        rules: args.lifecycle.map((rule) => ({
          id: rule.id,
          status: "Enabled",
          filter: { prefix: rule.prefix },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          ...(rule.expireDays ? { expiration: { days: rule.expireDays } } : {}),
          ...(rule.noncurrentDays
            ? { noncurrentVersionExpiration: { noncurrentDays: rule.noncurrentDays } }
            : {}),
        })),
      },
      below,
    );
    new aws.s3.BucketPolicy(
      `${name}-policy`,
      { ...of, policy: bucketPolicy(bucket.arn, args.admissions ?? []) },
      below,
    );
    if (args.sendsEvents)
      new aws.s3.BucketNotification(`${name}-events`, { ...of, eventbridge: true }, below);
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn });
  }
}

function bucketPolicy(arn: pulumi.Output<string>, admissions: readonly Admission[]): pulumi.Output<string> {
  const resources = [arn, pulumi.interpolate`${arn}/*`];
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: resources,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
      ...admissions.map(admit),
    ],
  });
}
