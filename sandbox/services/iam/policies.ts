import type { ManagedPolicy, Role } from "../../kernel/iam/store.ts";
import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, ServiceError } from "../../kernel/types.ts";
import { noSuchEntity } from "./errors.ts";
import { checkPolicy, mergeTags } from "./roles.ts";

/** Operations on managed policies and their attachment. AWS's own managed policies are refused by name: a role should say what it may do. */
export function policyOperations(kernel: SandboxKernel): Readonly<Record<string, Operation>> {
  const { iam } = kernel;
  const get = (arn: string): ManagedPolicy => {
    const policy = iam.policies.get(arn);
    if (policy) return policy;
    if (arn.startsWith("arn:aws:iam::aws:"))
      throw new ServiceError(
        "NotImplemented",
        `the Sluice sandbox does not support AWS's managed policy ${arn}; write its statements into the role`,
        { status: 501 },
      );
    throw noSuchEntity(`Policy ${arn} was not found.`);
  };
  const roleOf = (name: string): Role => {
    const role = iam.roles.get(name);
    if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`);
    return role;
  };
  const attachments = (arn: string) => [...iam.roles.values()].filter((role) => role.attached.has(arn));
  const describe = (policy: ManagedPolicy) => ({
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachments(policy.arn).length,
    PermissionsBoundaryUsageCount: [...iam.roles.values()].filter(
      (role) => role.permissionsBoundary === policy.arn,
    ).length,
    IsAttachable: true,
    Description: policy.description,
    CreateDate: policy.created,
    UpdateDate: policy.created,
    Tags: policy.tags,
  });
  const version = (policy: ManagedPolicy, id: string) => {
    const found = policy.versions.get(id);
    if (!found) throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
    return {
      VersionId: id,
      Document: encodeURIComponent(found.document),
      IsDefaultVersion: id === policy.defaultVersion,
      CreateDate: found.created,
    };
  };
  return {
    CreatePolicy: (input) => {
      checkPolicy(input.PolicyDocument, "identity");
      const path = input.Path ?? "/";
      const arn = `arn:aws:iam::${kernel.accountId}:policy${path}${input.PolicyName}`;
      if (iam.policies.has(arn))
        throw new ServiceError(
          "EntityAlreadyExists",
          `A policy called ${input.PolicyName} already exists. Duplicate names are not allowed.`,
          { status: 409 },
        );
      const created = kernel.clock.now();
      const policy: ManagedPolicy = {
        name: input.PolicyName,
        path,
        arn,
        id: `ANPA${kernel.uuid().replaceAll("-", "").slice(0, 17).toUpperCase()}`,
        created,
        description: input.Description,
        versions: new Map([["v1", { document: input.PolicyDocument, created }]]),
        defaultVersion: "v1",
        tags: [...(input.Tags ?? [])],
      };
      iam.policies.set(arn, policy);
      return { Policy: describe(policy) };
    },
    GetPolicy: (input) => ({ Policy: describe(get(input.PolicyArn)) }),
    ListPolicies: () => ({ Policies: [...iam.policies.values()].map(describe), IsTruncated: false }),
    GetPolicyVersion: (input) => ({ PolicyVersion: version(get(input.PolicyArn), input.VersionId) }),
    ListPolicyVersions: (input) => {
      const policy = get(input.PolicyArn);
      return { Versions: [...policy.versions.keys()].map((id) => version(policy, id)), IsTruncated: false };
    },
    CreatePolicyVersion: (input) => {
      const policy = get(input.PolicyArn);
      checkPolicy(input.PolicyDocument, "identity");
      if (policy.versions.size >= 5)
        throw new ServiceError(
          "LimitExceeded",
          "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
          { status: 409 },
        );
      const newest = Math.max(...[...policy.versions.keys()].map((id) => Number(id.slice(1))));
      const id = `v${newest + 1}`;
      policy.versions.set(id, { document: input.PolicyDocument, created: kernel.clock.now() });
      if (input.SetAsDefault) policy.defaultVersion = id;
      return { PolicyVersion: version(policy, id) };
    },
    SetDefaultPolicyVersion: (input) => {
      const policy = get(input.PolicyArn);
      version(policy, input.VersionId);
      policy.defaultVersion = input.VersionId;
    },
    DeletePolicyVersion: (input) => {
      const policy = get(input.PolicyArn);
      version(policy, input.VersionId);
      if (input.VersionId === policy.defaultVersion)
        throw new ServiceError("DeleteConflict", "Cannot delete the default version of a policy.", {
          status: 409,
        });
      policy.versions.delete(input.VersionId);
    },
    DeletePolicy: (input) => {
      const policy = get(input.PolicyArn);
      if (attachments(policy.arn).length > 0)
        throw new ServiceError("DeleteConflict", "Cannot delete a policy attached to entities.", {
          status: 409,
        });
      if (policy.versions.size > 1)
        throw new ServiceError(
          "DeleteConflict",
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions.",
          { status: 409 },
        );
      iam.policies.delete(policy.arn);
    },
    AttachRolePolicy: (input) => {
      const policy = get(input.PolicyArn);
      roleOf(input.RoleName).attached.add(policy.arn);
    },
    DetachRolePolicy: (input) => {
      if (!roleOf(input.RoleName).attached.delete(input.PolicyArn))
        throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
    },
    ListAttachedRolePolicies: (input) => ({
      AttachedPolicies: [...roleOf(input.RoleName).attached].map((arn) => ({
        PolicyName: arn.split("/").at(-1),
        PolicyArn: arn,
      })),
      IsTruncated: false,
    }),
    ListEntitiesForPolicy: (input) => ({
      PolicyRoles: attachments(get(input.PolicyArn).arn).map((role) => ({
        RoleName: role.name,
        RoleId: role.id,
      })),
      IsTruncated: false,
    }),
    TagPolicy: (input) => {
      const policy = get(input.PolicyArn);
      policy.tags = mergeTags(policy.tags, input.Tags);
    },
    UntagPolicy: (input) => {
      const policy = get(input.PolicyArn);
      policy.tags = policy.tags.filter((tag) => !input.TagKeys.includes(tag.Key));
    },
    ListPolicyTags: (input) => ({ Tags: get(input.PolicyArn).tags, IsTruncated: false }),
  };
}
