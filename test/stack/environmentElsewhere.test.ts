import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FOUNDATION, OTHER_ACCOUNT, runStack } from "../support/stackHarness.ts";
import { checkInvariants } from "./invariants.ts";

const SHARED = FOUNDATION.accountId;
const resources = await runStack(
  "prod",
  { "sluice:account": OTHER_ACCOUNT },
  { outputs: { foundation: { ...FOUNDATION, environmentAccounts: { prod: OTHER_ACCOUNT } } } },
);
const one = (type: string) => resources.filter((resource) => resource.type === type);

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: { readonly AWS?: string | readonly string[] };
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Record<string, Record<string, string | readonly string[]>>;
}
const statementsOf = (text: unknown) => (JSON.parse(String(text)) as { Statement: Statement[] }).Statement;
const listed = (value: string | readonly string[]): readonly string[] => [value].flat();
const COORDINATOR = `arn:aws:iam::${SHARED}:role/sluice-coordinate-retraining`;

describe("production in an account of its own", () => {
  checkInvariants(resources);

  it("names what is the foundation's by ARN, and its own topic and bus where it has them", () => {
    const variables = Object.fromEntries(
      one("aws:lambda/function:Function").map(({ inputs }) => [
        String(inputs.name),
        (inputs.environment as { variables: Record<string, string> }).variables,
      ]),
    );
    for (const [name, { RECORDS_TABLE }] of Object.entries(variables))
      assert.equal(RECORDS_TABLE, FOUNDATION.recordsTableArn, name);
    assert.equal(variables["sluice-prod-remediate"]?.EVENT_BUS_NAME, FOUNDATION.eventBusArn);
    assert.notEqual(variables["sluice-prod-remediate"]?.ALERT_TOPIC_ARN, FOUNDATION.alertTopicArn);
  });
  it("has a key, alerts and dead letters of its own, and sends nothing to the foundation's", () => {
    assert.deepEqual(
      one("aws:sns/topic:Topic").map(({ inputs }) => inputs.name),
      ["sluice-prod-alerts"],
    );
    assert.deepEqual(
      one("aws:sqs/queue:Queue").map(({ inputs }) => inputs.name),
      ["sluice-prod-dead-letters"],
    );
    assert.equal(one("aws:kms/key:Key").length, 1);
    const text = JSON.stringify(resources.map(({ inputs }) => inputs));
    for (const arn of [FOUNDATION.alertTopicArn, FOUNDATION.deadLetterArn])
      assert.ok(!text.includes(arn), arn);
  });
  it("asks of the foundation's account for records, its bus and its key, and of nothing else there by ARN", () => {
    const reached = one("aws:iam/rolePolicy:RolePolicy")
      .flatMap(({ inputs }) => statementsOf(inputs.policy).flatMap(({ Resource }) => listed(Resource)))
      .filter((arn) => arn.split(":")[4] === SHARED && !arn.includes(":mock:"));
    assert.deepEqual(
      [...new Set(reached)].sort(),
      [FOUNDATION.eventBusArn, FOUNDATION.kmsKeyArn, FOUNDATION.recordsTableArn].sort(),
    );
  });
  it("puts the placeholder model where its own credentials write", () => {
    const [object] = one("aws:s3/bucketObjectv2:BucketObjectv2");
    assert.equal(object?.inputs.bucket, `sluice-prod-captures-${OTHER_ACCOUNT}`);
  });
  it("lets the coordinator alone read captures and accepted labels, and use the key for it through S3", () => {
    const bucket = `arn:aws:s3:::sluice-prod-captures-${OTHER_ACCOUNT}`;
    const admitted = [
      ...one("aws:s3/bucketPolicy:BucketPolicy").flatMap(({ inputs }) => statementsOf(inputs.policy)),
      ...one("aws:kms/key:Key").flatMap(({ inputs }) => statementsOf(inputs.policy)),
    ].filter(({ Effect, Condition }) => Effect === "Allow" && Condition?.ArnLike);
    assert.deepEqual(
      admitted.map(({ Sid, Principal, Action, Resource, Condition }) => [
        Sid,
        Principal?.AWS,
        Action,
        Resource,
        Condition?.ArnLike,
        Condition?.StringEquals?.["kms:ViaService"],
      ]),
      [
        ["ListForRetraining", ["s3:ListBucket"], [bucket], undefined],
        [
          "ReadForRetraining",
          ["s3:GetObject"],
          [`${bucket}/captures/*`, `${bucket}/labels-accepted/*`],
          undefined,
        ],
        ["ReadThroughS3", ["kms:Decrypt", "kms:DescribeKey"], ["*"], "s3.eu-west-1.amazonaws.com"],
      ].map(([sid, actions, places, via]) => [
        sid,
        [`arn:aws:iam::${SHARED}:root`],
        actions,
        places,
        { "aws:PrincipalArn": [COORDINATOR] },
        via,
      ]),
    );
  });
  it("gives the pipelines' roles, and no other, a role that starts and watches two state machines", () => {
    const [role] = one("aws:iam/role:Role").filter(({ inputs }) =>
      String(inputs.name).endsWith("pipeline-actions"),
    );
    assert.deepEqual(statementsOf(role?.inputs.assumeRolePolicy), [
      {
        Sid: "PipelinesOfDelivery",
        Effect: "Allow",
        Principal: { AWS: [`arn:aws:iam::${SHARED}:root`] },
        Action: "sts:AssumeRole",
        Condition: {
          ArnEquals: { "aws:PrincipalArn": [`arn:aws:iam::${SHARED}:role/sluice-bank-marketing-pipeline`] },
        },
      },
    ]);
    const [policy] = one("aws:iam/rolePolicy:RolePolicy").filter(({ name }) => name === "pipelines-policy");
    const actions = statementsOf(policy?.inputs.policy).flatMap(({ Action }) => listed(Action));
    assert.ok(actions.every((action) => action.startsWith("states:")));
    assert.deepEqual(
      one("aws:sfn/stateMachine:StateMachine")
        .map(({ inputs }) => inputs.name)
        .sort(),
      ["sluice-prod-rollout", "sluice-prod-verify"],
    );
  });
});
