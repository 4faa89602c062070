import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FoundationOutputs } from "../../contracts/stackOutputs.ts";
import { policyDocument, type Statement, trustPolicy } from "../policy/iam.ts";
import { recordsAccess } from "../policy/recordsAccess.ts";
import { arnOf, type DeployContext, s3 } from "../shared/context.ts";
import { LambdaFunction } from "../shared/lambdaFunction.ts";
import { LoggedStateMachine } from "../shared/stateMachine.ts";
import { trainingDefinition } from "./trainingDefinition.ts";

export interface TrainingServicesArgs {
  readonly context: DeployContext;
  readonly foundation: FoundationOutputs;
  readonly bundles: string;
  readonly imageRegistry: string;
}

/** Training, scoring, judging and registering: the state machine, its three Lambdas, and the role of the model's own code. */
export class TrainingServices extends pulumi.ComponentResource {
  readonly role: aws.iam.Role;
  readonly machine: LoggedStateMachine;

  constructor(name: string, args: TrainingServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:delivery:TrainingServices", name, {}, opts);
    this.role = this.createTrainingRole(name, args);
    this.machine = this.createTraining(name, args);
    this.registerOutputs({ stateMachineArn: this.machine.stateMachineArn });
  }

  /** The model's own code runs under this role: it reads its channels and sources, never `judge/`, where the holdout's labels lie. */
  private createTrainingRole(name: string, { context, foundation }: TrainingServicesArgs): aws.iam.Role {
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: `${context.prefix}-training`,
        assumeRolePolicy: trustPolicy(["sagemaker.amazonaws.com"], context.accountId),
      },
      { parent: this },
    );
    const folders = (bucket: string, names: readonly string[]): string[] =>
      names.map((folder) => s3(context, bucket, `${folder}/*`));
    new aws.iam.RolePolicy(
      `${name}-policy`,
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

  private common(args: TrainingServicesArgs) {
    return {
      context: args.context,
      kmsKeyArn: args.foundation.kmsKeyArn,
      deadLetterArn: args.foundation.deadLetterArn,
    };
  }

  private createTraining(name: string, args: TrainingServicesArgs): LoggedStateMachine {
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
          TRAINING_ROLE_ARN: this.role.arn,
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
      `${name}-machine`,
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

  private trainingMachineAccess({ context }: TrainingServicesArgs): Statement[] {
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
        resources: [this.role.arn],
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
}
