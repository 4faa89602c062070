/** S3 as a pipeline's role sees it. Versions and encryption keys are needed here, so it goes over the wire like any client. */
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type Kernel, ServiceError } from "../../kernel/types.ts";

export interface ObjectFacts {
  /** Undefined when the bucket has no versions. */
  readonly versionId: string | undefined;
  readonly etag: string;
}

export interface ObjectStore {
  head(bucket: string, key: string, versionId?: string): Promise<ObjectFacts>;
  get(bucket: string, key: string, versionId?: string): Promise<Uint8Array>;
  put(bucket: string, key: string, body: Uint8Array, kmsKeyId?: string): Promise<void>;
}

/** `through`: the role that assumes `roleArn`, where the service does not. */
export type OpenStore = (roleArn: string, through?: string) => ObjectStore;

const principal = "codepipeline.amazonaws.com";

async function translated<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (problem) {
    const { name, message, $metadata } = problem as {
      name: string;
      message: string;
      $metadata?: { httpStatusCode?: number };
    };
    // An answer to HEAD has no body: only the status tells.
    const status = $metadata?.httpStatusCode;
    if (status === undefined) throw problem;
    const code = status === 403 ? "AccessDenied" : name;
    throw new ServiceError(code, message === "UnknownError" ? `${name} (status ${status})` : message, {
      status,
    });
  }
}

/** Stores over the sandbox's own gateway, with temporary credentials of the role. */
export function wireStores(kernel: Kernel): OpenStore {
  const clients = new Map<string, S3Client>();
  const clientOf = (roleArn: string, through: string | undefined): S3Client => {
    if (!kernel.canAssume(roleArn, principal, through)) {
      throw new ServiceError("AccessDenied", `${principal} is not authorized to assume role ${roleArn}`, {
        status: 403,
      });
    }
    const known = clients.get(roleArn);
    if (known) return known;
    const keys = kernel.credentialsFor(roleArn, "codepipeline");
    const client = new S3Client({
      endpoint: kernel.url,
      region: kernel.region,
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: {
        accessKeyId: keys.AWS_ACCESS_KEY_ID ?? "",
        secretAccessKey: keys.AWS_SECRET_ACCESS_KEY ?? "",
        ...(keys.AWS_SESSION_TOKEN ? { sessionToken: keys.AWS_SESSION_TOKEN } : {}),
      },
    });
    clients.set(roleArn, client);
    return client;
  };
  return (roleArn, through) => ({
    head: (Bucket, Key, VersionId) =>
      kernel.clock.work("pipeline artifact", () =>
        translated(async () => {
          const found = await clientOf(roleArn, through).send(
            new HeadObjectCommand({ Bucket, Key, VersionId }),
          );
          const versionId = found.VersionId === "null" ? undefined : found.VersionId;
          return { versionId, etag: (found.ETag ?? "").replaceAll('"', "") };
        }),
      ),
    get: (Bucket, Key, VersionId) =>
      kernel.clock.work("pipeline artifact", () =>
        translated(async () => {
          const found = await clientOf(roleArn, through).send(
            new GetObjectCommand({ Bucket, Key, VersionId }),
          );
          return (await found.Body?.transformToByteArray()) ?? new Uint8Array();
        }),
      ),
    put: (Bucket, Key, Body, SSEKMSKeyId) =>
      kernel.clock.work("pipeline artifact", () =>
        translated(async () => {
          const encryption = SSEKMSKeyId ? { ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId } : {};
          await clientOf(roleArn, through).send(new PutObjectCommand({ Bucket, Key, Body, ...encryption }));
        }),
      ),
  });
}
