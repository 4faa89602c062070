/** Objects in S3, addressed by `s3://bucket/key`. */
import { createHash } from "node:crypto";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SluiceError } from "./errors.ts";

export interface StoredObject {
  readonly uri: string;
  readonly bytes: number;
  /** Another one after every write. */
  readonly etag: string;
}

export interface Objects {
  get(uri: string): Promise<Uint8Array>;
  getText(uri: string): Promise<string>;
  put(uri: string, body: Uint8Array | string, contentType?: string): Promise<void>;
  /** Writes an object unless there is one: what is there stays as it is. Returns whether it was written. */
  putNew(uri: string, body: Uint8Array | string, contentType?: string): Promise<boolean>;
  /** All objects under a prefix, in key order. */
  list(prefixUri: string): Promise<StoredObject[]>;
}

export function parseUri(uri: string): { bucket: string; key: string } {
  const match = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri);
  if (!match) throw new SluiceError("InvalidInput", `expected s3://bucket/key, got ${JSON.stringify(uri)}`);
  return { bucket: match[1] as string, key: match[2] as string };
}

export const sha256 = (body: Uint8Array | string): string => createHash("sha256").update(body).digest("hex");

export function s3Objects(client = new S3Client({ forcePathStyle: true })): Objects {
  const get = async (uri: string): Promise<Uint8Array> => {
    const { bucket, key } = parseUri(uri);
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      if (error instanceof Error && error.name === "NoSuchKey")
        throw new SluiceError("InvalidArtifact", `${uri}: expected an object, found none`, { cause: error });
      throw error;
    }
  };
  return {
    get,
    getText: async (uri) => new TextDecoder().decode(await get(uri)),
    async put(uri, body, contentType = "application/octet-stream") {
      const { bucket, key } = parseUri(uri);
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }),
      );
    },
    async putNew(uri, body, contentType = "application/octet-stream") {
      const { bucket, key } = parseUri(uri);
      try {
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: body,
            ContentType: contentType,
            IfNoneMatch: "*",
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === "PreconditionFailed") return false;
        throw error;
      }
    },
    async list(prefixUri) {
      const { bucket, key } = parseUri(prefixUri);
      const found: StoredObject[] = [];
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: key, ContinuationToken: token }),
        );
        for (const item of page.Contents ?? [])
          found.push({ uri: `s3://${bucket}/${item.Key}`, bytes: item.Size ?? 0, etag: item.ETag ?? "" });
        token = page.NextContinuationToken;
      } while (token);
      return found;
    },
  };
}
