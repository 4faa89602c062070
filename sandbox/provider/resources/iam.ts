/** IAM: role and inline role policy. */
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  type Role,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import type * as aws from "@pulumi/aws";
import type { AwsClients } from "../clients.ts";
import {
  computedReplaces,
  define,
  optional,
  replaces,
  requiredJson,
  requiredReplaces,
} from "../definition.ts";
import { orGone } from "../errors.ts";

const roleOutputs = (role: Role | undefined) => ({
  arn: role?.Arn as string,
  createDate: role?.CreateDate?.toISOString() as string,
  uniqueId: role?.RoleId as string,
  path: role?.Path as string,
  name: role?.RoleName as string,
  maxSessionDuration: role?.MaxSessionDuration ?? 3600,
});

const role = define<aws.iam.RoleArgs, aws.iam.RoleState>("aws:iam/role:Role", {
  args: {
    name: replaces,
    path: computedReplaces,
    assumeRolePolicy: requiredJson,
    description: optional,
    maxSessionDuration: { computed: true },
    forceDetachPolicies: { local: true },
  },
  autoName: { property: "name", maxLength: 64 },
  async create(clients, args) {
    const { Role: made } = await clients.client(IAMClient).send(
      new CreateRoleCommand({
        RoleName: args.name as string,
        AssumeRolePolicyDocument: args.assumeRolePolicy as string,
        ...(args.path ? { Path: args.path } : {}),
        ...(args.description ? { Description: args.description } : {}),
        ...(args.maxSessionDuration ? { MaxSessionDuration: args.maxSessionDuration } : {}),
      }),
    );
    return { id: args.name as string, outputs: roleOutputs(made) };
  },
  async read(clients, id) {
    const found = await orGone(clients.client(IAMClient).send(new GetRoleCommand({ RoleName: id })));
    if (!found?.Role) return undefined;
    return {
      ...roleOutputs(found.Role),
      assumeRolePolicy: decodeURIComponent(found.Role.AssumeRolePolicyDocument ?? ""),
      ...(found.Role.Description ? { description: found.Role.Description } : {}),
    };
  },
  async update(clients, id, args) {
    const client = clients.client(IAMClient);
    await client.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: id, PolicyDocument: args.assumeRolePolicy as string }),
    );
    await client.send(
      new UpdateRoleCommand({
        RoleName: id,
        Description: args.description ?? "",
        ...(args.maxSessionDuration ? { MaxSessionDuration: args.maxSessionDuration } : {}),
      }),
    );
    return {};
  },
  async delete(clients, id, state) {
    if (state.forceDetachPolicies) await deleteInlinePolicies(clients, id);
    await orGone(clients.client(IAMClient).send(new DeleteRoleCommand({ RoleName: id })));
  },
});

async function deleteInlinePolicies(clients: AwsClients, roleName: string): Promise<void> {
  const client = clients.client(IAMClient);
  const names = await orGone(client.send(new ListRolePoliciesCommand({ RoleName: roleName })));
  for (const PolicyName of names?.PolicyNames ?? [])
    await client.send(new DeleteRolePolicyCommand({ RoleName: roleName, PolicyName }));
}

/** Id: `role:name`. */
const rolePolicy = define<aws.iam.RolePolicyArgs, aws.iam.RolePolicyState>("aws:iam/rolePolicy:RolePolicy", {
  args: { role: requiredReplaces, name: replaces, policy: requiredJson },
  autoName: { property: "name", maxLength: 128 },
  async create(clients, args) {
    await putRolePolicy(clients, args.role as string, args.name as string, args.policy as string);
    return { id: `${args.role as string}:${args.name}`, outputs: {} };
  },
  async read(clients, id) {
    const [RoleName, PolicyName] = splitId(id);
    const found = await orGone(
      clients.client(IAMClient).send(new GetRolePolicyCommand({ RoleName, PolicyName })),
    );
    return (
      found && {
        role: RoleName,
        name: PolicyName,
        policy: decodeURIComponent(found.PolicyDocument as string),
      }
    );
  },
  async update(clients, id, args) {
    await putRolePolicy(clients, ...splitId(id), args.policy as string);
    return {};
  },
  delete(clients, id) {
    const [RoleName, PolicyName] = splitId(id);
    return orGone(clients.client(IAMClient).send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
  },
});

const splitId = (id: string): [string, string] => {
  const colon = id.indexOf(":");
  return [id.slice(0, colon), id.slice(colon + 1)];
};

const putRolePolicy = (clients: AwsClients, RoleName: string, PolicyName: string, PolicyDocument: string) =>
  clients.client(IAMClient).send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));

export const definitions = [role, rolePolicy];
