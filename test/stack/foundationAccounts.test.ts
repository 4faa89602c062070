import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSettings } from "../../stacks/config.ts";
import { runStack } from "../support/stackHarness.ts";
import { checkInvariants } from "./invariants.ts";

const STAGING = "111111111111";
const PROD = "222222222222";
const OPERATOR = `arn:aws:iam::${PROD}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_OnCall_*`;
const resources = await runStack("foundation", {
  "sluice:environmentAccounts": JSON.stringify({ staging: STAGING, prod: PROD }),
  "sluice:operators": JSON.stringify([OPERATOR]),
});

interface Admitted {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal: { readonly AWS?: readonly string[] };
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition: Record<string, Record<string, readonly string[]>>;
}
const policiesOf = (type: string, name: string): Admitted[] =>
  resources
    .filter((resource) => resource.type === type && resource.name === name)
    .flatMap(
      (resource) => (JSON.parse(String(resource.inputs.policy)) as { Statement: Admitted[] }).Statement,
    )
    .filter(({ Effect, Principal }) => Effect === "Allow" && Array.isArray(Principal.AWS));

const POLICIES = {
  key: policiesOf("aws:kms/key:Key", "foundation-key"),
  artifacts: policiesOf("aws:s3/bucketPolicy:BucketPolicy", "foundation-artifacts-policy"),
  data: policiesOf("aws:s3/bucketPolicy:BucketPolicy", "foundation-data-policy"),
  records: policiesOf("aws:dynamodb/resourcePolicy:ResourcePolicy", "foundation-records-policy"),
  bus: policiesOf("aws:cloudwatch/eventBusPolicy:EventBusPolicy", "foundation-bus-policy"),
};
const rolesOf = (...names: string[]): string[] => [
  ...names.map((name) => `arn:aws:iam::${STAGING}:role/sluice-staging-${name}`),
  ...names.map((name) => `arn:aws:iam::${PROD}:role/sluice-prod-${name}`),
];
const admitted = (statements: readonly Admitted[]) =>
  Object.fromEntries(
    statements.map(({ Sid, Action, Resource, Condition }) => [
      Sid,
      {
        actions: Action,
        places: Resource.map((arn) => arn.replace(/^arn:aws:s3:::sluice-(artifacts|data)-0+\//, "")),
        roles: [...(Condition.ArnLike?.["aws:PrincipalArn"] ?? [])].sort(),
      },
    ]),
  );

describe("a foundation whose environments live in accounts of their own", () => {
  checkInvariants(resources);

  it("names these accounts in every admission, and narrows each by the caller's role", () => {
    const all = Object.values(POLICIES).flat();
    assert.equal(all.length, 9);
    for (const { Sid, Principal, Condition } of all) {
      for (const principal of Principal.AWS ?? [])
        assert.match(principal, new RegExp(`^arn:aws:iam::(${STAGING}|${PROD}):root$`), Sid);
      const roles = Condition.ArnLike?.["aws:PrincipalArn"] ?? [];
      assert.ok(roles.length > 0, Sid);
      for (const role of roles)
        assert.ok(role === OPERATOR || /:role\/sluice-(staging|prod)-[a-z-]+$/.test(role), `${Sid}: ${role}`);
    }
  });
  it("lets the roles of releases read what they need of the artifacts, each its own folders", () => {
    const read = ["s3:GetObject"];
    assert.deepEqual(admitted(POLICIES.artifacts), {
      SpecsOfReleases: {
        actions: read,
        places: ["specs/*"],
        roles: rolesOf("advance-rollout", "monitor-drift", "remediate", "verify-endpoint"),
      },
      GoldenRequests: { actions: read, places: ["golden/*"], roles: rolesOf("verify-endpoint") },
      Evaluations: { actions: read, places: ["evaluations/*"], roles: rolesOf("monitor-drift") },
      TrainedModels: { actions: read, places: ["training/*"], roles: rolesOf("endpoint") },
    });
  });
  it("lets the monitors alone read frozen datasets, and nobody what judges models", () => {
    assert.deepEqual(admitted(POLICIES.data), {
      FrozenDatasets: { actions: ["s3:GetObject"], places: ["datasets/*"], roles: rolesOf("monitor-drift") },
    });
  });
  it("lets Lambdas that keep records, and operators, read and write them, and delete none", () => {
    const [records] = POLICIES.records;
    assert.deepEqual(records?.Action, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]);
    assert.deepEqual(
      admitted(POLICIES.records).Records?.roles,
      [...rolesOf("advance-rollout", "monitor-drift", "remediate", "verify-endpoint"), OPERATOR].sort(),
    );
  });
  it("lets remediation alone put events on the bus", () => {
    const { RequestsForRetraining } = admitted(POLICIES.bus);
    assert.deepEqual(RequestsForRetraining?.actions, ["events:PutEvents"]);
    assert.deepEqual(RequestsForRetraining?.roles, rolesOf("remediate"));
  });
  it("lets the key decrypt for them, on behalf of S3 and DynamoDB in this region only", () => {
    for (const { Action, Condition, Sid } of POLICIES.key) {
      assert.deepEqual(Action, ["kms:Decrypt", "kms:DescribeKey"], Sid);
      assert.match(
        Condition.StringEquals?.["kms:ViaService"]?.join() ?? "",
        /^(s3|dynamodb)\.eu-west-1\.amazonaws\.com$/,
        Sid,
      );
    }
    const { ReadThroughS3, RecordsThroughDynamoDb } = admitted(POLICIES.key);
    assert.ok(ReadThroughS3?.roles.every((role) => role !== OPERATOR));
    assert.ok(RecordsThroughDynamoDb?.roles.includes(OPERATOR));
    assert.ok(
      RecordsThroughDynamoDb?.roles.every((role) => !role.endsWith("-endpoint") || /verify/.test(role)),
    );
  });
});

describe("settings of accounts", () => {
  const given = { role: "foundation", account: "000000000000", models: ["bank-marketing"] };
  const problems = (more: object): string => {
    try {
      parseSettings("foundation", { ...given, ...more });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("are none unless given", () => {
    const { environmentAccounts, operators } = parseSettings("foundation", given);
    assert.deepEqual([environmentAccounts, operators], [{}, []]);
  });
  it("name what is wrong with each, all at once", () => {
    const text = problems({
      environmentAccounts: { staging: 111111111111, prod: "000000000000", qa: "333333333333" },
      operators: ["arn:aws:iam::222222222222:role/*"],
    });
    assert.match(text, /sluice:environmentAccounts\.staging: .*string/i);
    assert.match(text, /sluice:environmentAccounts.*qa/);
    assert.match(text, /sluice:operators\.0: expected the ARN of a role, with a name/);
  });
  it("refuse the foundation's own account, and operators of accounts that are not listed", () => {
    const text = problems({ environmentAccounts: { prod: "000000000000" }, operators: [OPERATOR] });
    assert.match(text, /sluice:environmentAccounts\.prod: expected another account than sluice:account/);
    assert.match(text, /sluice:operators\.0: expected a role of an account in sluice:environmentAccounts/);
  });
});
