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
  it("lets Athena's answers and the rows of large data lie only where no model reads, encrypted, and scan at most 1 TB", () => {
    const [workgroup] = one("aws:athena/workgroup:Workgroup");
    const configuration = workgroup?.inputs.configuration as Record<string, unknown> & {
      resultConfiguration: { outputLocation: string; encryptionConfiguration: Record<string, string> };
    };
    assert.equal(configuration.enforceWorkgroupConfiguration, true);
    assert.equal(configuration.bytesScannedCutoffPerQuery, 1e12);
    assert.match(configuration.resultConfiguration.outputLocation, /^s3:\/\/[^/]+\/athena\/$/);
    assert.equal(configuration.resultConfiguration.encryptionConfiguration.encryptionOption, "SSE_KMS");
    assert.ok(configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn);
    const readers = one("aws:iam/rolePolicy:RolePolicy").filter((policy) =>
      /:::[^"]*data[^"]*\/(work|athena)\//.test(String(policy.inputs.policy)),
    );
    assert.deepEqual(
      readers.map((policy) => policy.name),
      ["sluice-prepare-dataset-policy", "sluice-coordinate-retraining-policy"],
    );
  });
  const statementsOf = (name: string) => {
    const policy = one("aws:iam/rolePolicy:RolePolicy").find((each) => each.name === `${name}-policy`);
    return (
      JSON.parse(String(policy?.inputs.policy)) as { Statement: { Action: string[]; Resource: string[] }[] }
    ).Statement;
  };
  for (const [name, mine] of [
    ["sluice-prepare-dataset", "release_*"],
    ["sluice-coordinate-retraining", "retraining_*"],
  ] as const) {
    it(`asks Athena under one workgroup and lets ${name} make its own tables only`, () => {
      const of = (prefix: string) =>
        statementsOf(name).filter(({ Action }) => Action.some((action) => action.startsWith(prefix)));
      assert.match(
        of("athena:")[0]?.Resource.join() ?? "",
        /^arn:aws:athena:[\w-]+:\d+:workgroup\/sluice-datasets$/,
      );
      const tables = of("glue:").flatMap(({ Resource }) => Resource.filter((arn) => arn.includes(":table/")));
      assert.ok(tables.length === 1 && tables[0]?.endsWith(`:table/sluice_datasets/${mine}`), tables.join());
    });
    it(`gives ${name} the size past which data go over Athena, in bytes, and all of a Lambda's time`, () => {
      const stage = one("aws:lambda/function:Function").find(({ inputs }) => inputs.name === name);
      assert.ok(stage);
      const { variables } = stage.inputs.environment as { variables: Record<string, string> };
      assert.equal(variables.ATHENA_ABOVE_BYTES, String(200 * 2 ** 20));
      assert.equal(variables.ATHENA_WORKGROUP, "sluice-datasets");
      assert.equal(variables.ATHENA_DATABASE, "sluice_datasets");
      assert.equal(stage.inputs.timeout, 900);
    });
  }
  it("lets the coordinator write retraining sets and its own work only, and start one state machine", () => {
    const statements = statementsOf("sluice-coordinate-retraining");
    const resourcesOf = (action: string) =>
      statements
        .flatMap(({ Action, Resource }) => (Action.includes(action) ? Resource : []))
        .map((arn) => arn.replace(/^.*:/, ""));
    assert.deepEqual(
      resourcesOf("s3:PutObject")
        .map((place) => place.replace(/^[^/]*\//, ""))
        .sort(),
      ["athena/*", "raw/*-retraining-reports/*", "raw/*-retraining/*", "work/*-retraining/*"],
    );
    assert.deepEqual(resourcesOf("states:StartExecution"), ["sluice-retraining-join"]);
    const machines = one("aws:sfn/stateMachine:StateMachine").map(({ inputs }) => inputs.name);
    assert.ok(machines.includes("sluice-retraining-join"));
  });
  it("does not poll the source", () => {
    assert.match(
      JSON.stringify(one("aws:codepipeline/pipeline:Pipeline")[0]?.inputs),
      /"PollForSourceChanges":"false"/,
    );
  });
});
