/** Each statement that lets a role of another account in serves a call, and without it that call is refused. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  DynamoDBClient,
  GetItemCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutPermissionCommand,
} from "@aws-sdk/client-eventbridge";
import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import {
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { clientSettings } from "../../cli/story/clients.ts";
import { MODEL } from "../../cli/story/world.ts";
import type { CrossAccountAccess } from "../../contracts/stackOutputs.ts";
import { ACCOUNTS, type AccountName, type AccountsWorld, startAccounts } from "../support/accountsWorld.ts";

interface PolicyText {
  readonly Version: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}
/** A policy as its owner reads and writes it. */
interface Policy {
  read(): Promise<string | undefined>;
  write(text: string): Promise<unknown>;
}

describe("policies between accounts", { timeout: 300_000 }, () => {
  let world: AccountsWorld;

  before(async () => {
    world = await startAccounts(150);
    const { shared, prod } = world;
    const { artifactBucket, dataBucket } = shared.foundation;
    for (const folder of ["specs", "golden", "evaluations", "training"])
      await shared.putObject(artifactBucket, `${folder}/probe`, "x");
    await shared.putObject(dataBucket, "datasets/probe", "x");
    for (const folder of ["captures", "labels-accepted"])
      await prod.putObject(prod.prod.captureBucket, `${folder}/probe`, "x");
  });
  after(() => world?.stop());

  const admin = (account: AccountName) =>
    clientSettings(world.sandboxes[account].url, "eu-west-1", ACCOUNTS[account]);
  /** Settings of a client that acts as a role, which the account has. */
  const as = (account: AccountName, name: string) => {
    const role = `arn:aws:iam::${ACCOUNTS[account]}:role/sluice-${name}`;
    assert.ok(world.sandboxes[account].kernel.iam.roleByArn(role), role);
    return { ...admin(account), credentials: world.sandboxes[account].kernel.identities.issue(role) };
  };
  const access = (): CrossAccountAccess => world.shared.prod.crossAccount as CrossAccountAccess;

  const bucketPolicy = (account: AccountName, Bucket: string): Policy => {
    const s3 = new S3Client({ ...admin(account), forcePathStyle: true });
    return {
      read: async () => (await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy,
      write: (Policy) => s3.send(new PutBucketPolicyCommand({ Bucket, Policy })),
    };
  };
  const keyPolicy = (account: AccountName, KeyId: string): Policy => {
    const kms = new KMSClient(admin(account));
    const of = { KeyId, PolicyName: "default" };
    return {
      read: async () => (await kms.send(new GetKeyPolicyCommand(of))).Policy,
      write: (Policy) => kms.send(new PutKeyPolicyCommand({ ...of, Policy })),
    };
  };
  const artifacts = () => bucketPolicy("shared", world.shared.foundation.artifactBucket);
  const captures = () => bucketPolicy("prod", world.prod.prod.captureBucket);
  const records = (): Policy => {
    const dynamodb = new DynamoDBClient(admin("shared"));
    const ResourceArn = world.shared.foundation.recordsTableArn;
    return {
      read: async () => (await dynamodb.send(new GetResourcePolicyCommand({ ResourceArn }))).Policy,
      write: (Policy) => dynamodb.send(new PutResourcePolicyCommand({ ResourceArn, Policy })),
    };
  };
  const bus = (): Policy => {
    const events = new EventBridgeClient(admin("shared"));
    const { eventBusName } = world.shared.foundation;
    return {
      read: async () => (await events.send(new DescribeEventBusCommand({ Name: eventBusName }))).Policy,
      write: (Policy) => events.send(new PutPermissionCommand({ EventBusName: eventBusName, Policy })),
    };
  };
  const trust = (): Policy => {
    const iam = new IAMClient(admin("prod"));
    const RoleName = access().actionRoleArn.split("/").at(-1);
    return {
      read: async () =>
        decodeURIComponent(
          (await iam.send(new GetRoleCommand({ RoleName }))).Role?.AssumeRolePolicyDocument ?? "",
        ),
      write: (PolicyDocument) => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })),
    };
  };

  const read = (account: AccountName, role: string, bucket: () => string, key: string) => () =>
    new S3Client({ ...as(account, role), forcePathStyle: true }).send(
      new GetObjectCommand({ Bucket: bucket(), Key: key }),
    );
  const artifact = (role: string, folder: string) =>
    read("prod", `prod-${role}`, () => world.shared.foundation.artifactBucket, `${folder}/probe`);
  const capture = (folder: string) =>
    read("shared", "coordinate-retraining", () => world.prod.prod.captureBucket, `${folder}/probe`);
  const item = (role: string) => () =>
    new DynamoDBClient(as("prod", `prod-${role}`)).send(
      new GetItemCommand({
        TableName: world.shared.foundation.recordsTableArn,
        Key: { pk: { S: "none" }, sk: { S: "none" } },
      }),
    );

  type Probe = readonly [policy: () => Policy, sid: string, ...calls: (() => Promise<unknown>)[]];
  const OF_FOUNDATION: readonly Probe[] = [
    [
      artifacts,
      "SpecsOfReleases",
      ...["advance-rollout", "verify-endpoint", "monitor-drift", "remediate"].map((role) =>
        artifact(role, "specs"),
      ),
    ],
    [artifacts, "GoldenRequests", artifact("verify-endpoint", "golden")],
    [artifacts, "Evaluations", artifact("monitor-drift", "evaluations")],
    [artifacts, "TrainedModels", artifact("endpoint", "training")],
    [
      () => bucketPolicy("shared", world.shared.foundation.dataBucket),
      "FrozenDatasets",
      read("prod", "prod-monitor-drift", () => world.shared.foundation.dataBucket, "datasets/probe"),
    ],
    [
      () => keyPolicy("shared", world.shared.foundation.kmsKeyArn),
      "ReadThroughS3",
      artifact("remediate", "specs"),
      artifact("endpoint", "training"),
    ],
    [records, "Records", ...["advance-rollout", "verify-endpoint", "monitor-drift", "remediate"].map(item)],
    [
      bus,
      "RequestsForRetraining",
      () =>
        new EventBridgeClient(as("prod", "prod-remediate")).send(
          new PutEventsCommand({
            Entries: [
              {
                EventBusName: world.shared.foundation.eventBusArn,
                Source: "probe",
                DetailType: "probe",
                Detail: "{}",
              },
            ],
          }),
        ),
    ],
  ];
  const OF_PRODUCTION: readonly Probe[] = [
    [
      captures,
      "ListForRetraining",
      () =>
        new S3Client({ ...as("shared", "coordinate-retraining"), forcePathStyle: true }).send(
          new ListObjectsV2Command({ Bucket: world.prod.prod.captureBucket, Prefix: "captures/" }),
        ),
    ],
    [captures, "ReadForRetraining", capture("captures"), capture("labels-accepted")],
    [() => keyPolicy("prod", access().kmsKeyArn), "ReadThroughS3", capture("captures")],
    [
      trust,
      "PipelinesOfDelivery",
      () =>
        new STSClient(as("shared", `${MODEL}-pipeline`)).send(
          new AssumeRoleCommand({ RoleArn: access().actionRoleArn, RoleSessionName: "probe" }),
        ),
    ],
  ];

  const PROBES = [...OF_FOUNDATION, ...OF_PRODUCTION];

  for (const [open, sid, ...calls] of PROBES)
    it(`need ${sid} for ${calls.length === 1 ? "a call" : `${calls.length} calls`}, which nothing else allows`, async () => {
      const policy = open();
      const text = (await policy.read()) ?? "";
      const { Version, Statement } = JSON.parse(text) as PolicyText;
      const rest = Statement.filter((statement) => statement.Sid !== sid);
      assert.equal(rest.length, Statement.length - 1, `${sid} in ${text}`);
      for (const call of calls) await call();
      // A policy must hold a statement: this one is about nobody.
      const nobody = { ...Statement.find((one) => one.Sid === sid), Sid: "Nobody" };
      const without = {
        Version,
        Statement: [
          ...rest,
          { ...nobody, Condition: { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/nobody" } } },
        ],
      };

      await policy.write(JSON.stringify(without));
      for (const call of calls)
        await assert.rejects(call, (error: Error) => {
          assert.match(error.name, /^AccessDenied/, `${error.name}: ${error.message}`);
          return true;
        });

      await policy.write(text);
      for (const call of calls) await call();
    });

  it("probe every statement that lets another account in, but for one that the sandbox does not enforce", async () => {
    const policies: [string, Policy][] = [
      ["artifacts", artifacts()],
      ["data", bucketPolicy("shared", world.shared.foundation.dataBucket)],
      ["key", keyPolicy("shared", world.shared.foundation.kmsKeyArn)],
      ["records", records()],
      ["bus", bus()],
      ["captures", captures()],
      ["captures' key", keyPolicy("prod", access().kmsKeyArn)],
      ["trust", trust()],
    ];
    const found: string[] = [];
    for (const [, policy] of policies)
      for (const { Sid = "" } of (JSON.parse((await policy.read()) ?? "") as PolicyText).Statement)
        found.push(Sid);
    const own = ["TlsOnly", "AccountDecides", "ServicesThatDeliver"];
    const probed = PROBES.map(([, sid]) => sid);

    assert.deepEqual(
      found.filter((sid) => !own.includes(sid)).sort(),
      [...probed, "RecordsThroughDynamoDb"].sort(),
    );
  });

  it("let nobody else in: a role of the same account by another name is refused", async () => {
    const { kernel, url } = world.sandboxes.prod;
    const stranger = await kernel.callAsSandbox("iam", "CreateRole", {
      RoleName: "sluice-prod-stranger",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      }),
    });
    await kernel.callAsSandbox("iam", "PutRolePolicy", {
      RoleName: "sluice-prod-stranger",
      PolicyName: "everything",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: ["s3:*", "dynamodb:*", "events:*", "kms:*"], Resource: "*" }],
      }),
    });
    const settings = {
      ...clientSettings(url, "eu-west-1"),
      credentials: kernel.identities.issue(stranger.Role.Arn),
    };
    const { artifactBucket, recordsTableArn, eventBusArn } = world.shared.foundation;

    for (const call of [
      () =>
        new S3Client({ ...settings, forcePathStyle: true }).send(
          new GetObjectCommand({ Bucket: artifactBucket, Key: "specs/probe" }),
        ),
      () =>
        new DynamoDBClient(settings).send(
          new GetItemCommand({ TableName: recordsTableArn, Key: { pk: { S: "a" }, sk: { S: "a" } } }),
        ),
      () =>
        new EventBridgeClient(settings).send(
          new PutEventsCommand({
            Entries: [{ EventBusName: eventBusArn, Source: "s", DetailType: "d", Detail: "{}" }],
          }),
        ),
    ])
      await assert.rejects(call, (error: Error) => {
        assert.match(error.name, /^AccessDenied/);
        return true;
      });
  });

  it("change by nothing in a second up, and go with the accounts when these are taken out of the settings", async () => {
    const changes = async (...given: Parameters<AccountsWorld["up"]>) => {
      const { created = 0, updated = 0, replaced = 0, deleted = 0 } = (await world.up(...given)).summary;
      return [created, updated, replaced, deleted];
    };
    assert.deepEqual(await changes("foundation"), [0, 0, 0, 0]);
    assert.deepEqual(await changes("prod"), [0, 0, 0, 0]);

    const none = { "sluice:environmentAccounts": "{}", "sluice:operators": "[]" };
    // The key's and the buckets' policies change; those of table and bus go.
    assert.deepEqual(await changes("foundation", none), [0, 3, 0, 2]);
    for (const [, sid, ...calls] of OF_FOUNDATION)
      for (const call of calls) await assert.rejects(call, { name: /^AccessDenied/ }, sid);
    await assert.rejects(
      world.up("prod"),
      /sluice:account: expected "000000000000".*does not name prod, got "222222222222"/,
    );
  });
});
