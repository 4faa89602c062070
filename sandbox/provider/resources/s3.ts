/** S3: bucket and object. The settings of a bucket are resources of their own, see `s3Settings.ts`. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type * as aws from "@pulumi/aws";
import { assetBytes } from "../assets.ts";
import type { AwsClients } from "../clients.ts";
import { define, local, optional, replaces, requiredReplaces } from "../definition.ts";
import { orGone } from "../errors.ts";

const bucketOutputs = (clients: AwsClients, bucket: string) => ({
  arn: `arn:aws:s3:::${bucket}`,
  bucket,
  bucketDomainName: `${bucket}.s3.amazonaws.com`,
  bucketRegionalDomainName: `${bucket}.s3.${clients.region}.amazonaws.com`,
  bucketRegion: clients.region,
  region: clients.region,
});

export const bucket = define<aws.s3.BucketArgs, aws.s3.BucketState>("aws:s3/bucket:Bucket", {
  args: { bucket: replaces, forceDestroy: local },
  autoName: { property: "bucket", maxLength: 63, lowerCase: true },
  async create(clients, args) {
    const name = args.bucket as string;
    const location =
      clients.region === "us-east-1"
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: clients.region as "eu-west-1" } };
    await clients.client(S3Client).send(new CreateBucketCommand({ Bucket: name, ...location }));
    return { id: name, outputs: bucketOutputs(clients, name) };
  },
  async read(clients, id) {
    const found = await orGone(clients.client(S3Client).send(new HeadBucketCommand({ Bucket: id })));
    return found && bucketOutputs(clients, id);
  },
  // forceDestroy is all that can change, and only this provider reads it.
  async update() {
    return {};
  },
  async delete(clients, id, state) {
    if (state.forceDestroy) await emptyBucket(clients, id);
    await orGone(clients.client(S3Client).send(new DeleteBucketCommand({ Bucket: id })));
  },
});

/** Deletes all versions and delete markers below a prefix. */
async function emptyBucket(clients: AwsClients, bucketName: string, key?: string): Promise<void> {
  const client = clients.client(S3Client);
  let more = true;
  while (more) {
    const page = await orGone(
      client.send(new ListObjectVersionsCommand({ Bucket: bucketName, ...(key ? { Prefix: key } : {}) })),
    );
    const objects = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])]
      .filter((version) => key === undefined || version.Key === key)
      .map(({ Key, VersionId }) => ({ Key: Key as string, ...(VersionId ? { VersionId } : {}) }));
    if (objects.length === 0) return;
    await client.send(
      new DeleteObjectsCommand({ Bucket: bucketName, Delete: { Objects: objects, Quiet: true } }),
    );
    more = page?.IsTruncated ?? false;
  }
}

export const bucketObject = define<aws.s3.BucketObjectv2Args, aws.s3.BucketObjectv2State>(
  "aws:s3/bucketObjectv2:BucketObjectv2",
  {
    args: {
      bucket: requiredReplaces,
      key: replaces,
      source: optional,
      content: optional,
      contentType: { computed: true },
      metadata: optional,
      forceDestroy: local,
    },
    autoName: { property: "key", maxLength: 1024, randomSuffix: false },
    async create(clients, args) {
      return { id: `${args.bucket}/${args.key}`, outputs: await putObject(clients, args) };
    },
    async read(clients, _id, state) {
      const { bucket: Bucket, key: Key } = state;
      const head = await orGone(
        clients
          .client(S3Client)
          .send(new HeadObjectCommand({ Bucket, Key } as { Bucket: string; Key: string })),
      );
      if (!head) return undefined;
      return {
        ...objectOutputs(clients, state as { bucket: string; key: string }),
        bucket: state.bucket as string,
        key: state.key as string,
        contentType: head.ContentType as string,
        etag: head.ETag?.replaceAll('"', "") as string,
        versionId: head.VersionId ?? "null",
      };
    },
    update: (clients, _id, args) => putObject(clients, args),
    delete: (clients, _id, state) => emptyBucket(clients, state.bucket as string, state.key as string),
  },
);

const objectOutputs = (clients: AwsClients, { bucket: name, key }: { bucket: string; key: string }) => ({
  arn: `arn:aws:s3:::${name}/${key}`,
  region: clients.region,
});

async function putObject(
  clients: AwsClients,
  args: {
    bucket: unknown;
    key?: unknown;
    source?: unknown;
    content?: unknown;
    contentType?: unknown;
    metadata?: unknown;
  },
) {
  const target = { bucket: args.bucket as string, key: args.key as string };
  const body =
    args.source === undefined ? Buffer.from((args.content as string) ?? "") : assetBytes(args.source);
  const contentType = (args.contentType as string | undefined) ?? "application/octet-stream";
  const put = await clients.client(S3Client).send(
    new PutObjectCommand({
      Bucket: target.bucket,
      Key: target.key,
      Body: body,
      ContentType: contentType,
      ...(args.metadata ? { Metadata: args.metadata as Record<string, string> } : {}),
    }),
  );
  return {
    ...objectOutputs(clients, target),
    contentType,
    etag: put.ETag?.replaceAll('"', "") as string,
    versionId: put.VersionId ?? "null",
  };
}

export const definitions = [bucket, bucketObject];
