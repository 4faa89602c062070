import { parsePolicy } from "../../kernel/iam/policy.ts";
import { ServiceError } from "../../kernel/types.ts";

interface BucketState {
  policy: string | undefined;
  /** Key of the default encryption; undefined for S3's own. */
  defaultKey: string | undefined;
  eventBridge: boolean;
  /** KMS key of each object that has one, by key and by key with version. */
  readonly objectKeys: Map<string, string>;
}

/** What the gateway needs to know of buckets to decide, as their configurations pass by; ministack keeps the buckets. */
export class Buckets {
  readonly #buckets = new Map<string, BucketState>();

  has(bucket: string): boolean {
    return this.#buckets.has(bucket);
  }

  policy(arn: string): string | undefined {
    const name = /^arn:aws:s3:::([^/]+)/.exec(arn)?.[1];
    return name === undefined ? undefined : this.#buckets.get(name)?.policy;
  }

  defaultKey(bucket: string): string | undefined {
    return this.#buckets.get(bucket)?.defaultKey;
  }

  sendsEvents(bucket: string): boolean {
    return this.#buckets.get(bucket)?.eventBridge ?? false;
  }

  objectKey(bucket: string, key: string, version: string | undefined): string | undefined {
    return this.#buckets.get(bucket)?.objectKeys.get(objectId(key, version));
  }

  setObjectKey(bucket: string, key: string, version: string | undefined, kmsKey: string | undefined): void {
    const { objectKeys } = this.#state(bucket);
    for (const id of [objectId(key, undefined), objectId(key, version)]) {
      if (kmsKey === undefined) objectKeys.delete(id);
      else objectKeys.set(id, kmsKey);
    }
  }

  /**
   * Checks a configuration before ministack stores it.
   * @throws ServiceError for what the sandbox would silently not do
   */
  check(operation: string, body: string): void {
    if (operation === "PutBucketPolicy") {
      try {
        parsePolicy(body, "resource");
      } catch (error) {
        throw new ServiceError("MalformedPolicy", (error as Error).message);
      }
    }
    const other = /<(TopicConfiguration|QueueConfiguration|CloudFunctionConfiguration)/.exec(body)?.[1];
    if (operation === "PutBucketNotificationConfiguration" && other !== undefined)
      throw new ServiceError(
        "NotImplemented",
        `the Sluice sandbox does not support s3:PutBucketNotificationConfiguration (${other}); use EventBridgeConfiguration`,
        { status: 501 },
      );
  }

  /** Notes a configuration that ministack has accepted. */
  observe(operation: string, bucket: string, body: string): void {
    const state = this.#state(bucket);
    if (operation === "PutBucketPolicy") state.policy = body;
    else if (operation === "DeleteBucketPolicy") state.policy = undefined;
    else if (operation === "PutBucketEncryption") state.defaultKey = defaultKeyOf(body);
    else if (operation === "DeleteBucketEncryption") state.defaultKey = undefined;
    else if (operation === "PutBucketNotificationConfiguration")
      state.eventBridge = body.includes("<EventBridgeConfiguration");
    else if (operation === "DeleteBucket") this.#buckets.delete(bucket);
  }

  #state(bucket: string): BucketState {
    let state = this.#buckets.get(bucket);
    if (!state) {
      state = { policy: undefined, defaultKey: undefined, eventBridge: false, objectKeys: new Map() };
      this.#buckets.set(bucket, state);
    }
    return state;
  }
}

function objectId(key: string, version: string | undefined): string {
  return version === undefined ? key : `${key}\n${version}`;
}

function defaultKeyOf(body: string): string | undefined {
  if (!/<SSEAlgorithm>aws:kms(:dsse)?<\/SSEAlgorithm>/.test(body)) return undefined;
  return /<KMSMasterKeyID>([^<]+)<\/KMSMasterKeyID>/.exec(body)?.[1];
}
