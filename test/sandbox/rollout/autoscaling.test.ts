/** Autoscaled endpoints by the deployed bundle and its role, against the sandbox's SageMaker and Application Auto Scaling. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
  CreateEndpointConfigCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import { ENDPOINT, RolloutWorld, rolloutSpec } from "../../support/rolloutWorld.ts";

/** 20 requests a minute: two instances get 10 each, four get 5. */
const spec = rolloutSpec({
  instances: 2,
  autoscaling: {
    maximumInstances: 6,
    invocationsPerInstance: 5,
    scaleOutCooldown: 60,
    scaleInCooldown: 300,
  },
  step: { strategy: "canary", size: 0.5, bake: 300, finalBake: 60 },
});
let world: RolloutWorld;
let autoscaling: ApplicationAutoScalingClient;

before(async () => {
  world = await RolloutWorld.start(spec, {
    first: "x",
    second: "x + 0.01",
    breaks: "x if x < 0.5 else 1 / 0",
  });
  autoscaling = new ApplicationAutoScalingClient(world.sandbox.client());
});
after(() => world?.sandbox.stop());

const instances = async (): Promise<number | undefined> => {
  const { ProductionVariants } = await world.sagemaker.send(
    new DescribeEndpointCommand({ EndpointName: ENDPOINT }),
  );
  return ProductionVariants?.[0]?.DesiredInstanceCount;
};
const bounds = async () => {
  const { ScalableTargets } = await autoscaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: "sagemaker" }),
  );
  return ScalableTargets?.map(({ MinCapacity, MaxCapacity }) => [MinCapacity, MaxCapacity]);
};
const policies = async (): Promise<number | undefined> => {
  const found = await autoscaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: "sagemaker" }));
  return found.ScalingPolicies?.length;
};

test("what serves is a scalable target within its bounds, and follows its requests", async () => {
  const { status, record } = await world.rollOut("first");
  assert.equal(status, "SUCCEEDED", record.result?.message);
  assert.deepEqual([await bounds(), await policies(), await instances()], [[[2, 6]], 1, 2]);

  for (let minute = 0; minute < 12; minute++) await world.minute();

  assert.equal(await instances(), 4);
});

test("a release is not scaled on its way, begins as large as what it replaces, and is scaled afterwards", async () => {
  world.kill("UpdateEndpoint");
  const onTheWay = new Set<number | undefined>();
  const { status, record } = await world.rollOut("second", async ({ phase }) => {
    if (phase === "updating") onTheWay.add((await bounds())?.length);
  });

  assert.equal(status, "SUCCEEDED", record.result?.message);
  assert.deepEqual(world.sandbox.faults.pending, [], "a turn died after its update");
  assert.deepEqual([...onTheWay], [0]);
  assert.deepEqual([await bounds(), await policies()], [[[2, 6]], 1]);
  const { ProductionVariants } = await world.sagemaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName: record.requestedConfigName }),
  );
  assert.equal(ProductionVariants?.[0]?.InitialInstanceCount, 4);
});

test("a rollback to a configuration of a quieter day keeps the instances of today", async () => {
  const { status, record } = await world.rollBack();

  assert.equal(status, "SUCCEEDED", record.result?.message);
  const { ProductionVariants } = await world.sagemaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName: record.requestedConfigName }),
  );
  assert.deepEqual([ProductionVariants?.[0]?.InitialInstanceCount, await instances()], [2, 4]);
  assert.deepEqual(await bounds(), [[2, 6]]);
});

test("a release that fails leaves the champion scaled", async () => {
  const { status, record } = await world.rollOut("breaks");

  assert.equal(status, "FAILED");
  assert.equal(record.phase, "rolled-back");
  assert.deepEqual(await bounds(), [[2, 6]]);
  assert.equal((await world.remains()).live, record.fromConfigName);
});

test("fewer instances serve when the requests stop, not fewer than the least", async () => {
  for (let minute = 0; minute < 60; minute++) await world.minute(1);

  assert.equal(await instances(), 2);
});

test("the sandbox refuses what it does not play, and another instance type while the variant is scaled", async () => {
  const { live } = await world.remains();
  const { ProductionVariants = [] } = await world.sagemaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName: live }),
  );
  await world.sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: "other-type",
      ProductionVariants: ProductionVariants.map((one) => ({ ...one, InstanceType: "ml.c5.xlarge" })),
    }),
  );
  await assert.rejects(
    world.sagemaker.send(
      new UpdateEndpointCommand({ EndpointName: ENDPOINT, EndpointConfigName: "other-type" }),
    ),
    /instance type of variant primary .* deregister it first/,
  );
  await assert.rejects(
    autoscaling.send(
      new PutScalingPolicyCommand({
        ServiceNamespace: "sagemaker",
        ResourceId: `endpoint/${ENDPOINT}/variant/primary`,
        ScalableDimension: "sagemaker:variant:DesiredInstanceCount",
        PolicyName: "steps",
        PolicyType: "StepScaling",
      }),
    ),
    /does not support application-autoscaling:PutScalingPolicy of type StepScaling/,
  );
});

test("an endpoint that is deleted takes its scalable target with it", async () => {
  await world.sagemaker.send(new DeleteEndpointCommand({ EndpointName: ENDPOINT }));
  await world.sandbox.clock.advance(10 * 60_000);

  assert.deepEqual([await bounds(), await policies()], [[], 0]);
});
