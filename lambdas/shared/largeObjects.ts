/** Objects that are larger than memory: read as streams, written in parts, copied inside S3. */
import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { SluiceError } from "./errors.ts";
import { parseUri } from "./objects.ts";

export interface Written {
  readonly bytes: number;
  readonly sha256: string;
  readonly md5: string;
}

/** Takes text or bytes one after the other; holds one part of them at a time. */
export interface ObjectWriter {
  write(chunk: Uint8Array | string): Promise<void>;
  /** Only after this is there an object. */
  end(): Promise<Written>;
  /** Leaves nothing behind; for failures. */
  abandon(): Promise<void>;
}

export interface ReadOptions {
  readonly etag?: string | undefined;
  /** First byte; nothing comes when the object ends before it. */
  readonly from?: number;
}

export interface LargeObjects {
  /** The bytes as they come. @throws SluiceError `BadData` when the object is no longer the one with this ETag */
  read(uri: string, options?: ReadOptions): Promise<AsyncIterable<Uint8Array>>;
  writer(uri: string): ObjectWriter;
  /** Copies an object unless there is one at the target; returns whether it did. The bytes never leave S3. */
  copyNew(from: string, to: string, bytes: number, contentType: string): Promise<boolean>;
  /** Copies an object to where another may be. The bytes never leave S3, and nobody sees half of them. */
  copy(from: string, to: string, bytes: number, contentType: string): Promise<void>;
}

/** S3 takes 10,000 parts of 5 MB to 5 GB each, the last one shorter: 160 GB of these. */
const PART = 16 * 2 ** 20;
/** Largest part that is copied at once; S3 takes 5 GB. */
const COPIED = 2 ** 30;

export function s3LargeObjects(client: S3Client): LargeObjects {
  return {
    read: (uri, options = {}) => read(client, uri, options),
    writer: (uri) => new PartWriter(client, uri),
    async copyNew(from, to, bytes, contentType) {
      try {
        await copy(client, from, to, bytes, contentType, true);
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === "PreconditionFailed") return false;
        throw error;
      }
    },
    copy: (from, to, bytes, contentType) => copy(client, from, to, bytes, contentType, false),
  };
}

async function read(
  client: S3Client,
  uri: string,
  { etag, from = 0 }: ReadOptions,
): Promise<AsyncIterable<Uint8Array>> {
  const { bucket, key } = parseUri(uri);
  try {
    const { Body } = await client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(etag ? { IfMatch: etag } : {}),
        ...(from > 0 ? { Range: `bytes=${from}-` } : {}),
      }),
    );
    // In Node the SDK's body is a readable stream of buffers.
    return Body as unknown as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (cause instanceof Error && cause.name === "InvalidRange") return nothing();
    const isGone = cause instanceof Error && ["NoSuchKey", "PreconditionFailed"].includes(cause.name);
    if (!isGone) throw cause;
    throw new SluiceError(
      "BadData",
      `${uri}: expected the object as it was when the stage began, it was changed or removed; run the stage again`,
      { cause },
    );
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

interface Part {
  readonly ETag: string | undefined;
  readonly PartNumber: number;
}

class PartWriter implements ObjectWriter {
  readonly #client: S3Client;
  readonly #of: { readonly Bucket: string; readonly Key: string };
  readonly #hash = createHash("sha256");
  readonly #md5 = createHash("md5");
  readonly #parts: Promise<Part>[] = [];
  #upload: string | undefined;
  #pending: Uint8Array[] = [];
  #length = 0;
  #bytes = 0;

  constructor(client: S3Client, uri: string) {
    this.#client = client;
    const { bucket, key } = parseUri(uri);
    this.#of = { Bucket: bucket, Key: key };
  }

  async write(chunk: Uint8Array | string): Promise<void> {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    this.#hash.update(bytes);
    this.#md5.update(bytes);
    this.#pending.push(bytes);
    this.#length += bytes.length;
    this.#bytes += bytes.length;
    if (this.#length >= PART) await this.#send();
  }

  /** Starts a part; the one before must be there first, so that two are in memory at most. */
  async #send(): Promise<void> {
    await this.#parts.at(-1);
    this.#upload ??= (await this.#client.send(new CreateMultipartUploadCommand(this.#of))).UploadId;
    const body = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#length = 0;
    const PartNumber = this.#parts.length + 1;
    const sent = this.#client
      .send(new UploadPartCommand({ ...this.#of, UploadId: this.#upload, PartNumber, Body: body }))
      .then(({ ETag }) => ({ ETag, PartNumber }));
    // Awaited with the next part; a failure in between must not end the process.
    sent.catch(() => undefined);
    this.#parts.push(sent);
  }

  async end(): Promise<Written> {
    if (this.#upload === undefined) {
      const Body = Buffer.concat(this.#pending);
      await this.#client.send(new PutObjectCommand({ ...this.#of, Body }));
    } else {
      if (this.#length > 0) await this.#send();
      const MultipartUpload = { Parts: await Promise.all(this.#parts) };
      await this.#client.send(
        new CompleteMultipartUploadCommand({ ...this.#of, UploadId: this.#upload, MultipartUpload }),
      );
    }
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex"), md5: this.#md5.digest("hex") };
  }

  async abandon(): Promise<void> {
    if (this.#upload === undefined) return;
    await Promise.allSettled(this.#parts);
    await this.#client.send(new AbortMultipartUploadCommand({ ...this.#of, UploadId: this.#upload }));
  }
}

async function copy(
  client: S3Client,
  from: string,
  to: string,
  bytes: number,
  contentType: string,
  isNew: boolean,
): Promise<void> {
  const source = parseUri(from);
  const target = parseUri(to);
  const of = { Bucket: target.bucket, Key: target.key };
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...of, ContentType: contentType }),
  );
  try {
    const Parts: Part[] = [];
    for (let start = 0; start < bytes; start += COPIED) {
      const PartNumber = Parts.length + 1;
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({
          ...of,
          UploadId,
          PartNumber,
          CopySource: `${source.bucket}/${source.key.split("/").map(encodeURIComponent).join("/")}`,
          CopySourceRange: `bytes=${start}-${Math.min(bytes, start + COPIED) - 1}`,
        }),
      );
      Parts.push({ ETag: CopyPartResult?.ETag, PartNumber });
    }
    await client.send(
      new CompleteMultipartUploadCommand({
        ...of,
        UploadId,
        MultipartUpload: { Parts },
        ...(isNew ? { IfNoneMatch: "*" } : {}),
      }),
    );
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...of, UploadId }));
    throw error;
  }
}
