import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FoundationOutputs } from "../../contracts/stackOutputs.ts";
import { recordsAccess } from "../policy/recordsAccess.ts";
import { type DeployContext, s3 } from "../shared/context.ts";
import { LambdaFunction } from "../shared/lambdaFunction.ts";

export interface DatasetCleanupArgs {
  readonly context: DeployContext;
  readonly foundation: FoundationOutputs;
  readonly bundles: string;
  readonly models: readonly string[];
}

/**
 * Once a day deletes frozen datasets that no deployment refers to and nobody used for a month. The bucket keeps deleted versions for its
 * time of grace; the role may delete current versions of datasets, and neither raw data nor versions.
 */
export class DatasetCleanup extends pulumi.ComponentResource {
  constructor(name: string, args: DatasetCleanupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:retraining:DatasetCleanup", `${name}-datasets`, {}, opts);
    const { context, foundation } = args;
    const clean = this.createLambda(args);
    const rule = new aws.cloudwatch.EventRule(
      `${name}-clean-datasets`,
      { name: `${context.prefix}-clean-datasets`, scheduleExpression: "rate(1 day)" },
      { parent: this },
    );
    clean.allow("events.amazonaws.com", `${name}-clean-datasets-permission`, rule.arn);
    new aws.cloudwatch.EventTarget(
      `${name}-clean-datasets-target`,
      {
        rule: rule.name,
        arn: clean.functionArn,
        input: JSON.stringify({ models: args.models }),
        deadLetterConfig: { arn: foundation.deadLetterArn },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }

  private createLambda({
    context,
    foundation,
    bundles,
  }: DatasetCleanupArgs): LambdaFunction<"cleanDatasets"> {
    const folders = ["datasets/*", "judge/*"];
    return new LambdaFunction(
      `${context.prefix}-clean-datasets`,
      {
        context,
        lambda: "cleanDatasets",
        bundle: `${bundles}/cleanDatasets`,
        timeoutSeconds: 600,
        memoryMegabytes: 256,
        kmsKeyArn: foundation.kmsKeyArn,
        deadLetterArn: foundation.deadLetterArn,
        environment: { RECORDS_TABLE: foundation.recordsTable, DATA_BUCKET: foundation.dataBucket },
        permissions: [
          ...recordsAccess(foundation),
          {
            actions: ["s3:ListBucket"],
            resources: [s3(context, foundation.dataBucket)],
            conditions: { StringLike: { "s3:prefix": folders } },
          },
          {
            actions: ["s3:DeleteObject"],
            resources: folders.map((folder) => s3(context, foundation.dataBucket, folder)),
          },
        ],
      },
      { parent: this },
    );
  }
}
