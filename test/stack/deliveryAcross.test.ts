import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { environmentOf, OTHER_ACCOUNT, runStack } from "../support/stackHarness.ts";
import { checkInvariants } from "./invariants.ts";

const crossAccount = (name: string) => ({
  actionRoleArn: `arn:aws:iam::${OTHER_ACCOUNT}:role/sluice-${name}-pipeline-actions`,
  verifyStateMachineArn: `arn:aws:states:eu-west-1:${OTHER_ACCOUNT}:stateMachine:sluice-${name}-verify`,
  kmsKeyArn: `arn:aws:kms:eu-west-1:${OTHER_ACCOUNT}:key/${name}`,
});
const elsewhere = (name: string) => ({
  ...environmentOf(name, OTHER_ACCOUNT),
  crossAccount: crossAccount(name),
});
const resources = await runStack(
  "delivery",
  {},
  { outputs: { staging: elsewhere("staging"), prod: elsewhere("prod") } },
);

interface Action {
  readonly name: string;
  readonly provider: string;
  readonly roleArn?: string;
  readonly configuration: Record<string, string>;
}
const actions = resources
  .filter(({ type }) => type === "aws:codepipeline/pipeline:Pipeline")
  .flatMap(({ inputs }) => (inputs.stages as { actions: Action[] }[]).flatMap((stage) => stage.actions));
const statementsOf = (name: string) =>
  (
    JSON.parse(
      String(
        resources.find((one) => one.type === "aws:iam/rolePolicy:RolePolicy" && one.name === name)?.inputs
          .policy,
      ),
    ) as { Statement: { Action: string[]; Resource: string[] }[] }
  ).Statement;

describe("delivery to environments in another account", () => {
  checkInvariants(resources);

  it("acts there by state machines under the environment's role, and everywhere else under its own", () => {
    assert.deepEqual(
      actions
        .filter(({ roleArn }) => roleArn !== undefined)
        .map(({ name, provider, roleArn, configuration }) => [
          name,
          provider,
          roleArn,
          configuration.StateMachineArn?.split(":").slice(4).join(":"),
        ]),
      [
        ["RolloutStaging", "staging", "rollout"],
        ["VerifyEndpoint", "staging", "verify"],
        ["RolloutProduction", "prod", "rollout"],
      ].map(([name, environment = "", machine]) => [
        name,
        "StepFunctions",
        crossAccount(environment).actionRoleArn,
        `${OTHER_ACCOUNT}:stateMachine:sluice-${environment}-${machine}`,
      ]),
    );
  });
  it("lets the pipeline assume these roles, and reach nothing else of that account", () => {
    const statements = statementsOf("bank-marketing-policy");
    const there = statements.filter(({ Resource }) => Resource.some((arn) => arn.includes(OTHER_ACCOUNT)));
    assert.deepEqual(
      there.map(({ Action, Resource }) => [Action, Resource]),
      [[["sts:AssumeRole"], ["staging", "prod"].map((name) => crossAccount(name).actionRoleArn)]],
    );
  });
  it("lets the coordinator decrypt production's captures", () => {
    const keys = statementsOf("sluice-coordinate-retraining-policy").flatMap(({ Action, Resource }) =>
      Action.includes("kms:Decrypt") ? Resource : [],
    );
    assert.ok(keys.includes(crossAccount("prod").kmsKeyArn), keys.join());
  });
});
