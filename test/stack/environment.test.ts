import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT, runStack } from "../support/stackHarness.ts";
import { checkInvariants } from "./invariants.ts";

const resources = await runStack("prod");
const one = (type: string) => resources.filter((resource) => resource.type === type);

describe("environment", () => {
  checkInvariants(resources);

  it("leaves the live configuration to rollouts", () => {
    const [endpoint] = one("aws:sagemaker/endpoint:Endpoint");
    assert.deepEqual(endpoint?.options.ignoreChanges, ["endpointConfigName", "deploymentConfig"]);
    assert.equal(endpoint?.options.protect, true);
  });
  it("never replaces or deletes the bootstrap model under a live endpoint", () => {
    for (const type of [
      "aws:sagemaker/model:Model",
      "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    ])
      for (const resource of one(type)) {
        const given = Object.keys(resource.inputs);
        for (const argument of given)
          assert.ok(
            (resource.options.ignoreChanges as string[]).includes(argument),
            `${resource.name}.${argument}`,
          );
        assert.equal(resource.options.retainOnDelete, true);
        assert.equal(resource.inputs.name, undefined, "a fixed name would make replacement fail");
      }
  });
  it("serves from a variant of the same name before and after", () => {
    for (const resource of one("aws:sagemaker/endpointConfiguration:EndpointConfiguration"))
      assert.deepEqual(
        (resource.inputs.productionVariants as { variantName: string }[]).map(
          (variant) => variant.variantName,
        ),
        ["primary"],
      );
  });
  it("points every alarm at a section of a runbook that exists", () => {
    for (const alarm of one("aws:cloudwatch/metricAlarm:MetricAlarm")) {
      const [, file, section] = /Runbook: (\S+)#(\S+)$/.exec(
        String(alarm.inputs.alarmDescription),
      ) as unknown as [string, string, string];
      assert.ok(existsSync(join(ROOT, file)), file);
      assert.match(
        readFileSync(join(ROOT, file), "utf8"),
        new RegExp(`^## ${section}$`, "m"),
        `${file}#${section}`,
      );
    }
  });
  it("has one alarm for each kind of trouble", () => {
    assert.deepEqual(
      one("aws:cloudwatch/metricAlarm:MetricAlarm")
        .map((alarm) => String(alarm.inputs.name))
        .sort(),
      ["concept-drift", "drift", "errors", "heartbeat", "latency", "quality"].map(
        (kind) => `sluice-prod-bank-marketing-${kind}`,
      ),
    );
  });
});
