import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createSagemakerWorld, image, roleArn, type SagemakerWorld } from "../../support/sagemakerWorld.ts";

describe("the model registry", () => {
  let world: SagemakerWorld;
  const create = async (more: object = {}): Promise<string> => {
    const created = await world.sm("CreateModelPackage", {
      ModelPackageGroupName: "Bank",
      InferenceSpecification: { Containers: [{ Image: image, ModelDataUrl: "s3://a/model.tar.gz" }] },
      ...more,
    });
    return created.ModelPackageArn;
  };

  before(async () => {
    world = await createSagemakerWorld();
    await world.sm("CreateModelPackageGroup", { ModelPackageGroupName: "Bank" });
  });
  after(() => world.stop());

  it("numbers versions, never twice, and waits for approval by default", async () => {
    const first = await create();
    const second = await create({ ClientToken: "t" });
    assert.equal(await create({ ClientToken: "t" }), second, "the same client token makes one package");
    await world.sm("DeleteModelPackage", { ModelPackageName: second });
    const third = await create();

    assert.match(first, /:model-package\/bank\/1$/);
    assert.match(third, /:model-package\/bank\/3$/);
    const { ModelApprovalStatus, ModelPackageVersion } = await world.sm("DescribeModelPackage", {
      ModelPackageName: first,
    });
    assert.deepEqual([ModelApprovalStatus, ModelPackageVersion], ["PendingManualApproval", 1]);
  });

  it("tells every update as an event and serves approved packages only", async () => {
    const arn = await create();
    await world.kernel.clock.advance(60_000);
    const model = {
      ModelName: "from-package",
      ExecutionRoleArn: roleArn,
      PrimaryContainer: { ModelPackageName: arn },
    };
    await assert.rejects(world.sm("CreateModel", model), /is not approved/);
    await world.sm("UpdateModelPackage", {
      ModelPackageArn: arn,
      ModelApprovalStatus: "Approved",
      ApprovalDescription: "by Ada",
    });
    await world.sm("CreateModel", model);

    const states = world.kernel.events
      .filter(
        (e) =>
          e["detail-type"] === "SageMaker Model Package State Change" && e.detail.ModelPackageArn === arn,
      )
      .map((e) => e.detail.ModelApprovalStatus);
    assert.deepEqual(states, ["PendingManualApproval", "Approved"]);
  });

  it("keeps a group that still has versions", async () => {
    await assert.rejects(world.sm("DeleteModelPackageGroup", { ModelPackageGroupName: "Bank" }), {
      name: "ConflictException",
    });
  });

  it("keeps tags within AWS's limit and for known resources only", async () => {
    const { ModelPackageGroupArn } = await world.sm("DescribeModelPackageGroup", {
      ModelPackageGroupName: "Bank",
    });
    await world.sm("AddTags", { ResourceArn: ModelPackageGroupArn, Tags: [{ Key: "a", Value: "1" }] });
    const Tags = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: "" }));

    await assert.rejects(world.sm("AddTags", { ResourceArn: ModelPackageGroupArn, Tags }), /at most 50 tags/);
    assert.deepEqual((await world.sm("ListTags", { ResourceArn: ModelPackageGroupArn })).Tags, [
      { Key: "a", Value: "1" },
    ]);
    await assert.rejects(
      world.sm("ListTags", { ResourceArn: "arn:aws:sagemaker:x" }),
      /Could not find resource/,
    );
  });
});
