/** Athena's workgroup, and the database of Glue's catalog that its tables lie in. */
import {
  AthenaClient,
  CreateWorkGroupCommand,
  DeleteWorkGroupCommand,
  GetWorkGroupCommand,
  UpdateWorkGroupCommand,
  type WorkGroupConfiguration,
  type WorkGroupConfigurationUpdates,
} from "@aws-sdk/client-athena";
import {
  CreateDatabaseCommand,
  DeleteDatabaseCommand,
  GetDatabaseCommand,
  GlueClient,
  UpdateDatabaseCommand,
} from "@aws-sdk/client-glue";
import type * as aws from "@pulumi/aws";
import { fromAws, toAws } from "../convert.ts";
import { computedReplaces, define, local, optional, replaces } from "../definition.ts";
import { orGone } from "../errors.ts";

const NAMES = {
  rename: {
    enforceWorkgroupConfiguration: "EnforceWorkGroupConfiguration",
    publishCloudwatchMetricsEnabled: "PublishCloudWatchMetricsEnabled",
    kmsKeyArn: "KmsKey",
  },
};

/** Athena says in its message alone that a workgroup is not there. */
async function workGroupOf<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && /workgroup .*not found/i.test(error.message)) return undefined;
    throw error;
  }
}

const workgroup = define<aws.athena.WorkgroupArgs, aws.athena.WorkgroupState>(
  "aws:athena/workgroup:Workgroup",
  {
    args: { name: replaces, description: optional, configuration: optional, forceDestroy: local },
    autoName: { property: "name", maxLength: 128 },
    async create(clients, args) {
      const name = args.name as string;
      await clients.client(AthenaClient).send(
        new CreateWorkGroupCommand({
          Name: name,
          Description: args.description,
          Configuration: toAws<WorkGroupConfiguration>(args.configuration ?? {}, NAMES),
        }),
      );
      return {
        id: name,
        outputs: { arn: clients.arn("athena", `workgroup/${name}`), region: clients.region },
      };
    },
    async read(clients, id) {
      const found = await workGroupOf(
        clients.client(AthenaClient).send(new GetWorkGroupCommand({ WorkGroup: id })),
      );
      if (!found?.WorkGroup) return undefined;
      const { Description, Configuration } = found.WorkGroup;
      return {
        name: id,
        ...(Description ? { description: Description } : {}),
        configuration: fromAws<object>(Configuration ?? {}, NAMES),
        arn: clients.arn("athena", `workgroup/${id}`),
      };
    },
    async update(clients, id, args) {
      const { resultConfiguration, ...rest } = args.configuration ?? {};
      await clients.client(AthenaClient).send(
        new UpdateWorkGroupCommand({
          WorkGroup: id,
          Description: args.description,
          ConfigurationUpdates: toAws<WorkGroupConfigurationUpdates>(
            { ...rest, ...(resultConfiguration ? { resultConfigurationUpdates: resultConfiguration } : {}) },
            NAMES,
          ),
        }),
      );
      return undefined;
    },
    delete: (clients, id, state) =>
      workGroupOf(
        clients
          .client(AthenaClient)
          .send(new DeleteWorkGroupCommand({ WorkGroup: id, RecursiveDeleteOption: state.forceDestroy })),
      ),
  },
);

const database = define<aws.glue.CatalogDatabaseArgs, aws.glue.CatalogDatabaseState>(
  "aws:glue/catalogDatabase:CatalogDatabase",
  {
    args: { name: replaces, description: optional, catalogId: computedReplaces },
    autoName: { property: "name", maxLength: 255, lowerCase: true },
    async create(clients, args) {
      const name = args.name as string;
      await clients
        .client(GlueClient)
        .send(new CreateDatabaseCommand({ DatabaseInput: { Name: name, Description: args.description } }));
      return {
        id: `${clients.accountId}:${name}`,
        outputs: {
          arn: clients.arn("glue", `database/${name}`),
          catalogId: clients.accountId,
          region: clients.region,
        },
      };
    },
    async read(clients, id) {
      const name = nameOf(id);
      const found = await orGone(clients.client(GlueClient).send(new GetDatabaseCommand({ Name: name })));
      if (!found?.Database) return undefined;
      const { Description } = found.Database;
      return {
        name,
        ...(Description ? { description: Description } : {}),
        arn: clients.arn("glue", `database/${name}`),
        catalogId: clients.accountId,
      };
    },
    async update(clients, id, args) {
      const Name = nameOf(id);
      await clients
        .client(GlueClient)
        .send(new UpdateDatabaseCommand({ Name, DatabaseInput: { Name, Description: args.description } }));
      return undefined;
    },
    delete: (clients, id) =>
      orGone(clients.client(GlueClient).send(new DeleteDatabaseCommand({ Name: nameOf(id) }))),
  },
);

const nameOf = (id: string): string => id.slice(id.indexOf(":") + 1);

export const definitions = [workgroup, database];
