import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runStack } from "../support/stackHarness.ts";
import { checkInvariants } from "./invariants.ts";

const resources = await runStack("foundation");

describe("foundation", () => {
  checkInvariants(resources);

  it("protects and keeps what holds data", () => {
    for (const type of ["aws:s3/bucket:Bucket", "aws:dynamodb/table:Table", "aws:kms/key:Key"])
      for (const resource of resources.filter((one) => one.type === type)) {
        assert.equal(resource.options.protect, true, resource.name);
        assert.equal(resource.options.retainOnDelete, true, resource.name);
      }
  });
  it("uploads a first source for every model, because a pipeline runs once when it is created", () => {
    const keys = resources
      .filter((one) => one.type === "aws:s3/bucketObjectv2:BucketObjectv2")
      .map((one) => one.inputs.key);
    assert.deepEqual(keys.sort(), ["source/bank-marketing.zip", "tools/build-tools.zip"]);
  });
  it("lets no dataset expire: versions go only once they are replaced or deleted", () => {
    const [lifecycle] = resources.filter(
      (one) =>
        one.type === "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration" &&
        one.name.includes("data"),
    );
    const rules = lifecycle?.inputs.rules as { filter: { prefix: string }; expiration?: unknown }[];
    assert.deepEqual(
      rules.filter((rule) => rule.expiration !== undefined).map((rule) => rule.filter.prefix),
      ["work/", "athena/"],
      "only what is written on the way",
    );
  });
});
