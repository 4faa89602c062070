/** Several accounts behind one port: who calls is known by the access key, and between accounts both sides must allow. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CreateTableCommand,
  DeleteResourcePolicyCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { startTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

const FIRST = "000000000000";
const OTHER = "222222222222";
const READER = `arn:aws:iam::${OTHER}:role/reader`;
let first: TestSandbox;
let other: TestSandbox;
/** ARN of the role of the other account, which its own policies let do everything that the tests try. */
let reader: string;
let stranger: string;

before(async () => {
  first = await startTestSandbox({ ministack: true });
  other = await startTestSandbox({ ministack: true, beside: first, accountId: OTHER });
  const everything = { Effect: "Allow", Action: ["s3:*", "kms:*", "dynamodb:*", "events:*"], Resource: "*" };
  const assuming = {
    Effect: "Allow",
    Action: "sts:AssumeRole",
    Resource: `arn:aws:iam::${FIRST}:role/guest-*`,
  };
  reader = await other.role("reader", ["lambda.amazonaws.com"], [everything, assuming]);
  stranger = await other.role("stranger", ["lambda.amazonaws.com"], [everything]);
});
after(async () => {
  await other.stop();
  await first.stop();
});

/** A resource policy that admits the reader alone, by its account and its ARN. */
const admitting = (action: string, resource: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Reader",
        Effect: "Allow",
        Principal: { AWS: [`arn:aws:iam::${OTHER}:root`] },
        Action: [action],
        Resource: [resource],
        Condition: { ArnLike: { "aws:PrincipalArn": [READER] } },
      },
    ],
  });
const denied =
  (reason: RegExp) =>
  (error: Error): boolean => {
    assert.match(error.name, /^AccessDenied/);
    assert.match(error.message, reason);
    return true;
  };

test("a caller's account is its access key's, whatever the port", async () => {
  const identity = async (sandbox: TestSandbox, role?: string) =>
    (await new STSClient(sandbox.client(role)).send(new GetCallerIdentityCommand({}))).Arn;

  assert.equal(other.url, first.url);
  assert.equal(await identity(first), `arn:aws:iam::${FIRST}:root`);
  assert.equal(await identity(other), `arn:aws:iam::${OTHER}:root`);
  assert.equal(await identity(other, reader), `arn:aws:sts::${OTHER}:assumed-role/reader/sluice`);
});

test("an object of another account is read when bucket, key and the caller's own policies all allow", async () => {
  const owner = new S3Client({ ...first.client(), forcePathStyle: true });
  const as = (role?: string) => new S3Client({ ...other.client(role), forcePathStyle: true });
  const get = (client: S3Client) => client.send(new GetObjectCommand({ Bucket: "shared", Key: "specs/a" }));
  const kms = new KMSClient(first.client());
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const keyArn = KeyMetadata?.Arn ?? "";
  await owner.send(new CreateBucketCommand({ Bucket: "shared" }));
  await owner.send(
    new PutBucketEncryptionCommand({
      Bucket: "shared",
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: keyArn } }],
      },
    }),
  );
  await owner.send(new PutObjectCommand({ Bucket: "shared", Key: "specs/a", Body: "1" }));

  await assert.rejects(get(as(reader)), denied(/no resource-based policy allows the s3:GetObject/));
  await owner.send(
    new PutBucketPolicyCommand({
      Bucket: "shared",
      Policy: admitting("s3:GetObject", "arn:aws:s3:::shared/specs/*"),
    }),
  );
  await assert.rejects(get(as(reader)), denied(/no resource-based policy allows the kms:Decrypt/));
  const keyPolicy = JSON.parse(admitting("kms:Decrypt", "*")) as { Statement: object[] };
  keyPolicy.Statement.push({
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${FIRST}:root` },
    Action: "kms:*",
    Resource: "*",
  });
  await kms.send(
    new PutKeyPolicyCommand({ KeyId: keyArn, PolicyName: "default", Policy: JSON.stringify(keyPolicy) }),
  );

  assert.equal(await (await get(as(reader))).Body?.transformToString(), "1");
  assert.equal(first.calls({ action: "GetObject", principal: reader, outcome: "ok" }).length, 1);
  await assert.rejects(get(as(stranger)), denied(/no resource-based policy/));
  await assert.rejects(
    get(as()),
    denied(/no resource-based policy/),
    "an administrator elsewhere is a stranger",
  );
  const mute = await other.role("mute", ["lambda.amazonaws.com"], []);
  await assert.rejects(get(as(mute)), denied(/no resource-based policy/));
  await assert.rejects(
    as().send(new CreateBucketCommand({ Bucket: "shared" })),
    { name: "BucketAlreadyExists" },
    "names of buckets are everybody's",
  );
});

test("a role whose own policies do not allow gets nothing, though the resource's policy does", async () => {
  const owner = new S3Client({ ...first.client(), forcePathStyle: true });
  await owner.send(new CreateBucketCommand({ Bucket: "open" }));
  await owner.send(new PutObjectCommand({ Bucket: "open", Key: "a", Body: "1" }));
  const mute = await other.role("quiet", ["lambda.amazonaws.com"], []);
  const policy = JSON.parse(admitting("s3:GetObject", "arn:aws:s3:::open/*")) as {
    Statement: [{ Principal: object; Condition?: object }];
  };
  policy.Statement[0].Principal = { AWS: [mute] };
  delete policy.Statement[0].Condition;
  await owner.send(new PutBucketPolicyCommand({ Bucket: "open", Policy: JSON.stringify(policy) }));

  await assert.rejects(
    new S3Client({ ...other.client(mute), forcePathStyle: true }).send(
      new GetObjectCommand({ Bucket: "open", Key: "a" }),
    ),
    denied(/no identity-based policy allows the s3:GetObject/),
  );
});

test("a table of another account is reached by its ARN under its resource policy, and no more without it", async () => {
  const owner = new DynamoDBClient(first.client());
  const guest = new DynamoDBClient(other.client(reader));
  const made = await owner.send(
    new CreateTableCommand({
      TableName: "records",
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    }),
  );
  const arn = made.TableDescription?.TableArn ?? "";
  const get = () => guest.send(new GetItemCommand({ TableName: arn, Key: { pk: { S: "a" } } }));

  await assert.rejects(get(), denied(/no resource-based policy allows the dynamodb:GetItem/));
  await owner.send(
    new PutResourcePolicyCommand({ ResourceArn: arn, Policy: admitting("dynamodb:GetItem", arn) }),
  );
  await owner.send(new PutItemCommand({ TableName: "records", Item: { pk: { S: "a" }, n: { N: "7" } } }));
  assert.equal((await get()).Item?.n?.N, "7");
  await assert.rejects(
    guest.send(new PutItemCommand({ TableName: arn, Item: { pk: { S: "b" } } })),
    denied(/no resource-based policy allows the dynamodb:PutItem/),
  );
  await assert.rejects(
    guest.send(new GetItemCommand({ TableName: "records", Key: { pk: { S: "a" } } })),
    { name: "ResourceNotFoundException" },
    "a name alone is of the caller's account",
  );
  await owner.send(new DeleteResourcePolicyCommand({ ResourceArn: arn }));
  await assert.rejects(get(), denied(/no resource-based policy allows the dynamodb:GetItem/));
});

test("an event put on another account's bus comes out there with its sender's account", async () => {
  const owner = new EventBridgeClient(first.client());
  const { EventBusArn = "" } = await owner.send(new CreateEventBusCommand({ Name: "requests" }));
  const queues = new SQSClient(first.client());
  const queueArn = `arn:aws:sqs:eu-west-1:${FIRST}:heard`;
  const { QueueUrl } = await queues.send(
    new CreateQueueCommand({
      QueueName: "heard",
      Attributes: {
        Policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: queueArn,
            },
          ],
        }),
      },
    }),
  );
  const EventPattern = JSON.stringify({ source: ["test"] });
  await owner.send(new PutRuleCommand({ Name: "all", EventBusName: "requests", EventPattern }));
  await owner.send(
    new PutTargetsCommand({ Rule: "all", EventBusName: "requests", Targets: [{ Id: "q", Arn: queueArn }] }),
  );
  const put = () =>
    new EventBridgeClient(other.client(reader)).send(
      new PutEventsCommand({
        Entries: [{ EventBusName: EventBusArn, Source: "test", DetailType: "t", Detail: "{}" }],
      }),
    );

  await assert.rejects(put(), denied(/no resource-based policy allows the events:PutEvents/));
  await owner.send(
    new PutPermissionCommand({
      EventBusName: "requests",
      Policy: admitting("events:PutEvents", EventBusArn),
    }),
  );
  assert.equal((await put()).FailedEntryCount, 0);
  await first.clock.advance(5_000);
  const { Messages } = await queues.send(new ReceiveMessageCommand({ QueueUrl }));
  assert.equal((JSON.parse(Messages?.[0]?.Body ?? "{}") as { account: string }).account, OTHER);
});

test("a role of another account is assumed when its trust and the caller's own policies allow", async () => {
  const iam = new IAMClient(first.client());
  const trust = (principalArn: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${OTHER}:root` },
          Action: "sts:AssumeRole",
          Condition: { ArnLike: { "aws:PrincipalArn": principalArn } },
        },
      ],
    });
  await iam.send(new CreateRoleCommand({ RoleName: "guest-a", AssumeRolePolicyDocument: trust(READER) }));
  await iam.send(new CreateRoleCommand({ RoleName: "hidden", AssumeRolePolicyDocument: trust(READER) }));
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "guest-a",
      PolicyName: "own",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "states:ListExecutions", Resource: "*" }],
      }),
    }),
  );
  const assume = (roleName: string, as = reader) =>
    new STSClient(other.client(as)).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${FIRST}:role/${roleName}`, RoleSessionName: "test" }),
    );

  const { Credentials } = await assume("guest-a");
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
  };
  const { Account } = await new STSClient({ ...first.client(), credentials }).send(
    new GetCallerIdentityCommand({}),
  );
  assert.equal(Account, FIRST);
  await assert.rejects(assume("hidden"), denied(/sts:AssumeRole/), "its own policies name guest-* only");
  await assert.rejects(assume("guest-a", stranger), denied(/sts:AssumeRole/), "the trust names the reader");
});

test("what has no resource policy is closed to other accounts", async () => {
  const role = await other.role(
    "operator",
    ["lambda.amazonaws.com"],
    [{ Effect: "Allow", Action: "states:*", Resource: "*" }],
  );
  await assert.rejects(
    new SFNClient(other.client(role)).send(
      new ListExecutionsCommand({
        stateMachineArn: `arn:aws:states:eu-west-1:${FIRST}:stateMachine:train`,
      }),
    ),
    denied(/no resource-based policy allows the states:ListExecutions/),
  );
});
