import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Admission, admit } from "../policy/admission.ts";
import type { DeployContext } from "./context.ts";

export interface EncryptionKeyArgs {
  readonly context: DeployContext;
  readonly description: string;
  /** Name of the key's alias, without `alias/`. */
  readonly alias: string;
  /** Roles of other accounts that may use the key; its resources are the key itself. */
  readonly admissions: readonly Omit<Admission, "resources">[];
}

/** A key that rotates, with an alias. Its policy leaves it to the account who uses it, and lets in what delivers events and alerts. Belongs to `parent`. */
export function createKey(name: string, args: EncryptionKeyArgs, parent: pulumi.Resource): aws.kms.Key {
  const { context } = args;
  const key = new aws.kms.Key(
    `${name}-key`,
    {
      description: args.description,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: keyPolicy(args),
    },
    { parent, protect: context.isProtected, retainOnDelete: context.isProtected },
  );
  new aws.kms.Alias(`${name}-key-alias`, { name: `alias/${args.alias}`, targetKeyId: key.keyId }, { parent });
  return key;
}

function keyPolicy({ context, admissions }: EncryptionKeyArgs): pulumi.Output<string> {
  const account = `arn:${context.partition}:iam::${context.accountId}:root`;
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      { Sid: "AccountDecides", Effect: "Allow", Principal: { AWS: account }, Action: "kms:*", Resource: "*" },
      {
        Sid: "ServicesThatDeliver",
        Effect: "Allow",
        Principal: { Service: ["cloudwatch.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"] },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { StringEquals: { "aws:SourceAccount": context.accountId } },
      },
      // In a key policy `*` is the key that it belongs to.
      ...admissions.map((admission) => admit({ ...admission, resources: ["*"] })),
    ],
  });
}
