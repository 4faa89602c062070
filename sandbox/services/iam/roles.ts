import { parsePolicy } from "../../kernel/iam/policy.ts";
import type { Role, Tag } from "../../kernel/iam/store.ts";
import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, ServiceError } from "../../kernel/types.ts";
import { noSuchEntity } from "./errors.ts";

/** Operations on roles, their trust and their inline policies. */
export function roleOperations(kernel: SandboxKernel): Readonly<Record<string, Operation>> {
  const { iam } = kernel;
  const get = (name: string): Role =>
    iam.roles.get(name) ?? fail(`The role with name ${name} cannot be found.`);
  return {
    CreateRole: (input) => {
      if (iam.roles.has(input.RoleName))
        throw new ServiceError("EntityAlreadyExists", `Role with name ${input.RoleName} already exists.`, {
          status: 409,
        });
      const trust = checkTrust(kernel, input.AssumeRolePolicyDocument);
      const path = input.Path ?? "/";
      const role: Role = {
        name: input.RoleName,
        path,
        arn: `arn:aws:iam::${kernel.accountId}:role${path}${input.RoleName}`,
        id: `AROA${kernel.uuid().replaceAll("-", "").slice(0, 17).toUpperCase()}`,
        created: kernel.clock.now(),
        trustPolicy: trust,
        description: input.Description,
        maxSessionSeconds: input.MaxSessionDuration ?? 3600,
        permissionsBoundary: input.PermissionsBoundary,
        tags: [...(input.Tags ?? [])],
        inline: new Map(),
        attached: new Set(),
      };
      iam.roles.set(role.name, role);
      return { Role: describe(role) };
    },
    GetRole: (input) => ({ Role: describe(get(input.RoleName)) }),
    ListRoles: (input) => {
      const prefix = input.PathPrefix ?? "/";
      return {
        Roles: [...iam.roles.values()].filter((role) => role.path.startsWith(prefix)).map(describe),
        IsTruncated: false,
      };
    },
    UpdateRole: (input) => {
      const role = get(input.RoleName);
      role.description = input.Description ?? role.description;
      role.maxSessionSeconds = input.MaxSessionDuration ?? role.maxSessionSeconds;
      return {};
    },
    UpdateRoleDescription: (input) => {
      const role = get(input.RoleName);
      role.description = input.Description;
      return { Role: describe(role) };
    },
    UpdateAssumeRolePolicy: (input) => {
      get(input.RoleName).trustPolicy = checkTrust(kernel, input.PolicyDocument);
    },
    PutRolePermissionsBoundary: (input) => {
      get(input.RoleName).permissionsBoundary = input.PermissionsBoundary;
    },
    DeleteRolePermissionsBoundary: (input) => {
      get(input.RoleName).permissionsBoundary = undefined;
    },
    DeleteRole: (input) => {
      const role = get(input.RoleName);
      const left =
        role.inline.size > 0 ? "delete policies" : role.attached.size > 0 ? "detach all policies" : undefined;
      if (left)
        throw new ServiceError("DeleteConflict", `Cannot delete entity, must ${left} first.`, {
          status: 409,
        });
      iam.roles.delete(role.name);
    },
    PutRolePolicy: (input) => {
      checkPolicy(input.PolicyDocument, "identity");
      get(input.RoleName).inline.set(input.PolicyName, input.PolicyDocument);
    },
    GetRolePolicy: (input) => {
      const document = get(input.RoleName).inline.get(input.PolicyName);
      if (document === undefined)
        throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
      return {
        RoleName: input.RoleName,
        PolicyName: input.PolicyName,
        PolicyDocument: encodeURIComponent(document),
      };
    },
    DeleteRolePolicy: (input) => {
      if (!get(input.RoleName).inline.delete(input.PolicyName))
        throw noSuchEntity(`The role policy with name ${input.PolicyName} cannot be found.`);
    },
    ListRolePolicies: (input) => ({
      PolicyNames: [...get(input.RoleName).inline.keys()],
      IsTruncated: false,
    }),
    TagRole: (input) => {
      const role = get(input.RoleName);
      role.tags = mergeTags(role.tags, input.Tags);
    },
    UntagRole: (input) => {
      const role = get(input.RoleName);
      role.tags = role.tags.filter((tag) => !input.TagKeys.includes(tag.Key));
    },
    ListRoleTags: (input) => ({ Tags: get(input.RoleName).tags, IsTruncated: false }),
    ListInstanceProfilesForRole: (input) => {
      get(input.RoleName);
      return { InstanceProfiles: [], IsTruncated: false };
    },
  };
}

function fail(message: string): never {
  throw noSuchEntity(message);
}

function describe(role: Role): Record<string, unknown> {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.created,
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    Tags: role.tags,
    PermissionsBoundary:
      role.permissionsBoundary === undefined
        ? undefined
        : { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: role.permissionsBoundary },
  };
}

/** A trust policy may only name roles that exist: AWS refuses others, so a stack that trusts what comes later fails here too. */
function checkTrust(kernel: SandboxKernel, document: string): string {
  const statements = checkPolicy(document, "trust");
  const unknown = statements
    .flatMap((statement) => statement.principals?.AWS ?? [])
    .filter((arn) => arn.includes(`::${kernel.accountId}:role/`) && !kernel.iam.roleByArn(arn));
  if (unknown.length > 0)
    throw new ServiceError(
      "MalformedPolicyDocument",
      `Invalid principal in policy: "AWS":"${unknown.join('","')}"`,
    );
  return document;
}

export function checkPolicy(document: string, kind: "identity" | "trust"): ReturnType<typeof parsePolicy> {
  try {
    return parsePolicy(document, kind);
  } catch (error) {
    throw new ServiceError("MalformedPolicyDocument", (error as Error).message);
  }
}

export function mergeTags(tags: readonly Tag[], added: readonly Tag[]): Tag[] {
  const keys = new Set(added.map((tag) => tag.Key));
  return [...tags.filter((tag) => !keys.has(tag.Key)), ...added];
}
