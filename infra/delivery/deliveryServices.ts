import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FoundationOutputs } from "../../contracts/stackOutputs.ts";
import { policyDocument, type Statement, trustPolicy } from "../policy/iam.ts";
import { recordsAccess } from "../serving/environmentServices.ts";
import { arnOf, type DeployContext } from "../shared/context.ts";
import { LambdaFunction } from "../shared/lambdaFunction.ts";
import { LoggedStateMachine } from "../shared/stateMachine.ts";
import { BUILDSPEC } from "./buildspec.ts";
import { trainingDefinition } from "./trainingDefinition.ts";

export interface DeliveryServicesArgs {
  readonly context: DeployContext;
  readonly foundation: FoundationOutputs;
  readonly bundles: string;
  readonly imageRegistry: string;
}

/** What all pipelines share: the build project, the training machine and the Lambdas of the stages. */
export class DeliveryServices extends pulumi.ComponentResource {
  readonly buildProject: aws.codebuild.Project;
  readonly prepareDataset: LambdaFunction<"prepareDataset">;
  readonly recordApproval: LambdaFunction<"recordApproval">;
  readonly training: LoggedStateMachine;
  readonly trainingRole: aws.iam.Role;

  constructor(name: string, args: DeliveryServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:delivery:DeliveryServices", name, {}, opts);
    this.buildProject = this.createBuild(name, args);
    this.trainingRole = this.createTrainingRole(name, args);
    this.prepareDataset = this.createPrepareDataset(args);
    this.training = this.createTraining(name, args);
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

  /** The model's own code runs under this role: it reads its channels and sources, never `judge/`, where the holdout's labels lie. */
  private createTrainingRole(name: string, { context, foundation }: DeliveryServicesArgs): aws.iam.Role {
    const role = new aws.iam.Role(
      `${name}-training-role`,
      {
        name: `${context.prefix}-training`,
        assumeRolePolicy: trustPolicy(["sagemaker.amazonaws.com"], context.accountId),
      },
      { parent: this },
    );
    const folders = (bucket: string, names: readonly string[]): string[] =>
      names.map((folder) => s3(context, bucket, `${folder}/*`));
    new aws.iam.RolePolicy(
      `${name}-training-policy`,
      {
        role: role.name,
        name: "own",
        policy: policyDocument([
          {
            actions: ["s3:GetObject"],
            resources: [
              ...folders(foundation.dataBucket, ["datasets"]),
              ...folders(foundation.artifactBucket, ["sources", "training"]),
            ],
          },
          {
            actions: ["s3:ListBucket"],
            resources: [s3(context, foundation.dataBucket), s3(context, foundation.artifactBucket)],
            conditions: { StringLike: { "s3:prefix": ["datasets/*", "sources/*", "training/*"] } },
          },
          {
            actions: ["s3:PutObject"],
            resources: folders(foundation.artifactBucket, ["training", "predictions"]),
          },
          { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [foundation.kmsKeyArn] },
          {
            actions: ["cloudwatch:PutMetricData"],
            resources: ["*"],
            conditions: {
              StringEquals: {
                "cloudwatch:namespace": ["/aws/sagemaker/TrainingJobs", "/aws/sagemaker/TransformJobs"],
              },
            },
          },
          {
            actions: [
              "logs:CreateLogGroup",
              "logs:CreateLogStream",
              "logs:PutLogEvents",
              "logs:DescribeLogStreams",
            ],
            resources: [arnOf.logGroup(context, "/aws/sagemaker/*")],
          },
          { actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
          {
            actions: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
            resources: [`arn:${context.partition}:ecr:${context.region}:*:repository/sagemaker-xgboost`],
          },
        ]),
      },
      { parent: this },
    );
    return role;
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
        timeoutSeconds: 600,
        memoryMegabytes: 2048,
        asyncRetries: 0,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          ARTIFACT_BUCKET: foundation.artifactBucket,
          DATA_BUCKET: foundation.dataBucket,
        },
        permissions: [
          ...recordsAccess(foundation),
          {
            actions: ["s3:GetObject"],
            resources: [
              s3(context, foundation.artifactBucket, `${context.prefix}-*/*`),
              s3(context, foundation.dataBucket, "raw/*"),
            ],
          },
          {
            actions: ["s3:ListBucket"],
            resources: [s3(context, foundation.dataBucket)],
            conditions: { StringLike: { "s3:prefix": ["raw/*"] } },
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
          JOB_RESULTS,
        ],
      },
      { parent: this },
    );
  }

  private createTraining(name: string, args: DeliveryServicesArgs): LoggedStateMachine {
    const { context, foundation } = args;
    const { artifactBucket, dataBucket } = foundation;
    const plan = new LambdaFunction(
      `${context.prefix}-plan-training`,
      {
        ...this.common(args),
        lambda: "planTraining",
        bundle: `${args.bundles}/planTraining`,
        timeoutSeconds: 30,
        memoryMegabytes: 256,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          ARTIFACT_BUCKET: artifactBucket,
          TRAINING_ROLE_ARN: this.trainingRole.arn,
          KMS_KEY_ARN: foundation.kmsKeyArn,
          IMAGE_REGISTRY: args.imageRegistry,
        },
        permissions: [
          ...recordsAccess(foundation),
          {
            actions: ["s3:GetObject"],
            resources: [s3(context, artifactBucket, "specs/*"), s3(context, dataBucket, "datasets/*")],
          },
        ],
      },
      { parent: this },
    );
    const evaluate = new LambdaFunction(
      `${context.prefix}-evaluate-model`,
      {
        ...this.common(args),
        lambda: "evaluateModel",
        bundle: `${args.bundles}/evaluateModel`,
        timeoutSeconds: 300,
        memoryMegabytes: 1024,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          ARTIFACT_BUCKET: artifactBucket,
        },
        permissions: [
          ...recordsAccess(foundation),
          {
            actions: ["s3:GetObject"],
            resources: [
              s3(context, artifactBucket, "specs/*"),
              s3(context, artifactBucket, "predictions/*"),
              s3(context, dataBucket, "datasets/*"),
              s3(context, dataBucket, "judge/*"),
            ],
          },
          {
            actions: ["s3:ListBucket"],
            resources: [s3(context, artifactBucket)],
            conditions: { StringLike: { "s3:prefix": ["predictions/*"] } },
          },
          { actions: ["s3:PutObject"], resources: [s3(context, artifactBucket, "evaluations/*")] },
        ],
      },
      { parent: this },
    );
    const register = new LambdaFunction(
      `${context.prefix}-register-model`,
      {
        ...this.common(args),
        lambda: "registerModel",
        bundle: `${args.bundles}/registerModel`,
        timeoutSeconds: 30,
        memoryMegabytes: 256,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          MODEL_PACKAGE_GROUP_PREFIX: `${context.prefix}-`,
        },
        permissions: [
          ...recordsAccess(foundation),
          { actions: ["s3:GetObject"], resources: [s3(context, artifactBucket, "specs/*")] },
          {
            actions: ["sagemaker:CreateModelPackage"],
            resources: [
              arnOf.sagemaker(context, `model-package-group/${context.prefix}-*`),
              arnOf.sagemaker(context, `model-package/${context.prefix}-*`),
            ],
          },
        ],
      },
      { parent: this },
    );
    return new LoggedStateMachine(
      `${name}-training`,
      {
        context,
        stateMachineName: `${context.prefix}-training`,
        definition: pulumi
          .all([plan.functionArn, evaluate.functionArn, register.functionArn])
          .apply(([planFunctionArn, evaluateFunctionArn, registerFunctionArn]) =>
            trainingDefinition({ planFunctionArn, evaluateFunctionArn, registerFunctionArn }),
          ),
        statements: [
          {
            actions: ["lambda:InvokeFunction"],
            resources: [plan.functionArn, evaluate.functionArn, register.functionArn],
          },
          ...this.trainingMachineAccess(args),
        ],
      },
      { parent: this },
    );
  }

  private trainingMachineAccess({ context }: DeliveryServicesArgs): Statement[] {
    const jobs = ["training-job/*", "transform-job/*", "model/*"].map((resource) =>
      arnOf.sagemaker(context, resource),
    );
    return [
      {
        actions: [
          ...["CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob"],
          ...["CreateTransformJob", "DescribeTransformJob", "StopTransformJob"],
          ...["CreateModel", "DeleteModel", "AddTags"],
        ].map((action) => `sagemaker:${action}`),
        resources: jobs,
      },
      {
        actions: ["iam:PassRole"],
        resources: [this.trainingRole.arn],
        conditions: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
      },
      {
        actions: ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
        resources: ["Training", "Transform"].map(
          (kind) =>
            `arn:${context.partition}:events:${context.region}:${context.accountId}:rule/StepFunctionsGetEventsForSageMaker${kind}JobsRule`,
        ),
      },
    ];
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
        asyncRetries: 0,
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

export const s3 = (context: DeployContext, bucket: string, key?: string): string =>
  `arn:${context.partition}:s3:::${bucket}${key ? `/${key}` : ""}`;
