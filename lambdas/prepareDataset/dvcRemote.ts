/** A DVC remote on S3: objects whose keys are hashes of their bytes, so that none is ever written twice. */
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { SluiceError } from "../shared/errors.ts";
import { parseUri } from "../shared/objects.ts";

/** A folder may hold thousands of small objects. */
export const OBJECTS_AT_ONCE = 8;

export interface DvcRemote {
  /** The bytes as they come. Throws `DvcObjectMissing` for an object that is not there. */
  read(uri: string): Promise<AsyncIterable<Uint8Array>>;
  /** Writes an object unless there is one under this key. */
  putNew(uri: string, body: Uint8Array | string): Promise<void>;
}

/** S3 tells a role that may not list a bucket "access denied" for an object that is absent, so the two cannot be told apart. */
const ABSENT: Readonly<Record<string, string>> = {
  NoSuchKey: "no such object; run dvc push",
  NoSuchBucket: "no such bucket; correct data.dvc.remote",
  AccessDenied:
    "no such object, or no permission to read it; run dvc push, and bring the delivery stack up with this data.dvc.remote",
};

export function s3DvcRemote(client: S3Client): DvcRemote {
  return {
    async read(uri) {
      const { bucket, key } = parseUri(uri);
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        // In Node the SDK's body is a readable stream of buffers.
        return Body as unknown as AsyncIterable<Uint8Array>;
      } catch (cause) {
        const reason = cause instanceof Error ? ABSENT[cause.name] : undefined;
        if (reason === undefined) throw cause;
        throw new SluiceError("DvcObjectMissing", reason, { cause });
      }
    },
    async putNew(uri, body) {
      const { bucket, key } = parseUri(uri);
      try {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, IfNoneMatch: "*" }));
      } catch (error) {
        if (!(error instanceof Error && error.name === "PreconditionFailed")) throw error;
      }
    },
  };
}
