/** KMS: key and alias. */
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListAliasesCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import type * as aws from "@pulumi/aws";
import type { AwsClients } from "../clients.ts";
import { computed, computedReplaces, define, local, replaces, required } from "../definition.ts";
import { orGone } from "../errors.ts";

const rotate = (clients: AwsClients, KeyId: string, on: boolean | undefined) =>
  clients
    .client(KMSClient)
    .send(on ? new EnableKeyRotationCommand({ KeyId }) : (new DisableKeyRotationCommand({ KeyId }) as never));

const key = define<aws.kms.KeyArgs, aws.kms.KeyState>("aws:kms/key:Key", {
  args: {
    description: computed,
    policy: { computed: true, json: true },
    enableKeyRotation: computed,
    deletionWindowInDays: local,
    keyUsage: computedReplaces,
    customerMasterKeySpec: computedReplaces,
    multiRegion: computedReplaces,
  },
  async create(clients, args) {
    const { KeyMetadata: made } = await clients.client(KMSClient).send(
      new CreateKeyCommand({
        ...(args.description ? { Description: args.description } : {}),
        ...(args.policy ? { Policy: args.policy } : {}),
        ...(args.keyUsage ? { KeyUsage: args.keyUsage as "ENCRYPT_DECRYPT" } : {}),
        ...(args.customerMasterKeySpec ? { KeySpec: args.customerMasterKeySpec as "SYMMETRIC_DEFAULT" } : {}),
        ...(args.multiRegion === undefined ? {} : { MultiRegion: args.multiRegion }),
      }),
    );
    const keyId = made?.KeyId as string;
    if (args.enableKeyRotation) await rotate(clients, keyId, true);
    return {
      id: keyId,
      outputs: { arn: made?.Arn as string, keyId, isEnabled: true, region: clients.region },
    };
  },
  async read(clients, id) {
    const client = clients.client(KMSClient);
    const found = await orGone(client.send(new DescribeKeyCommand({ KeyId: id })));
    const live = found?.KeyMetadata;
    if (!live || live.KeyState === "PendingDeletion") return undefined;
    const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId: id, PolicyName: "default" }));
    const rotation = await client.send(new GetKeyRotationStatusCommand({ KeyId: id }));
    return {
      arn: live.Arn as string,
      keyId: id,
      description: live.Description as string,
      isEnabled: live.Enabled as boolean,
      policy: Policy as string,
      enableKeyRotation: rotation.KeyRotationEnabled as boolean,
    };
  },
  async update(clients, id, args) {
    const client = clients.client(KMSClient);
    if (args.policy)
      await client.send(new PutKeyPolicyCommand({ KeyId: id, PolicyName: "default", Policy: args.policy }));
    if (args.description)
      await client.send(new UpdateKeyDescriptionCommand({ KeyId: id, Description: args.description }));
    await rotate(clients, id, args.enableKeyRotation);
    return {};
  },
  // A key cannot be deleted at once, only scheduled for it.
  delete: (clients, id, state) =>
    orGone(
      clients.client(KMSClient).send(
        new ScheduleKeyDeletionCommand({
          KeyId: id,
          PendingWindowInDays: state.deletionWindowInDays ?? 30,
        }),
      ),
    ),
});

/** Id: the alias' name, `alias/…`. */
const alias = define<aws.kms.AliasArgs, aws.kms.AliasState>("aws:kms/alias:Alias", {
  args: { name: replaces, targetKeyId: required },
  autoName: { property: "name", maxLength: 256 },
  async create(clients, args) {
    const name = args.name as string;
    await clients
      .client(KMSClient)
      .send(new CreateAliasCommand({ AliasName: name, TargetKeyId: args.targetKeyId as string }));
    return {
      id: name,
      outputs: {
        arn: clients.arn("kms", name),
        targetKeyArn: clients.arn("kms", `key/${args.targetKeyId as string}`),
        region: clients.region,
      },
    };
  },
  async read(clients, id) {
    const page = await clients.client(KMSClient).send(new ListAliasesCommand({}));
    const live = page.Aliases?.find(({ AliasName }) => AliasName === id);
    return live && { name: id, arn: live.AliasArn as string, targetKeyId: live.TargetKeyId as string };
  },
  async update(clients, id, args) {
    await clients
      .client(KMSClient)
      .send(new UpdateAliasCommand({ AliasName: id, TargetKeyId: args.targetKeyId as string }));
    return { targetKeyArn: clients.arn("kms", `key/${args.targetKeyId as string}`) };
  },
  delete: (clients, id) => orGone(clients.client(KMSClient).send(new DeleteAliasCommand({ AliasName: id }))),
});

export const definitions = [key, alias];
