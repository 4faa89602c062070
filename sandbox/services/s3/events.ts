import type { AwsEvent } from "../../kernel/types.ts";
import type { S3Target } from "./operations.ts";

/** The event that S3 sends to EventBridge for a new object. */
export function objectCreated(object: {
  readonly request: S3Target;
  readonly reason: string;
  readonly requestId: string;
  readonly requester: string;
  readonly size: number;
  readonly etag: string;
  readonly version?: string;
  readonly sequencer: string;
}): AwsEvent {
  const { bucket, key } = object.request;
  return {
    source: "aws.s3",
    "detail-type": "Object Created",
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: "0",
      bucket: { name: bucket },
      object: {
        key,
        size: object.size,
        etag: object.etag,
        ...(object.version === undefined ? {} : { "version-id": object.version }),
        sequencer: object.sequencer,
      },
      "request-id": object.requestId,
      requester: object.requester,
      "source-ip-address": "127.0.0.1",
      reason: object.reason,
    },
  };
}
