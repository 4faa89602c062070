/** Statements of resource policies that let roles of other accounts in. */
import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "./iam.ts";

export interface Admission extends Statement {
  readonly sid: string;
  /** ARNs of the roles, which need not exist yet; `*` stands for any text. */
  readonly roles: readonly string[];
}

/**
 * One statement of a resource policy. IAM refuses to name a role that does not exist as a principal, so the statement names the roles'
 * accounts and narrows them by the caller's own ARN: a role with another name gets nothing, whatever its own policies say.
 */
export function admit({ sid, roles, actions, resources, conditions }: Admission): Record<string, unknown> {
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: { AWS: [...new Set(roles.map(accountPrincipal))] },
    Action: [...actions],
    Resource: [...resources] as pulumi.Input<string>[],
    Condition: { ...conditions, ArnLike: { ...conditions?.ArnLike, "aws:PrincipalArn": [...roles] } },
  };
}

/** A resource policy of nothing but admissions. */
export const resourcePolicy = (admissions: readonly Admission[]): pulumi.Output<string> =>
  pulumi.jsonStringify({ Version: "2012-10-17", Statement: admissions.map(admit) });

/** The principal that stands for the whole account of a role. */
export function accountPrincipal(roleArn: string): string {
  const [arn, partition, , , accountId] = roleArn.split(":");
  return `${arn}:${partition}:iam::${accountId}:root`;
}
