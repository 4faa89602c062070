import { ServiceError } from "../../kernel/types.ts";

export interface S3Target {
  readonly bucket: string;
  /** Decoded; empty for the bucket itself. */
  readonly key: string;
}

export interface S3Operation {
  /** Name in AWS's API, for the record and for faults. */
  readonly name: string;
  /** IAM permission, without prefix. */
  readonly permission: string;
  /** Whether the permission is on the object (else on the bucket). */
  readonly onObject: boolean;
}

/** Sub-resources of a bucket: API name and, where it differs, the name in permissions. */
const bucketParts: Readonly<Record<string, readonly [api: string, permission: string]>> = {
  accelerate: ["BucketAccelerateConfiguration", "AccelerateConfiguration"],
  acl: ["BucketAcl", "BucketAcl"],
  cors: ["BucketCors", "BucketCORS"],
  encryption: ["BucketEncryption", "EncryptionConfiguration"],
  lifecycle: ["BucketLifecycleConfiguration", "LifecycleConfiguration"],
  location: ["BucketLocation", "BucketLocation"],
  logging: ["BucketLogging", "BucketLogging"],
  notification: ["BucketNotificationConfiguration", "BucketNotification"],
  "object-lock": ["ObjectLockConfiguration", "BucketObjectLockConfiguration"],
  ownershipControls: ["BucketOwnershipControls", "BucketOwnershipControls"],
  policy: ["BucketPolicy", "BucketPolicy"],
  policyStatus: ["BucketPolicyStatus", "BucketPolicyStatus"],
  publicAccessBlock: ["PublicAccessBlock", "BucketPublicAccessBlock"],
  replication: ["BucketReplication", "ReplicationConfiguration"],
  requestPayment: ["BucketRequestPayment", "BucketRequestPayment"],
  tagging: ["BucketTagging", "BucketTagging"],
  versioning: ["BucketVersioning", "BucketVersioning"],
  website: ["BucketWebsite", "BucketWebsite"],
};

const objectParts: Readonly<Record<string, readonly [api: string, permission: string]>> = {
  acl: ["ObjectAcl", "ObjectAcl"],
  "legal-hold": ["ObjectLegalHold", "ObjectLegalHold"],
  retention: ["ObjectRetention", "ObjectRetention"],
  tagging: ["ObjectTagging", "ObjectTagging"],
};

/** Query parameters that qualify a request without naming a sub-resource. */
const plainParameters =
  /^(list-type|prefix|delimiter|max-keys|marker|continuation-token|start-after|fetch-owner|encoding-type|key-marker|version-id-marker|upload-id-marker|max-uploads|max-parts|part-number-marker|versionId|partNumber|uploadId|x-id|response-.*|X-Amz-.*|x-amz-.*)$/;

const bucketOperation = (name: string, permission: string): S3Operation => ({
  name,
  permission,
  onObject: false,
});
const objectOperation = (name: string, permission: string): S3Operation => ({
  name,
  permission,
  onObject: true,
});

/**
 * The API operation that method, path and query stand for, and the permission that AWS asks for.
 * @throws ServiceError naming a sub-resource that the sandbox does not have
 */
export function operationOf(
  method: string,
  target: S3Target,
  query: URLSearchParams,
  copy: boolean,
): S3Operation {
  if (target.bucket === "") return bucketOperation("ListBuckets", "ListAllMyBuckets");
  const found = target.key === "" ? ofBucket(method, query) : ofObject(method, query, copy);
  if (found) return found;
  const part = [...query.keys()].find((name) => !plainParameters.test(name));
  const what = `${method} ${target.key === "" ? "bucket" : "object"}${part === undefined ? "" : `?${part}`}`;
  throw new ServiceError("NotImplemented", `the Sluice sandbox does not support s3:${what}`, { status: 501 });
}

function ofBucket(method: string, query: URLSearchParams): S3Operation | undefined {
  const part = [...query.keys()].find((name) => !plainParameters.test(name));
  if (part === "delete" && method === "POST") return bucketOperation("DeleteObjects", "DeleteObject");
  if (part === "versions" && method === "GET")
    return bucketOperation("ListObjectVersions", "ListBucketVersions");
  if (part === "uploads" && method === "GET")
    return bucketOperation("ListMultipartUploads", "ListBucketMultipartUploads");
  if (part !== undefined) return configured(bucketParts[part], method, false);
  if (method === "PUT") return bucketOperation("CreateBucket", "CreateBucket");
  if (method === "DELETE") return bucketOperation("DeleteBucket", "DeleteBucket");
  if (method === "HEAD") return bucketOperation("HeadBucket", "ListBucket");
  if (method === "GET")
    return bucketOperation(query.has("list-type") ? "ListObjectsV2" : "ListObjects", "ListBucket");
  return undefined;
}

function ofObject(method: string, query: URLSearchParams, copy: boolean): S3Operation | undefined {
  const version = query.has("versionId") ? "Version" : "";
  const part = [...query.keys()].find((name) => !plainParameters.test(name));
  if (part === "uploads" && method === "POST") return objectOperation("CreateMultipartUpload", "PutObject");
  if (part === "attributes" && method === "GET")
    return objectOperation("GetObjectAttributes", `GetObject${version}`);
  if (part !== undefined) return configured(objectParts[part], method, true);
  if (query.has("uploadId")) return ofUpload(method, copy);
  if (method === "GET") return objectOperation("GetObject", `GetObject${version}`);
  if (method === "HEAD") return objectOperation("HeadObject", `GetObject${version}`);
  if (method === "PUT") return objectOperation(copy ? "CopyObject" : "PutObject", "PutObject");
  if (method === "DELETE") return objectOperation("DeleteObject", `DeleteObject${version}`);
  return undefined;
}

function ofUpload(method: string, copy: boolean): S3Operation | undefined {
  if (method === "PUT") return objectOperation(copy ? "UploadPartCopy" : "UploadPart", "PutObject");
  if (method === "POST") return objectOperation("CompleteMultipartUpload", "PutObject");
  if (method === "DELETE") return objectOperation("AbortMultipartUpload", "AbortMultipartUpload");
  if (method === "GET") return objectOperation("ListParts", "ListMultipartUploadParts");
  return undefined;
}

function configured(
  part: readonly [string, string] | undefined,
  method: string,
  onObject: boolean,
): S3Operation | undefined {
  if (!part) return undefined;
  const [api, permission] = part;
  if (method === "GET") return { name: `Get${api}`, permission: `Get${permission}`, onObject };
  if (method === "PUT") return { name: `Put${api}`, permission: `Put${permission}`, onObject };
  // Removing a bucket's configuration needs the permission to set it; policy and object tags have one of their own.
  const verb = permission === "BucketPolicy" || onObject ? "Delete" : "Put";
  if (method === "DELETE") return { name: `Delete${api}`, permission: `${verb}${permission}`, onObject };
  return undefined;
}

/** Bucket and key of a request path (path style, as every SDK uses on an IP address). */
export function targetOf(pathname: string): S3Target {
  const slash = pathname.indexOf("/", 1);
  if (slash === -1) return { bucket: decodeURIComponent(pathname.slice(1)), key: "" };
  return {
    bucket: decodeURIComponent(pathname.slice(1, slash)),
    key: decodeURIComponent(pathname.slice(slash + 1)),
  };
}

/** `/bucket/key` with each part encoded, slashes of the key kept. */
export function pathOf(target: S3Target): string {
  const key = target.key.split("/").map(encodeURIComponent).join("/");
  return `/${encodeURIComponent(target.bucket)}/${key}`;
}
