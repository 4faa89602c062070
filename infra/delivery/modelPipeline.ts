import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { deliveryRoles } from "../policy/environmentRoles.ts";
import { policyDocument, trustPolicy } from "../policy/iam.ts";
import { arnOf, type DeployContext, s3 } from "../shared/context.ts";
import { type PipelineStagesArgs, pipelineStages } from "./pipelineStages.ts";

export interface ModelPipelineArgs extends PipelineStagesArgs {
  readonly context: DeployContext;
}

/**
 * One model's pipeline: Source, Build, Data, Train, Staging, Approve, Production; V2 and QUEUED, so that no release overtakes another.
 * About 0.002 USD for each minute that an action runs; approvals are free.
 */
export class ModelPipeline extends pulumi.ComponentResource {
  readonly pipelineName: pulumi.Output<string>;

  constructor(name: string, args: ModelPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:delivery:ModelPipeline", name, {}, opts);
    const { context, foundation, modelName } = args;
    const role = this.createRole(name, args);
    const pipeline = new aws.codepipeline.Pipeline(
      `${name}-pipeline`,
      {
        name: `${context.prefix}-${modelName}`,
        roleArn: role.arn,
        pipelineType: "V2",
        executionMode: "QUEUED",
        artifactStores: [
          {
            location: foundation.artifactBucket,
            type: "S3",
            encryptionKey: { id: foundation.kmsKeyArn, type: "KMS" },
          },
        ],
        variables: [
          {
            name: "dataUri",
            defaultValue: "standing",
            description: "Raw data prefix of a retraining; standing means raw/<model>/",
          },
          { name: "cause", defaultValue: "commit", description: "commit, or the cause of a retraining" },
          { name: "requestId", defaultValue: "none", description: "The retraining request" },
        ],
        stages: pipelineStages(args),
      },
      { parent: this },
    );
    this.createTrigger(name, args, pipeline);
    this.pipelineName = pipeline.name;
    this.registerOutputs({ pipelineName: this.pipelineName });
  }

  private createRole(name: string, args: ModelPipelineArgs): aws.iam.Role {
    const { context, foundation, services, staging, prod } = args;
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: deliveryRoles.pipeline(context.prefix, args.modelName),
        assumeRolePolicy: trustPolicy(["codepipeline.amazonaws.com"], context.accountId),
      },
      { parent: this },
    );
    const own = [staging, prod].filter(({ crossAccount }) => crossAccount === undefined);
    const machines = [
      services.training.stateMachineArn,
      ...own.map(({ rolloutStateMachineArn }) => pulumi.output(rolloutStateMachineArn)),
    ];
    const actionRoles = [staging, prod].flatMap(({ crossAccount }) => crossAccount?.actionRoleArn ?? []);
    new aws.iam.RolePolicy(
      `${name}-policy`,
      {
        role: role.name,
        name: "own",
        policy: policyDocument([
          {
            actions: ["s3:GetBucketVersioning", "s3:GetBucketLocation", "s3:ListBucket"],
            resources: [s3(context, foundation.artifactBucket)],
          },
          {
            actions: ["s3:GetObject", "s3:GetObjectVersion"],
            resources: ["source/*", "tools/*", `${context.prefix}-*/*`].map((key) =>
              s3(context, foundation.artifactBucket, key),
            ),
          },
          {
            actions: ["s3:PutObject"],
            resources: [s3(context, foundation.artifactBucket, `${context.prefix}-*/*`)],
          },
          { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [foundation.kmsKeyArn] },
          {
            actions: ["codebuild:StartBuild", "codebuild:BatchGetBuilds", "codebuild:StopBuild"],
            resources: [services.buildProject.arn],
          },
          {
            actions: ["lambda:InvokeFunction"],
            resources: [
              services.prepareDataset.functionArn,
              services.recordApproval.functionArn,
              ...(staging.crossAccount ? [] : [staging.verifyFunctionArn]),
            ],
          },
          { actions: ["lambda:ListFunctions"], resources: ["*"] },
          { actions: ["states:StartExecution", "states:DescribeStateMachine"], resources: machines },
          {
            actions: ["states:DescribeExecution", "states:StopExecution"],
            resources: machines.map((arn) => arnOf.execution(arn)),
          },
          { actions: ["sns:Publish"], resources: [foundation.alertTopicArn] },
          // What environments in other accounts let pipelines do there.
          ...(actionRoles.length > 0 ? [{ actions: ["sts:AssumeRole"], resources: actionRoles }] : []),
        ]),
      },
      { parent: this },
    );
    return role;
  }

  /** A new source object starts the pipeline; polling would start, and bill, runs of its own. */
  private createTrigger(name: string, args: ModelPipelineArgs, pipeline: aws.codepipeline.Pipeline): void {
    const { context, foundation } = args;
    const role = new aws.iam.Role(
      `${name}-trigger-role`,
      {
        name: `${context.prefix}-${args.modelName}-trigger`,
        assumeRolePolicy: trustPolicy(["events.amazonaws.com"], context.accountId),
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-trigger-policy`,
      {
        role: role.name,
        name: "own",
        policy: policyDocument([
          { actions: ["codepipeline:StartPipelineExecution"], resources: [pipeline.arn] },
        ]),
      },
      { parent: this },
    );
    const rule = new aws.cloudwatch.EventRule(
      `${name}-source-changed`,
      {
        name: `${context.prefix}-${args.modelName}-source`,
        eventPattern: JSON.stringify({
          source: ["aws.s3"],
          "detail-type": ["Object Created"],
          detail: {
            bucket: { name: [foundation.artifactBucket] },
            object: { key: [`source/${args.modelName}.zip`] },
          },
        }),
      },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      `${name}-source-target`,
      {
        rule: rule.name,
        arn: pipeline.arn,
        roleArn: role.arn,
        deadLetterConfig: { arn: foundation.deadLetterArn },
      },
      { parent: this },
    );
  }
}
