import type { IncomingHttpHeaders } from "node:http";
import type { Identity } from "../../kernel/identities.ts";
import type { S3Operation, S3Target } from "./operations.ts";

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A small body is there as bytes; a large one, or one whose size is not announced, is a stream. */
export type Body = Uint8Array | NodeJS.ReadableStream;

export interface S3Request {
  readonly method: string;
  readonly target: S3Target;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Body;
  readonly identity: Identity;
  readonly requestId: string;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
}

const CREATES = new Set(["PutObject", "CopyObject", "CompleteMultipartUpload"]);

/** Whether there is a new object after the operation; its event gives the operation's name as the reason. */
export const creates = ({ name }: S3Operation): boolean => CREATES.has(name);

export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

export const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;

export const objectArn = (bucket: string, key: string): string => `${bucketArn(bucket)}/${key}`;
