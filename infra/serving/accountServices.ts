import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Admission } from "../policy/admission.ts";
import { deliveryRoles } from "../policy/environmentRoles.ts";
import { arnOf, type DeployContext } from "../shared/context.ts";
import { createDeadLetters } from "../shared/deadLetters.ts";
import { createKey } from "../shared/encryptionKey.ts";

export interface AccountServicesArgs {
  readonly context: DeployContext;
  readonly environment: string;
  /** Account of foundation and delivery. */
  readonly foundationAccount: string;
}

/**
 * What an environment in an account of its own has beside the foundation's: the key of its captures, alerts and dead letters, the alert
 * topic and the dead letters. Costs about 1 USD a month for the key.
 */
export class AccountServices extends pulumi.ComponentResource {
  readonly kmsKeyArn: pulumi.Output<string>;
  readonly alertTopicArn: pulumi.Output<string>;
  readonly deadLetterArn: pulumi.Output<string>;

  constructor(name: string, args: AccountServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:serving:AccountServices", name, {}, opts);
    const { context } = args;
    const prefix = `${context.prefix}-${args.environment}`;
    const key = createKey(
      name,
      {
        context,
        description: `Sluice ${args.environment}: captures, alerts and dead letters`,
        alias: prefix,
        admissions: captureKeyAdmissions(args),
      },
      this,
    );
    const topic = new aws.sns.Topic(
      `${name}-alerts`,
      { name: `${prefix}-alerts`, kmsMasterKeyId: key.arn },
      { parent: this },
    );
    const deadLetters = createDeadLetters(
      name,
      { context, queueName: `${prefix}-dead-letters`, kmsKeyArn: key.arn, alertTopicArn: topic.arn },
      this,
    );
    this.kmsKeyArn = key.arn;
    this.alertTopicArn = topic.arn;
    this.deadLetterArn = deadLetters.arn;
    this.registerOutputs({ kmsKeyArn: this.kmsKeyArn });
  }
}

/** Retraining sets are made of production's captures and labels alone. */
function coordinators({ context, environment, foundationAccount }: AccountServicesArgs): string[] {
  if (environment !== "prod") return [];
  return [
    arnOf.iamRole(
      { ...context, accountId: foundationAccount },
      deliveryRoles.coordinateRetraining(context.prefix),
    ),
  ];
}

function captureKeyAdmissions(args: AccountServicesArgs): Omit<Admission, "resources">[] {
  const roles = coordinators(args);
  if (roles.length === 0) return [];
  return [
    {
      sid: "ReadThroughS3",
      roles,
      actions: ["kms:Decrypt", "kms:DescribeKey"],
      conditions: { StringEquals: { "kms:ViaService": `s3.${args.context.region}.amazonaws.com` } },
    },
  ];
}

/** What delivery in another account may do with an environment's captures and labels. */
export function captureAdmissions(args: AccountServicesArgs, bucketArn: string): Admission[] {
  const roles = coordinators(args);
  if (roles.length === 0) return [];
  return [
    { sid: "ListForRetraining", roles, actions: ["s3:ListBucket"], resources: [bucketArn] },
    {
      sid: "ReadForRetraining",
      roles,
      actions: ["s3:GetObject"],
      resources: ["captures", "labels-accepted"].map((folder) => `${bucketArn}/${folder}/*`),
    },
  ];
}
