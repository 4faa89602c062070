/** IAM documents as plain data: statements in, canonical JSON out. */
import * as pulumi from "@pulumi/pulumi";

export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly pulumi.Input<string>[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, pulumi.Input<string | string[]>>>>>;
}

/** An identity policy that allows exactly these statements. */
export function policyDocument(statements: readonly Statement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({
      Effect: "Allow",
      Action: [...statement.actions],
      Resource: [...statement.resources],
      ...(statement.conditions ? { Condition: statement.conditions } : {}),
    })),
  });
}

/** A trust policy for AWS services, only on behalf of this account (the confused-deputy condition). */
export function trustPolicy(
  services: readonly string[],
  accountId: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: [...services] },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": accountId } },
      },
    ],
  });
}
