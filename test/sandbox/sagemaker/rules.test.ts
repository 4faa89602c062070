import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { unitHash } from "../../../sandbox/services/sagemaker/common.ts";
import { parseFilter, splitCsvLine } from "../../../sandbox/services/sagemaker/dataProcessing.ts";
import {
  type DeploymentConfig,
  planDeployment,
} from "../../../sandbox/services/sagemaker/deploymentConfig.ts";
import type { EndpointConfig } from "../../../sandbox/services/sagemaker/endpointConfigs.ts";
import { modelLatency } from "../../../sandbox/services/sagemaker/serving.ts";
import { createSagemakerWorld, type SagemakerWorld } from "../../support/sagemakerWorld.ts";

const target = { ProductionVariants: [{ InitialInstanceCount: 10 }] } as unknown as EndpointConfig;
const linear = (Value: number, wait = 60, MaximumExecutionTimeoutInSeconds = 28_800): DeploymentConfig => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: "LINEAR",
      WaitIntervalInSeconds: wait,
      LinearStepSize: { Type: "CAPACITY_PERCENT", Value },
    },
    MaximumExecutionTimeoutInSeconds,
  },
});

describe("rules of the SageMaker service", () => {
  it("plans linear traffic in rising steps that end with all of it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 50 }), (percent) => {
        const shares = planDeployment(linear(percent), target).steps.map(({ share }) => share);
        assert.equal(shares.at(-1), 1);
        assert.ok(shares.every((share, i) => share > (shares[i - 1] ?? 0)));
      }),
    );
  });

  it("refuses steps out of range and time limits below the sum of waits", () => {
    assert.throws(() => planDeployment(linear(60), target), /at most 50%/);
    assert.throws(() => planDeployment(linear(5), target), /at least 10%/);
    assert.throws(
      () => planDeployment(linear(10, 600, 600), target),
      /expected more than the sum of all waits \(5400 s\), got 600 s/,
    );
  });

  it("rounds computing up in steps and counts sleeping in full, up to a minute", () => {
    assert.deepEqual(
      [0, 1999, 2001, 5001, 10_001, 20_001].map((cpu) => modelLatency(cpu, 0)),
      [2000, 2000, 5000, 10_000, 20_000, 50_000],
    );
    assert.equal(modelLatency(100, 300), 302_000);
    assert.equal(modelLatency(0, 100_000), 60_000_000);
  });

  it("spreads ids evenly, so that shares of traffic are kept", () => {
    const values = Array.from({ length: 20_000 }, (_, i) => unitHash(`fleet|config|id-${i}`));
    for (const share of [0.05, 0.2, 0.5]) {
      const taken = values.filter((value) => value < share).length / values.length;
      assert.ok(Math.abs(taken - share) < 0.01, `${share}: ${taken}`);
    }
  });

  it("splits CSV lines so that joining gives them back", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^([^",\n]*|"[^"\n]*")$/), { minLength: 1 }), (fields) => {
        assert.deepEqual(splitCsvLine(fields.join(",")), fields);
      }),
    );
    assert.deepEqual(parseFilter("InputFilter", "$[1:-1]")(["a", "b", "c", "d"]), ["b", "c"]);
  });
});

describe("retained variant properties", () => {
  let world: SagemakerWorld;
  before(async () => {
    world = await createSagemakerWorld();
    await world.model("one");
    await world.model("two", { variant: { InitialInstanceCount: 1, InitialVariantWeight: 3 } });
    await world.endpoint("kept", "one");
  });
  after(() => world.stop());

  it("resets counts and weights by default and keeps them when asked, except what is excluded", async () => {
    const update = async (more: object): Promise<[number, number]> => {
      await world.sm("UpdateEndpoint", { EndpointName: "kept", EndpointConfigName: "two", ...more });
      await world.kernel.clock.advance(600_000);
      const { ProductionVariants } = await world.sm("DescribeEndpoint", { EndpointName: "kept" });
      return [ProductionVariants[0].CurrentInstanceCount, ProductionVariants[0].CurrentWeight];
    };
    await world.sm("UpdateEndpointWeightsAndCapacities", {
      EndpointName: "kept",
      DesiredWeightsAndCapacities: [{ VariantName: "primary", DesiredInstanceCount: 7 }],
    });
    await world.kernel.clock.advance(600_000);

    const exclude = [{ VariantPropertyType: "DesiredWeight" }];
    assert.deepEqual(
      await update({ RetainAllVariantProperties: true, ExcludeRetainedVariantProperties: exclude }),
      [7, 3],
    );
    assert.deepEqual(await update({}), [1, 3]);
  });
});
