import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CreateRoleCommand, GetRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateModelCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { startTestSandbox, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let admin: S3Client;

before(async () => {
  sandbox = await startTestSandbox({ ministack: true });
  admin = new S3Client(sandbox.client());
  await admin.send(new CreateBucketCommand({ Bucket: "data" }));
  await admin.send(
    new PutBucketVersioningCommand({ Bucket: "data", VersioningConfiguration: { Status: "Enabled" } }),
  );
});
after(() => sandbox.stop());

const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition ? { Condition } : {}),
});
const s3As = async (name: string, ...statements: object[]) =>
  new S3Client(sandbox.client(await sandbox.role(name, ["lambda.amazonaws.com"], statements)));

test("an unknown access key is nobody", async () => {
  const iam = new IAMClient({
    ...sandbox.client(),
    credentials: { accessKeyId: "AKIANOBODY", secretAccessKey: "x" },
  });
  const s3 = new S3Client({
    ...sandbox.client(),
    credentials: { accessKeyId: "AKIANOBODY", secretAccessKey: "x" },
  });

  await assert.rejects(
    iam.send(new GetRoleCommand({ RoleName: "x" })),
    /security token included in the request is invalid/,
  );
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket: "data", Key: "k" })), {
    name: "InvalidAccessKeyId",
  });
});

test("a role may do what its policy says and nothing more, in AWS's words", async () => {
  const s3 = await s3As("reader", allow("s3:GetObject", "arn:aws:s3:::data/in/*"));
  await admin.send(new PutObjectCommand({ Bucket: "data", Key: "in/a", Body: "1" }));

  assert.equal(
    await (await s3.send(new GetObjectCommand({ Bucket: "data", Key: "in/a" }))).Body?.transformToString(),
    "1",
  );
  await assert.rejects(
    s3.send(new PutObjectCommand({ Bucket: "data", Key: "in/a", Body: "2" })),
    (error: Error) => {
      assert.equal(error.name, "AccessDenied");
      assert.equal(
        error.message,
        "User: arn:aws:sts::000000000000:assumed-role/reader/sluice is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::data/in/a because no identity-based policy allows the s3:PutObject action",
      );
      return true;
    },
  );
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket: "data", Key: "out/a" })), {
    name: "AccessDenied",
  });
});

test("whoever may not list a bucket is not told that an object is absent", async () => {
  const blind = await s3As("blind", allow("s3:GetObject", "arn:aws:s3:::data/*"));
  const seeing = await s3As(
    "seeing",
    allow("s3:GetObject", "arn:aws:s3:::data/*"),
    allow("s3:ListBucket", "arn:aws:s3:::data"),
  );

  await assert.rejects(blind.send(new GetObjectCommand({ Bucket: "data", Key: "absent" })), {
    name: "AccessDenied",
  });
  await assert.rejects(seeing.send(new GetObjectCommand({ Bucket: "data", Key: "absent" })), {
    name: "NoSuchKey",
  });
});

test("listing can be limited to a prefix by a condition", async () => {
  const s3 = await s3As(
    "lister",
    allow("s3:ListBucket", "arn:aws:s3:::data", { StringLike: { "s3:prefix": "in/*" } }),
  );

  assert.equal((await s3.send(new ListObjectsV2Command({ Bucket: "data", Prefix: "in/" }))).KeyCount, 1);
  await assert.rejects(s3.send(new ListObjectsV2Command({ Bucket: "data" })), { name: "AccessDenied" });
});

test("a bucket policy's deny wins over an identity's allow, its allow needs no identity policy", async () => {
  const role = await sandbox.role(
    "guest",
    ["lambda.amazonaws.com"],
    [allow("s3:GetObject", "arn:aws:s3:::data/secret/*")],
  );
  const s3 = new S3Client(sandbox.client(role));
  const Statement = [
    {
      Effect: "Allow",
      Principal: { AWS: role },
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::data/shared/*",
    },
    {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::data/secret/*",
      Condition: { ArnEquals: { "aws:PrincipalArn": role } },
    },
  ];
  await admin.send(
    new PutBucketPolicyCommand({
      Bucket: "data",
      Policy: JSON.stringify({ Version: "2012-10-17", Statement }),
    }),
  );
  for (const Key of ["shared/a", "secret/a"])
    await admin.send(new PutObjectCommand({ Bucket: "data", Key, Body: "x" }));

  assert.ok(await s3.send(new GetObjectCommand({ Bucket: "data", Key: "shared/a" })));
  await assert.rejects(
    s3.send(new GetObjectCommand({ Bucket: "data", Key: "secret/a" })),
    /explicit deny in a resource-based policy/,
  );
});

test("an old version needs its own permission and comes back unchanged", async () => {
  const first = await admin.send(new PutObjectCommand({ Bucket: "data", Key: "v", Body: "one" }));
  await admin.send(new PutObjectCommand({ Bucket: "data", Key: "v", Body: "two" }));
  const old = { Bucket: "data", Key: "v", VersionId: first.VersionId };
  const without = await s3As("no-versions", allow("s3:GetObject", "arn:aws:s3:::data/*"));

  assert.equal(await (await admin.send(new GetObjectCommand(old))).Body?.transformToString(), "one");
  await assert.rejects(without.send(new GetObjectCommand(old)), /s3:GetObjectVersion/);
});

test("deleting many objects is checked object by object", async () => {
  const s3 = await s3As("deleter", allow("s3:DeleteObject", "arn:aws:s3:::data/tmp/*"));
  const remove = (...keys: string[]) =>
    s3.send(new DeleteObjectsCommand({ Bucket: "data", Delete: { Objects: keys.map((Key) => ({ Key })) } }));

  assert.equal((await remove("tmp/a", "tmp/b")).Deleted?.length, 2);
  await assert.rejects(remove("tmp/a", "in/a"), /data\/in\/a/);
});

test("a bucket encrypted with a key needs the key's permissions too, and the key policy must delegate to IAM", async () => {
  const kms = new KMSClient(sandbox.client());
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const key = KeyMetadata?.Arn as string;
  await admin.send(new CreateBucketCommand({ Bucket: "sealed" }));
  await admin.send(
    new PutBucketEncryptionCommand({
      Bucket: "sealed",
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: key } }],
      },
    }),
  );
  const objects = allow(["s3:PutObject", "s3:GetObject"], "arn:aws:s3:::sealed/*");
  const keyless = await s3As("keyless", objects);
  const writer = await s3As("writer", objects, allow("kms:GenerateDataKey", key));
  const put = { Bucket: "sealed", Key: "a", Body: "x" };

  await assert.rejects(keyless.send(new PutObjectCommand(put)), /kms:GenerateDataKey/);
  await writer.send(new PutObjectCommand(put));
  await assert.rejects(writer.send(new GetObjectCommand({ Bucket: "sealed", Key: "a" })), /kms:Decrypt/);
  await assert.rejects(
    writer.send(new CopyObjectCommand({ Bucket: "sealed", Key: "b", CopySource: "sealed/a" })),
    /kms:Decrypt/,
  );
});

test("decryption without a key id is checked against the key inside the ciphertext", async () => {
  const kms = new KMSClient(sandbox.client());
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from("secret") }),
  );
  const other = new KMSClient(sandbox.client(await sandbox.role("no-key", ["lambda.amazonaws.com"], [])));

  assert.equal(
    Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob }))).Plaintext ?? []).toString(),
    "secret",
  );
  await assert.rejects(
    other.send(new DecryptCommand({ CiphertextBlob })),
    /kms:Decrypt on resource: arn:aws:kms:.*key\//,
  );
});

test("passing a role needs iam:PassRole, for the service that gets it", async () => {
  const execution = await sandbox.role("execution", ["sagemaker.amazonaws.com"], []);
  const create = allow("sagemaker:*", "*");
  const pass = allow("iam:PassRole", execution, {
    StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" },
  });
  const wrong = allow("iam:PassRole", execution, {
    StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" },
  });
  const clientAs = async (name: string, ...statements: object[]) =>
    new SageMakerClient(sandbox.client(await sandbox.role(name, ["lambda.amazonaws.com"], statements)));
  const model = {
    ModelName: "m",
    ExecutionRoleArn: execution,
    PrimaryContainer: { Image: "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0" },
  };

  await assert.rejects(
    (await clientAs("cannot-pass", create)).send(new CreateModelCommand(model)),
    /iam:PassRole/,
  );
  await assert.rejects(
    (await clientAs("passes-elsewhere", create, wrong)).send(new CreateModelCommand(model)),
    /iam:PassRole/,
  );
  assert.ok(await (await clientAs("passes", create, pass)).send(new CreateModelCommand(model)));
});

test("a role is assumed only by whom it trusts, and the session is that role", async () => {
  const first = await sandbox.role("first", ["lambda.amazonaws.com"], []);
  const iam = new IAMClient(sandbox.client());
  const trust = { Statement: [{ Effect: "Allow", Principal: { AWS: first }, Action: "sts:AssumeRole" }] };
  const second = await iam.send(
    new CreateRoleCommand({ RoleName: "second", AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const RoleArn = second.Role?.Arn;

  const { Credentials } = await new STSClient(sandbox.client(first)).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "session" }),
  );
  const session = new STSClient({
    ...sandbox.client(),
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    },
  });
  assert.match((await session.send(new GetCallerIdentityCommand({}))).Arn ?? "", /assumed-role\/second\//);
  const stranger = await sandbox.role("stranger", ["lambda.amazonaws.com"], [allow("sts:AssumeRole", "*")]);
  await assert.rejects(
    new STSClient(sandbox.client(stranger)).send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: "session" }),
    ),
    /not authorized to perform: sts:AssumeRole/,
  );
});

test("policies with an unknown operator, and trust in a role that does not exist, are refused", async () => {
  const iam = new IAMClient(sandbox.client());
  const policy = {
    Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*", Condition: { StringSounds: { a: "b" } } }],
  };
  const trust = {
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::000000000000:role/ghost" },
        Action: "sts:AssumeRole",
      },
    ],
  };

  await assert.rejects(
    iam.send(
      new PutRolePolicyCommand({
        RoleName: "first",
        PolicyName: "p",
        PolicyDocument: JSON.stringify(policy),
      }),
    ),
    /StringSounds/,
  );
  await assert.rejects(
    iam.send(new CreateRoleCommand({ RoleName: "z", AssumeRolePolicyDocument: JSON.stringify(trust) })),
    /Invalid principal in policy/,
  );
});

test("inputs are checked against AWS's model, all problems in one error", async () => {
  const sagemaker = new SageMakerClient(sandbox.client());

  await assert.rejects(
    sagemaker.send(new CreateModelCommand({ ModelName: "bad_name", ExecutionRoleArn: "short" })),
    (error: Error) => {
      assert.equal(error.name, "ValidationException");
      assert.match(error.message, /^3 validation errors detected: /);
      assert.match(
        error.message,
        /Value 'bad_name' at 'modelName' failed to satisfy constraint: Member must satisfy regular expression pattern/,
      );
      assert.match(
        error.message,
        /at 'executionRoleArn' failed to satisfy constraint: Member must have length greater than or equal to 20/,
      );
      return true;
    },
  );
  await assert.rejects(
    sandbox.kernel.callAsSandbox("sagemaker", "createModel", { ModelName: "m", ExecutionRole: "x" }),
    /Unknown parameter "executionRole"/,
  );
});

test("unsupported services and operations are refused by name", async () => {
  const call = (service: string, target: string) =>
    fetch(sandbox.url, {
      method: "POST",
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=test/20080901/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=x`,
        "x-amz-target": target,
      },
      body: "{}",
    }).then((response) => response.text());

  assert.match(await call("kinesis", "Kinesis_20131202.ListStreams"), /does not support kinesis:ListStreams/);
  assert.match(await call("sagemaker", "SageMaker.ListDomains"), /does not support sagemaker:ListDomains/);
});

test("a new object becomes an event when the bucket sends events", async () => {
  const seen: unknown[] = [];
  await admin.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: "data",
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    }),
  );
  await sandbox.kernel.callAsSandbox("events", "PutRule", {
    Name: "objects",
    EventPattern: '{"source":["aws.s3"]}',
  });
  await sandbox.kernel.callAsSandbox("events", "PutTargets", {
    Rule: "objects",
    Targets: [{ Id: "q", Arn: "arn:aws:sqs:eu-west-1:000000000000:objects" }],
  });
  const statement = {
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: "*",
  };
  const { QueueUrl } = await sandbox.kernel.callAsSandbox("sqs", "CreateQueue", {
    QueueName: "objects",
    Attributes: { Policy: JSON.stringify({ Statement: [statement] }) },
  });

  const put = await admin.send(
    new PutObjectCommand({ Bucket: "data", Key: "in/new file.csv", Body: "12345" }),
  );
  await sandbox.clock.advance(1_000);

  const { Messages } = await sandbox.kernel.callAsSandbox("sqs", "ReceiveMessage", { QueueUrl });
  for (const message of Messages ?? []) seen.push(JSON.parse(message.Body).detail);
  assert.equal(seen.length, 1);
  const detail = seen[0] as { object: Record<string, unknown>; reason: string };
  assert.equal(detail.object.key, "in/new file.csv");
  assert.equal(detail.object.size, 5);
  assert.equal(detail.object["version-id"], put.VersionId);
  assert.equal(detail.reason, "PutObject");
});

test("every call is on record with who, what and how it ended, also as JSON lines", async () => {
  const denied = sandbox.calls({ service: "s3", action: "PutObject", outcome: "AccessDenied" });

  assert.ok(
    denied.some(
      (call) => call.principal.endsWith("role/reader") && call.resource === "arn:aws:s3:::data/in/a",
    ),
  );
  assert.ok(denied.every((call) => call.time.startsWith("2008-09-01T")));
});
