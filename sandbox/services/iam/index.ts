import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type RequestContext, type SandboxService, ServiceError } from "../../kernel/types.ts";
import { policyOperations } from "./policies.ts";
import { roleOperations } from "./roles.ts";

/** IAM (roles, policies) and STS, over the store that the gateway decides with. */
export function createIamServices(kernel: SandboxKernel): SandboxService[] {
  const iam: SandboxService = {
    signingName: "iam",
    modelName: "iam",
    operations: { ...roleOperations(kernel), ...policyOperations(kernel) },
    resources: (_action, input) => {
      if (typeof input.PolicyArn === "string" && input.RoleName === undefined) return [input.PolicyArn];
      if (typeof input.RoleName !== "string") return ["*"];
      const path = kernel.iam.roles.get(input.RoleName)?.path ?? input.Path ?? "/";
      return [`arn:aws:iam::${kernel.accountId}:role${path}${input.RoleName}`];
    },
  };
  const sts: SandboxService = {
    signingName: "sts",
    modelName: "sts",
    operations: {
      GetCallerIdentity: (_input, context: RequestContext) => callerIdentity(kernel, context),
      AssumeRole: (input, context: RequestContext) => assumeRole(kernel, input, context),
    },
    resources: (_action, input) => [typeof input.RoleArn === "string" ? input.RoleArn : "*"],
    // A trust policy that names the caller is enough inside one account; between accounts mayAssume asks the caller's policies, too.
    permissions: () => [],
  };
  return [iam, sts];
}

function callerIdentity(kernel: SandboxKernel, context: RequestContext): Record<string, unknown> {
  const { principalArn, accountId } = context.caller;
  const role = kernel.iam.roleByArn(principalArn);
  if (!role) return { UserId: accountId, Account: accountId, Arn: principalArn };
  return {
    UserId: `${role.id}:sluice`,
    Account: accountId,
    Arn: `arn:aws:sts::${accountId}:assumed-role/${role.name}/sluice`,
  };
}

interface AssumeRoleInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly DurationSeconds?: number;
  readonly ExternalId?: string;
}

function assumeRole(
  kernel: SandboxKernel,
  input: AssumeRoleInput,
  context: RequestContext,
): Record<string, unknown> {
  const role = kernel.iam.roleByArn(input.RoleArn);
  const principal = { arn: context.caller.principalArn, accountId: context.caller.accountId };
  const trusted =
    role && kernel.authorizer.mayAssume(role.arn, principal, { "sts:externalid": input.ExternalId });
  if (!trusted)
    throw new ServiceError(
      "AccessDenied",
      `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
      { status: 403 },
    );
  const duration = input.DurationSeconds ?? 3600;
  if (duration > role.maxSessionSeconds)
    throw new ServiceError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  const keys = kernel.identities.issue(role.arn);
  return {
    Credentials: {
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      SessionToken: keys.sessionToken,
      Expiration: kernel.clock.now() + duration * 1000,
    },
    AssumedRoleUser: {
      AssumedRoleId: `${role.id}:${input.RoleSessionName}`,
      Arn: `arn:aws:sts::${kernel.accountId}:assumed-role/${role.name}/${input.RoleSessionName}`,
    },
  };
}
