import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runStack } from "../support/stackHarness.ts";
import { checkInvariants } from "./invariants.ts";

const resources = await runStack("delivery");
const one = (type: string) => resources.filter((resource) => resource.type === type);

describe("delivery", () => {
  checkInvariants(resources);

  it("is a V2 pipeline that queues, so that no release overtakes another", () => {
    const [pipeline] = one("aws:codepipeline/pipeline:Pipeline");
    assert.equal(pipeline?.inputs.pipelineType, "V2");
    assert.equal(pipeline?.inputs.executionMode, "QUEUED");
  });
  it("goes through the seven stages in order", () => {
    const [pipeline] = one("aws:codepipeline/pipeline:Pipeline");
    assert.deepEqual(
      ((pipeline?.inputs.stages ?? []) as { name: string }[]).map((stage) => stage.name),
      ["Source", "Build", "Data", "Train", "Staging", "Approve", "Production"],
    );
  });
  it("keeps every action's configuration values within 1,000 characters", () => {
    const [pipeline] = one("aws:codepipeline/pipeline:Pipeline");
    for (const stage of (pipeline?.inputs.stages ?? []) as {
      actions: { name: string; configuration: Record<string, string> }[];
    }[])
      for (const action of stage.actions)
        for (const value of Object.values(action.configuration)) assert.ok(value.length <= 1000, action.name);
  });
  it("never lets the model's code read what judges it", () => {
    const training = one("aws:iam/rolePolicy:RolePolicy").find(
      (policy) => policy.name.includes("training-policy") && String(policy.inputs.policy).includes("ecr:"),
    );
    assert.ok(training);
    assert.doesNotMatch(String(training.inputs.policy), /judge/);
  });
  it("lets one role alone delete objects: current versions of datasets, of which the records decide", () => {
    const deleting = one("aws:iam/rolePolicy:RolePolicy").filter((policy) =>
      /s3:Delete|s3:\*|s3:PutLifecycle/.test(String(policy.inputs.policy)),
    );
    assert.deepEqual(
      deleting.map((policy) => policy.name),
      ["sluice-clean-datasets-policy"],
    );
    const statements = (
      JSON.parse(String(deleting[0]?.inputs.policy)) as {
        Statement: { Action: string[]; Resource: string[] }[];
      }
    ).Statement;
    const [statement] = statements.filter(({ Action }) => Action.some((action) => action.includes("Delete")));
    assert.deepEqual(statement?.Action, ["s3:DeleteObject"]);
    for (const resource of statement?.Resource ?? [])
      assert.match(resource, /:::sluice-data(-\d+)?\/(datasets|judge)\/\*$/);
  });
  it("does not poll the source", () => {
    assert.match(
      JSON.stringify(one("aws:codepipeline/pipeline:Pipeline")[0]?.inputs),
      /"PollForSourceChanges":"false"/,
    );
  });
});
