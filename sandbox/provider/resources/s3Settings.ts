/** S3: the settings of a bucket, each a resource whose id is the bucket's name. */
import {
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  type LifecycleRule,
  type OwnershipControlsRule,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type ServerSideEncryptionRule,
  type VersioningConfiguration,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";
import type { AwsClients } from "../clients.ts";
import { fromAws, toAws } from "../convert.ts";
import {
  type Argument,
  type Definition,
  define,
  optional,
  required,
  requiredJson,
  requiredReplaces,
} from "../definition.ts";
import { orGone } from "../errors.ts";

interface Setting<TArgs> {
  readonly args: { readonly [Key in keyof TArgs]?: Argument };
  put(client: S3Client, bucket: string, args: Record<string, unknown>): Promise<unknown>;
  /** The live value as arguments, or undefined when the bucket has none. */
  get(client: S3Client, bucket: string): Promise<Record<string, unknown> | undefined>;
  remove(client: S3Client, bucket: string): Promise<unknown>;
}

function setting<TArgs extends { bucket: unknown }, TState>(type: string, given: Setting<TArgs>): Definition {
  const put = async (clients: AwsClients, args: Record<string, unknown>) => {
    await given.put(clients.client(S3Client), args.bucket as string, args);
    return { region: clients.region } as TState;
  };
  const s3 = (clients: AwsClients) => clients.client(S3Client);
  return define<TArgs, TState>(type, {
    args: { ...given.args, bucket: requiredReplaces } as { readonly [Key in keyof TArgs]?: Argument },
    create: async (clients, args) => ({
      id: args.bucket as string,
      outputs: (await put(clients, args as Record<string, unknown>)) as never,
    }),
    update: async (clients, _id, args) => (await put(clients, args as Record<string, unknown>)) as never,
    read: async (clients, id) => {
      const live = await orGone(given.get(s3(clients), id));
      return live && ({ ...live, bucket: id, region: clients.region } as never);
    },
    delete: (clients, id) => orGone(given.remove(s3(clients), id)),
  });
}

const versioning = setting<aws.s3.BucketVersioningArgs, aws.s3.BucketVersioningState>(
  "aws:s3/bucketVersioning:BucketVersioning",
  {
    args: { versioningConfiguration: required },
    put: (client, Bucket, args) =>
      client.send(
        new PutBucketVersioningCommand({
          Bucket,
          VersioningConfiguration: toAws<VersioningConfiguration>(args.versioningConfiguration),
        }),
      ),
    async get(client, Bucket) {
      const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
      return Status === undefined ? undefined : { versioningConfiguration: { status: Status } };
    },
    // A versioned bucket cannot become unversioned: the real provider suspends it too.
    remove: (client, Bucket) =>
      client.send(
        new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }),
      ),
  },
);

const ENCRYPTION = { rename: { sseAlgorithm: "SSEAlgorithm", kmsMasterKeyId: "KMSMasterKeyID" } };
const encryption = setting<
  aws.s3.BucketServerSideEncryptionConfigurationArgs,
  aws.s3.BucketServerSideEncryptionConfigurationState
>("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", {
  args: { rules: required },
  put: (client, Bucket, args) =>
    client.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: toAws<ServerSideEncryptionRule[]>(args.rules, ENCRYPTION),
        },
      }),
    ),
  async get(client, Bucket) {
    const live = await client.send(new GetBucketEncryptionCommand({ Bucket }));
    return { rules: fromAws(live.ServerSideEncryptionConfiguration?.Rules, ENCRYPTION) };
  },
  remove: (client, Bucket) => client.send(new DeleteBucketEncryptionCommand({ Bucket })),
});

const publicAccess = setting<aws.s3.BucketPublicAccessBlockArgs, aws.s3.BucketPublicAccessBlockState>(
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  {
    args: {
      blockPublicAcls: optional,
      blockPublicPolicy: optional,
      ignorePublicAcls: optional,
      restrictPublicBuckets: optional,
    },
    put: (client, Bucket, { bucket: _, ...rest }) =>
      client.send(
        new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: toAws<object>(rest) }),
      ),
    async get(client, Bucket) {
      const live = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
      return fromAws(live.PublicAccessBlockConfiguration ?? {});
    },
    remove: (client, Bucket) => client.send(new DeletePublicAccessBlockCommand({ Bucket })),
  },
);

const ownership = setting<aws.s3.BucketOwnershipControlsArgs, aws.s3.BucketOwnershipControlsState>(
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  {
    args: { rule: required },
    put: (client, Bucket, args) =>
      client.send(
        new PutBucketOwnershipControlsCommand({
          Bucket,
          OwnershipControls: { Rules: [toAws<OwnershipControlsRule>(args.rule)] },
        }),
      ),
    async get(client, Bucket) {
      const live = await client.send(new GetBucketOwnershipControlsCommand({ Bucket }));
      return { rule: fromAws(live.OwnershipControls?.Rules?.[0]) };
    },
    remove: (client, Bucket) => client.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
  },
);

const LIFECYCLE = { rename: { id: "ID" } };
const lifecycle = setting<aws.s3.BucketLifecycleConfigurationArgs, aws.s3.BucketLifecycleConfigurationState>(
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  {
    args: { rules: required },
    put: (client, Bucket, args) =>
      client.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: { Rules: toAws<LifecycleRule[]>(args.rules, LIFECYCLE) },
        }),
      ),
    async get(client, Bucket) {
      const live = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      return { rules: fromAws(live.Rules, LIFECYCLE) };
    },
    remove: (client, Bucket) => client.send(new DeleteBucketLifecycleCommand({ Bucket })),
  },
);

const policy = setting<aws.s3.BucketPolicyArgs, aws.s3.BucketPolicyState>(
  "aws:s3/bucketPolicy:BucketPolicy",
  {
    args: { policy: requiredJson },
    put: (client, Bucket, args) =>
      client.send(new PutBucketPolicyCommand({ Bucket, Policy: args.policy as string })),
    async get(client, Bucket) {
      return { policy: (await client.send(new GetBucketPolicyCommand({ Bucket }))).Policy };
    },
    remove: (client, Bucket) => client.send(new DeleteBucketPolicyCommand({ Bucket })),
  },
);

const notification = setting<aws.s3.BucketNotificationArgs, aws.s3.BucketNotificationState>(
  "aws:s3/bucketNotification:BucketNotification",
  {
    args: { eventbridge: optional },
    put: (client, Bucket, args) =>
      client.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket,
          NotificationConfiguration: args.eventbridge ? { EventBridgeConfiguration: {} } : {},
        }),
      ),
    async get(client, Bucket) {
      const live = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
      return { eventbridge: live.EventBridgeConfiguration !== undefined };
    },
    remove: (client, Bucket) =>
      client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} })),
  },
);

export const definitions = [versioning, encryption, publicAccess, ownership, lifecycle, policy, notification];
