import type { Identity } from "../../kernel/identities.ts";
import type { SandboxKernel } from "../../kernel/kernel.ts";
import type { KeyPolicies } from "../ministack/kms.ts";
import type { Buckets } from "./buckets.ts";
import { type S3Operation, targetOf } from "./operations.ts";
import { bucketArn, creates, headerOf, objectArn, type S3Request } from "./request.ts";

/** Who may do what with buckets, objects and the keys they are encrypted by. What is refused is thrown as a ServiceError. */
export class S3Access {
  readonly #kernel: SandboxKernel;
  readonly #keys: KeyPolicies;
  readonly #buckets: Buckets;

  constructor(kernel: SandboxKernel, keys: KeyPolicies, buckets: Buckets) {
    this.#kernel = kernel;
    this.#keys = keys;
    this.#buckets = buckets;
  }

  /** @param text the body of a deletion of many objects */
  authorize(request: S3Request, operation: S3Operation, text: string): void {
    const { bucket, key } = request.target;
    const check = (action: string, resource: string, context = {}) =>
      this.#kernel.dispatcher.authorize("s3", request.identity, action, resource, context);
    if (operation.name === "DeleteObjects") {
      for (const [, entry = ""] of text.matchAll(/<Object>(.*?)<\/Object>/gs)) {
        const name = unescapeXml(/<Key>([^<]*)<\/Key>/.exec(entry)?.[1] ?? "");
        check(
          entry.includes("<VersionId>") ? "s3:DeleteObjectVersion" : "s3:DeleteObject",
          objectArn(bucket, name),
        );
      }
      return;
    }
    const resource = bucket === "" ? "*" : operation.onObject ? objectArn(bucket, key) : bucketArn(bucket);
    check(`s3:${operation.permission}`, resource, {
      "s3:prefix": request.query.get("prefix") ?? undefined,
      "s3:x-amz-server-side-encryption": headerOf(request.headers, "x-amz-server-side-encryption"),
      "s3:x-amz-server-side-encryption-aws-kms-key-id": headerOf(
        request.headers,
        "x-amz-server-side-encryption-aws-kms-key-id",
      ),
    });
    if (operation.permission === "GetObject" || operation.permission === "GetObjectVersion") {
      const stored = this.#buckets.objectKey(bucket, key, request.query.get("versionId") ?? undefined);
      if (stored !== undefined && operation.name === "GetObject")
        this.#authorizeKey(request.identity, "kms:Decrypt", stored);
    }
  }

  /** Reading what is copied. */
  authorizeCopy(identity: Identity, source: string): void {
    const [path, query] = decodeURIComponent(source.replace(/^\//, "")).split("?versionId=") as [
      string,
      string | undefined,
    ];
    const target = targetOf(`/${path.split("/").map(encodeURIComponent).join("/")}`);
    const action = query === undefined ? "s3:GetObject" : "s3:GetObjectVersion";
    this.#kernel.dispatcher.authorize("s3", identity, action, objectArn(target.bucket, target.key));
    const stored = this.#buckets.objectKey(target.bucket, target.key, query);
    if (stored !== undefined) this.#authorizeKey(identity, "kms:Decrypt", stored);
  }

  /** The key under which a new object is stored, after the check that the caller may use it. */
  encryptionKey(request: S3Request, operation: S3Operation): string | undefined {
    if (!creates(operation) && operation.name !== "CreateMultipartUpload") return undefined;
    const asked = headerOf(request.headers, "x-amz-server-side-encryption");
    const named = headerOf(request.headers, "x-amz-server-side-encryption-aws-kms-key-id");
    const key = asked === "AES256" ? undefined : (named ?? this.#buckets.defaultKey(request.target.bucket));
    if (key === undefined) return undefined;
    const arn = this.#keys.arn(key);
    this.#authorizeKey(request.identity, "kms:GenerateDataKey", arn);
    return arn;
  }

  #authorizeKey(identity: Identity, action: string, key: string): void {
    const via = `s3.${this.#kernel.region}.amazonaws.com`;
    this.#kernel.dispatcher.authorize("s3", identity, action, key, {
      "kms:viaservice": via,
      "kms:calleraccount": identity.principal.accountId,
    });
  }

  /** AWS tells nobody that an object is absent who may not list the bucket. */
  authorizeAbsence({ identity, target }: S3Request): void {
    this.#kernel.dispatcher.authorize("s3", identity, "s3:ListBucket", bucketArn(target.bucket));
  }
}

function unescapeXml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
