import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SecureBucket, type SecureBucketArgs } from "../../infra/shared/secureBucket.ts";
import { CONTEXT, make, only } from "../support/componentHarness.ts";

const args: SecureBucketArgs = {
  context: CONTEXT,
  bucketName: "sluice-data",
  kmsKeyArn: "arn:aws:kms:eu-west-1:000000000000:key/k",
  lifecycle: [{ id: "work", prefix: "work/", expireDays: 7, noncurrentDays: 3 }],
  sendsEvents: false,
};
const bucket = (change: Partial<SecureBucketArgs> = {}) =>
  make(() => new SecureBucket("data", { ...args, ...change }));
const statements = (made: Awaited<ReturnType<typeof bucket>>): Record<string, unknown>[] =>
  JSON.parse(only(made, "s3/bucketPolicy:BucketPolicy").policy as string).Statement;

describe("SecureBucket", () => {
  it("denies everything without TLS, to everybody, on the bucket and all objects", async () => {
    const [tls, ...others] = statements(await bucket());

    assert.deepEqual(
      [tls?.Effect, tls?.Principal, tls?.Action, tls?.Condition],
      ["Deny", "*", "s3:*", { Bool: { "aws:SecureTransport": "false" } }],
    );
    assert.equal((tls?.Resource as string[] | undefined)?.length, 2);
    assert.deepEqual(others, []);
  });

  it("encrypts with the given key by a bucket key, keeps versions, and is closed to the public", async () => {
    const made = await bucket();

    const encryption = only(
      made,
      "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    );
    assert.deepEqual(encryption.rules, [
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.kmsKeyArn },
        bucketKeyEnabled: true,
      },
    ]);
    assert.deepEqual(only(made, "s3/bucketVersioning:BucketVersioning").versioningConfiguration, {
      status: "Enabled",
    });
    const { bucket: _, ...closed } = only(made, "s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
    assert.deepEqual(Object.values(closed), [true, true, true, true]);
  });

  it("ends uploads that were given up, in every rule of its lifecycle", async () => {
    const { rules } = only(await bucket(), "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration");

    assert.deepEqual(rules, [
      {
        id: "work",
        status: "Enabled",
        filter: { prefix: "work/" },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        expiration: { days: 7 },
        noncurrentVersionExpiration: { noncurrentDays: 3 },
      },
    ]);
  });

  it("sends events only where it is told to", async () => {
    const type = "s3/bucketNotification:BucketNotification";
    assert.ok(!(await bucket()).some((one) => one.type === type));
    assert.equal(only(await bucket({ sendsEvents: true }), type).eventbridge, true);
  });
});
