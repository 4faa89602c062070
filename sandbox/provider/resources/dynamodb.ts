/** DynamoDB: table and its resource policy. */
import {
  type AttributeDefinition,
  CreateTableCommand,
  DeleteResourcePolicyCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
  type KeySchemaElement,
  PutResourcePolicyCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import type * as aws from "@pulumi/aws";
import type { AwsClients } from "../clients.ts";
import { fromAws, toAws } from "../convert.ts";
import {
  computed,
  define,
  local,
  optional,
  replaces,
  requiredJson,
  requiredReplaces,
} from "../definition.ts";
import { orGone } from "../errors.ts";

type TableArgs = Readonly<Record<string, unknown>>;

const keySchema = (args: TableArgs): KeySchemaElement[] => [
  { AttributeName: args.hashKey as string, KeyType: "HASH" },
  ...(args.rangeKey ? [{ AttributeName: args.rangeKey as string, KeyType: "RANGE" as const }] : []),
];

const encryption = (args: TableArgs) => {
  const given = args.serverSideEncryption as { enabled: boolean; kmsKeyArn?: string } | undefined;
  return given
    ? {
        SSESpecification: {
          Enabled: given.enabled,
          ...(given.kmsKeyArn ? { SSEType: "KMS" as const, KMSMasterKeyId: given.kmsKeyArn } : {}),
        },
      }
    : {};
};

async function setPointInTimeRecovery(
  clients: AwsClients,
  TableName: string,
  args: TableArgs,
): Promise<void> {
  const given = args.pointInTimeRecovery as { enabled: boolean } | undefined;
  await clients.client(DynamoDBClient).send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: given?.enabled ?? false },
    }),
  );
}

async function tableActive(clients: AwsClients, name: string): Promise<void> {
  for (let polls = 0; polls < 60; polls += 1) {
    const { Table } = await clients
      .client(DynamoDBClient)
      .send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus === "ACTIVE") return;
    await clients.waitVirtual(1);
  }
  throw new Error(`table ${name}: expected status ACTIVE within 60 s`);
}

const table = define<aws.dynamodb.TableArgs, aws.dynamodb.TableState>("aws:dynamodb/table:Table", {
  args: {
    name: replaces,
    hashKey: replaces,
    rangeKey: replaces,
    attributes: optional,
    billingMode: computed,
    pointInTimeRecovery: optional,
    serverSideEncryption: optional,
    deletionProtectionEnabled: computed,
  },
  autoName: { property: "name", maxLength: 255 },
  async create(clients, args) {
    const given = args as TableArgs;
    const name = args.name as string;
    const made = await clients.client(DynamoDBClient).send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: (args.billingMode as "PAY_PER_REQUEST" | undefined) ?? "PROVISIONED",
        KeySchema: keySchema(given),
        AttributeDefinitions: toAws<AttributeDefinition[]>(args.attributes, {
          rename: { name: "AttributeName", type: "AttributeType" },
        }),
        DeletionProtectionEnabled: args.deletionProtectionEnabled ?? false,
        ...encryption(given),
      }),
    );
    await tableActive(clients, name);
    if (args.pointInTimeRecovery) await setPointInTimeRecovery(clients, name, given);
    return {
      id: name,
      outputs: { arn: made.TableDescription?.TableArn as string, region: clients.region, streamArn: "" },
    };
  },
  async read(clients, id) {
    const client = clients.client(DynamoDBClient);
    const found = await orGone(client.send(new DescribeTableCommand({ TableName: id })));
    const live = found?.Table;
    if (!live) return undefined;
    const backups = await client.send(new DescribeContinuousBackupsCommand({ TableName: id }));
    const recovery = backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    const keyOf = (type: string) => live.KeySchema?.find(({ KeyType }) => KeyType === type)?.AttributeName;
    return {
      name: id,
      arn: live.TableArn as string,
      hashKey: keyOf("HASH") as string,
      ...(keyOf("RANGE") ? { rangeKey: keyOf("RANGE") as string } : {}),
      attributes: fromAws(live.AttributeDefinitions, {
        rename: { name: "AttributeName", type: "AttributeType" },
      }) as { name: string; type: string }[],
      deletionProtectionEnabled: live.DeletionProtectionEnabled ?? false,
      pointInTimeRecovery: { enabled: recovery?.PointInTimeRecoveryStatus === "ENABLED" },
    };
  },
  async update(clients, id, args, state) {
    const given = args as TableArgs;
    if (args.deletionProtectionEnabled !== state.deletionProtectionEnabled)
      await clients.client(DynamoDBClient).send(
        new UpdateTableCommand({
          TableName: id,
          DeletionProtectionEnabled: args.deletionProtectionEnabled ?? false,
        }),
      );
    if (JSON.stringify(args.serverSideEncryption) !== JSON.stringify(state.serverSideEncryption))
      await clients
        .client(DynamoDBClient)
        .send(new UpdateTableCommand({ TableName: id, ...encryption(given) }));
    await setPointInTimeRecovery(clients, id, given);
    return {};
  },
  delete: (clients, id) =>
    orGone(clients.client(DynamoDBClient).send(new DeleteTableCommand({ TableName: id }))),
});

const putPolicy = async (clients: AwsClients, ResourceArn: string, Policy: string) => {
  const put = await clients
    .client(DynamoDBClient)
    .send(new PutResourcePolicyCommand({ ResourceArn, Policy }));
  return { revisionId: put.RevisionId as string };
};

/** Id: the resource's ARN. */
const resourcePolicy = define<aws.dynamodb.ResourcePolicyArgs, aws.dynamodb.ResourcePolicyState>(
  "aws:dynamodb/resourcePolicy:ResourcePolicy",
  {
    args: { resourceArn: requiredReplaces, policy: requiredJson, confirmRemoveSelfResourceAccess: local },
    create: async (clients, args) => ({
      id: args.resourceArn,
      outputs: await putPolicy(clients, args.resourceArn, args.policy),
    }),
    async read(clients, id) {
      const found = await orGone(
        clients.client(DynamoDBClient).send(new GetResourcePolicyCommand({ ResourceArn: id })),
      );
      return (
        found && {
          resourceArn: id,
          policy: found.Policy as string,
          revisionId: found.RevisionId as string,
        }
      );
    },
    update: (clients, id, args) => putPolicy(clients, id, args.policy),
    delete: (clients, id) =>
      orGone(clients.client(DynamoDBClient).send(new DeleteResourcePolicyCommand({ ResourceArn: id }))),
  },
);

export const definitions = [table, resourcePolicy];
