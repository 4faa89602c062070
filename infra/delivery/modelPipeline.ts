import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentOutputs, FoundationOutputs } from "../../contracts/stackOutputs.ts";
import { policyDocument, trustPolicy } from "../policy/iam.ts";
import { arnOf, type DeployContext, s3 } from "../shared/context.ts";
import type { DeliveryServices } from "./deliveryServices.ts";

export interface ModelPipelineArgs {
  readonly context: DeployContext;
  readonly modelName: string;
  readonly foundation: FoundationOutputs;
  readonly staging: EnvironmentOutputs;
  readonly prod: EnvironmentOutputs;
  readonly services: DeliveryServices;
}

type Action = aws.types.input.codepipeline.PipelineStageAction;
const RELEASE_ID = "#{codepipeline.PipelineExecutionId}";

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
        stages: stages(args),
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
        name: `${context.prefix}-${args.modelName}-pipeline`,
        assumeRolePolicy: trustPolicy(["codepipeline.amazonaws.com"], context.accountId),
      },
      { parent: this },
    );
    const machines = [
      services.training.stateMachineArn,
      pulumi.output(staging.rolloutStateMachineArn),
      pulumi.output(prod.rolloutStateMachineArn),
    ];
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
              staging.verifyFunctionArn,
            ],
          },
          { actions: ["lambda:ListFunctions"], resources: ["*"] },
          { actions: ["states:StartExecution", "states:DescribeStateMachine"], resources: machines },
          {
            actions: ["states:DescribeExecution", "states:StopExecution"],
            resources: machines.map((arn) => arnOf.execution(arn)),
          },
          { actions: ["sns:Publish"], resources: [foundation.alertTopicArn] },
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

function stages(args: ModelPipelineArgs): aws.types.input.codepipeline.PipelineStage[] {
  const { foundation, modelName, services, staging, prod } = args;
  const stage = (name: string, ...actions: Action[]) => ({ name, actions });
  const source = (name: string, key: string): Action => ({
    name,
    category: "Source",
    owner: "AWS",
    provider: "S3",
    version: "1",
    namespace: name,
    outputArtifacts: [name],
    configuration: { S3Bucket: foundation.artifactBucket, S3ObjectKey: key, PollForSourceChanges: "false" },
  });
  const parameters = JSON.stringify({
    releaseId: RELEASE_ID,
    modelName,
    dataUri: "#{variables.dataUri}",
    cause: "#{variables.cause}",
    requestId: "#{variables.requestId}",
    revision: "#{Source.VersionId}",
  });
  const lambda = (
    name: string,
    functionName: pulumi.Input<string>,
    runOrder: number,
    inputArtifacts: string[] = [],
  ): Action => ({
    name,
    category: "Invoke",
    owner: "AWS",
    provider: "Lambda",
    version: "1",
    runOrder,
    inputArtifacts,
    configuration: { FunctionName: functionName, UserParameters: parameters },
  });
  const machine = (name: string, stateMachineArn: pulumi.Input<string>, runOrder: number): Action => ({
    name,
    category: "Invoke",
    owner: "AWS",
    provider: "StepFunctions",
    version: "1",
    runOrder,
    namespace: name,
    configuration: {
      StateMachineArn: stateMachineArn,
      InputType: "Literal",
      Input: JSON.stringify({ releaseId: RELEASE_ID, modelName, kind: "release" }),
    },
  });
  return [
    stage("Source", source("Source", `source/${modelName}.zip`), source("Tools", "tools/build-tools.zip")),
    stage("Build", {
      name: "Build",
      category: "Build",
      owner: "AWS",
      provider: "CodeBuild",
      version: "1",
      inputArtifacts: ["Source", "Tools"],
      outputArtifacts: ["Build"],
      configuration: {
        ProjectName: services.buildProject.name,
        PrimarySource: "Source",
        EnvironmentVariables: JSON.stringify([{ name: "MODEL_NAME", value: modelName, type: "PLAINTEXT" }]),
      },
    }),
    stage("Data", lambda("PrepareDataset", services.prepareDataset.functionName, 1, ["Build", "Source"])),
    stage("Train", machine("Train", services.training.stateMachineArn, 1)),
    stage(
      "Staging",
      machine("RolloutStaging", staging.rolloutStateMachineArn, 1),
      lambda("VerifyEndpoint", staging.verifyFunctionName, 2),
    ),
    stage("Approve", {
      name: "Approve",
      category: "Approval",
      owner: "AWS",
      provider: "Manual",
      version: "1",
      configuration: {
        NotificationArn: foundation.alertTopicArn,
        CustomData: `Release ${RELEASE_ID} of ${modelName}: read its evaluation in evaluations/${modelName}/${RELEASE_ID}.json of the artifact bucket`,
      },
    }),
    stage(
      "Production",
      lambda("RecordApproval", services.recordApproval.functionName, 1),
      machine("RolloutProduction", prod.rolloutStateMachineArn, 2),
    ),
  ];
}
