import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { DvcSettings } from "../../contracts/dvc.ts";
import type { FoundationOutputs } from "../../contracts/stackOutputs.ts";
import { policyDocument, type Statement, trustPolicy } from "../policy/iam.ts";
import { recordsAccess } from "../policy/recordsAccess.ts";
import { arnOf, type DeployContext, s3 } from "../shared/context.ts";
import { LambdaFunction } from "../shared/lambdaFunction.ts";
import type { LoggedStateMachine } from "../shared/stateMachine.ts";
import { BUILDSPEC } from "./buildspec.ts";
import { DatasetLake } from "./datasetLake.ts";
import { dvcAccess } from "./dvcAccess.ts";
import { TrainingServices } from "./trainingServices.ts";

export interface DeliveryServicesArgs {
  readonly context: DeployContext;
  readonly foundation: FoundationOutputs;
  readonly bundles: string;
  readonly imageRegistry: string;
  /** DVC remotes that models name as the source of their data. */
  readonly dvcRemotes: readonly DvcSettings[];
  /** Raw data with more bytes go over Athena. */
  readonly athenaAboveBytes: number;
}

/** What all pipelines share: the build project, the training machine and the Lambdas of the stages. */
export class DeliveryServices extends pulumi.ComponentResource {
  readonly buildProject: aws.codebuild.Project;
  readonly prepareDataset: LambdaFunction<"prepareDataset">;
  readonly recordApproval: LambdaFunction<"recordApproval">;
  readonly training: LoggedStateMachine;
  readonly lake: DatasetLake;

  constructor(name: string, args: DeliveryServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:delivery:DeliveryServices", name, {}, opts);
    this.buildProject = this.createBuild(name, args);
    this.lake = new DatasetLake(`${name}-lake`, args, { parent: this });
    this.prepareDataset = this.createPrepareDataset(args);
    this.training = new TrainingServices(`${name}-training`, args, { parent: this }).machine;
    this.recordApproval = this.createRecordApproval(args);
    this.registerOutputs({});
  }

  private createBuild(name: string, { context, foundation }: DeliveryServicesArgs): aws.codebuild.Project {
    const projectName = `${context.prefix}-build`;
    const role = new aws.iam.Role(
      `${name}-build-role`,
      { name: projectName, assumeRolePolicy: trustPolicy(["codebuild.amazonaws.com"], context.accountId) },
      { parent: this },
    );
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-build-logs`,
      { name: `/aws/codebuild/${projectName}`, retentionInDays: context.logRetentionDays },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-build-policy`,
      {
        role: role.name,
        name: "own",
        policy: policyDocument([
          {
            actions: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            resources: [s3(context, foundation.artifactBucket, `${context.prefix}-*/*`)],
          },
          {
            actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
            resources: [arnOf.logGroup(context, `/aws/codebuild/${projectName}`)],
          },
          {
            actions: [
              "codebuild:CreateReportGroup",
              "codebuild:CreateReport",
              "codebuild:UpdateReport",
              "codebuild:BatchPutTestCases",
            ],
            resources: [
              `arn:${context.partition}:codebuild:${context.region}:${context.accountId}:report-group/${projectName}-*`,
            ],
          },
          { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [foundation.kmsKeyArn] },
        ]),
      },
      { parent: this },
    );
    return new aws.codebuild.Project(
      `${name}-build`,
      {
        name: projectName,
        description: "Checks, tests and packages one model",
        serviceRole: role.arn,
        source: { type: "CODEPIPELINE", buildspec: BUILDSPEC },
        artifacts: { type: "CODEPIPELINE" },
        environment: {
          type: "LINUX_CONTAINER",
          computeType: "BUILD_GENERAL1_SMALL",
          image: "aws/codebuild/standard:7.0",
        },
        encryptionKey: foundation.kmsKeyArn,
        buildTimeout: 30,
        logsConfig: { cloudwatchLogs: { groupName: logs.name } },
      },
      { parent: this, dependsOn: [policy] },
    );
  }

  private common(args: DeliveryServicesArgs) {
    return {
      context: args.context,
      kmsKeyArn: args.foundation.kmsKeyArn,
      deadLetterArn: args.foundation.deadLetterArn,
    };
  }

  private createPrepareDataset(args: DeliveryServicesArgs): LambdaFunction<"prepareDataset"> {
    const { context, foundation } = args;
    return new LambdaFunction(
      `${context.prefix}-prepare-dataset`,
      {
        ...this.common(args),
        lambda: "prepareDataset",
        bundle: `${args.bundles}/prepareDataset`,
        // As long as Lambda allows: a turn over large data reads or writes one file whole.
        timeoutSeconds: 900,
        memoryMegabytes: 2048,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          ARTIFACT_BUCKET: foundation.artifactBucket,
          DATA_BUCKET: foundation.dataBucket,
          ATHENA_ABOVE_BYTES: String(args.athenaAboveBytes),
          ATHENA_WORKGROUP: this.lake.workgroup.name,
          ATHENA_DATABASE: this.lake.database.name,
        },
        permissions: [
          ...recordsAccess(foundation),
          {
            actions: ["s3:GetObject"],
            resources: [
              s3(context, foundation.artifactBucket, `${context.prefix}-*/*`),
              s3(context, foundation.dataBucket, "raw/*"),
              s3(context, foundation.dataBucket, "judge/*/summary.json"),
            ],
          },
          {
            actions: ["s3:ListBucket"],
            resources: [s3(context, foundation.dataBucket)],
            conditions: { StringLike: { "s3:prefix": ["raw/*", "work/*", "athena/*"] } },
          },
          {
            actions: ["s3:PutObject"],
            resources: [
              ...["sources", "specs", "golden"].map((folder) =>
                s3(context, foundation.artifactBucket, `${folder}/*`),
              ),
              ...["datasets", "judge", "validation"].map((folder) =>
                s3(context, foundation.dataBucket, `${folder}/*`),
              ),
            ],
          },
          ...this.lake.statements({ tables: "release_*", work: "work/*", placed: ["datasets/*", "judge/*"] }),
          ...dvcAccess(context, foundation, args.dvcRemotes),
          JOB_RESULTS,
        ],
      },
      { parent: this },
    );
  }

  private createRecordApproval(args: DeliveryServicesArgs): LambdaFunction<"recordApproval"> {
    const { context, foundation } = args;
    return new LambdaFunction(
      `${context.prefix}-record-approval`,
      {
        ...this.common(args),
        lambda: "recordApproval",
        bundle: `${args.bundles}/recordApproval`,
        timeoutSeconds: 30,
        memoryMegabytes: 256,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          PIPELINE_PREFIX: `${context.prefix}-`,
        },
        permissions: [
          ...recordsAccess(foundation),
          {
            actions: ["sagemaker:UpdateModelPackage"],
            resources: [arnOf.sagemaker(context, `model-package/${context.prefix}-*`)],
          },
          {
            actions: ["codepipeline:ListActionExecutions"],
            resources: [arnOf.pipeline(context, `${context.prefix}-*`)],
          },
          JOB_RESULTS,
        ],
      },
      { parent: this },
    );
  }
}

/** CodePipeline's job results take no resource ARN (AWS's own sample). */
const JOB_RESULTS: Statement = {
  actions: ["codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"],
  resources: ["*"],
};
