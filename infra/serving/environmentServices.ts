import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Admission } from "../policy/admission.ts";
import { environmentRoles } from "../policy/environmentRoles.ts";
import { policyDocument, type Statement, trustPolicy } from "../policy/iam.ts";
import { recordsAccess, sharedKeyAccess } from "../policy/recordsAccess.ts";
import { arnOf, type DeployContext, s3 } from "../shared/context.ts";
import { LambdaFunction } from "../shared/lambdaFunction.ts";
import { SecureBucket } from "../shared/secureBucket.ts";
import { LoggedStateMachine, stateMachineArn } from "../shared/stateMachine.ts";
import type { EnvironmentBase } from "./environmentBase.ts";
import { rolloutAccess } from "./rolloutAccess.ts";
import { rolloutDefinition } from "./rolloutDefinition.ts";

export interface EnvironmentServicesArgs {
  readonly context: DeployContext;
  readonly environment: string;
  readonly foundation: EnvironmentBase;
  /** Folder with one folder per Lambda bundle. */
  readonly bundles: string;
  readonly captureRetentionDays: number;
  /** What roles of other accounts may do with the capture bucket, given its ARN. */
  readonly captureAdmissions?: (bucketArn: string) => readonly Admission[];
}

/** What all models of one environment share: the capture bucket, the endpoints' role, the rollout machine and its Lambdas. */
export class EnvironmentServices extends pulumi.ComponentResource {
  readonly captureBucket: SecureBucket;
  /** Where the placeholder models lie, below `bootstrap/`. */
  readonly bootstrapBucket: pulumi.Output<string>;
  readonly endpointRole: aws.iam.Role;
  readonly advance: LambdaFunction<"advanceRollout">;
  readonly verify: LambdaFunction<"verifyEndpoint">;
  readonly rollout: LoggedStateMachine;

  constructor(name: string, args: EnvironmentServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:serving:EnvironmentServices", name, {}, opts);
    this.captureBucket = this.createCaptureBucket(name, args);
    // The stack puts the placeholders where its own credentials write: in another account than the foundation's beside the captures.
    this.bootstrapBucket = args.foundation.sharedKeyArn
      ? this.captureBucket.bucketName
      : pulumi.output(args.foundation.artifactBucket);
    this.endpointRole = this.createEndpointRole(name, args);
    this.advance = this.createAdvance(args);
    this.verify = this.createVerify(args);
    this.rollout = this.createRollout(name, args);
    this.registerOutputs({});
  }

  private createCaptureBucket(name: string, args: EnvironmentServicesArgs): SecureBucket {
    const bucketName = `${args.context.prefix}-${args.environment}-captures-${args.context.accountId}`;
    return new SecureBucket(
      `${name}-captures`,
      {
        context: args.context,
        bucketName,
        admissions: args.captureAdmissions?.(s3(args.context, bucketName)) ?? [],
        kmsKeyArn: args.foundation.kmsKeyArn,
        sendsEvents: true,
        lifecycle: [
          { id: "captures", prefix: "captures/", expireDays: args.captureRetentionDays, noncurrentDays: 7 },
          { id: "windows", prefix: "windows/", expireDays: 365 },
        ],
      },
      { parent: this },
    );
  }

  /** SageMaker's role for endpoints: reads artifacts, writes captures, sees the alarms that roll it back. */
  private createEndpointRole(name: string, args: EnvironmentServicesArgs): aws.iam.Role {
    const { context, foundation } = args;
    const role = new aws.iam.Role(
      `${name}-endpoint-role`,
      {
        name: environmentRoles(context.prefix, args.environment).endpoint,
        assumeRolePolicy: trustPolicy(["sagemaker.amazonaws.com"], context.accountId),
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-endpoint-policy`,
      {
        role: role.name,
        name: "own",
        policy: policyDocument([
          {
            actions: ["s3:GetObject"],
            resources: [
              s3(context, foundation.artifactBucket, "training/*"),
              pulumi.interpolate`arn:${context.partition}:s3:::${this.bootstrapBucket}/bootstrap/*`,
            ],
          },
          {
            actions: ["s3:PutObject"],
            resources: [pulumi.interpolate`${this.captureBucket.bucketArn}/captures/*`],
          },
          { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [foundation.kmsKeyArn] },
          ...sharedKeyAccess(foundation.sharedKeyArn),
          { actions: ["cloudwatch:DescribeAlarms"], resources: ["*"] },
          {
            actions: ["cloudwatch:PutMetricData"],
            resources: ["*"],
            conditions: {
              StringEquals: { "cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/Endpoints"] },
            },
          },
          {
            actions: [
              "logs:CreateLogGroup",
              "logs:CreateLogStream",
              "logs:PutLogEvents",
              "logs:DescribeLogStreams",
            ],
            resources: [arnOf.logGroup(context, "/aws/sagemaker/Endpoints/*")],
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

  private createAdvance(args: EnvironmentServicesArgs): LambdaFunction<"advanceRollout"> {
    const { context, foundation, environment } = args;
    return new LambdaFunction(
      environmentRoles(context.prefix, environment).advanceRollout,
      {
        context,
        lambda: "advanceRollout",
        bundle: `${args.bundles}/advanceRollout`,
        timeoutSeconds: 120,
        // Shadow phases and weighted canaries read captures.
        memoryMegabytes: 512,
        kmsKeyArn: foundation.kmsKeyArn,
        deadLetterArn: foundation.deadLetterArn,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          ENVIRONMENT_NAME: environment,
          ENDPOINT_ROLE_ARN: this.endpointRole.arn,
          CAPTURE_BUCKET: this.captureBucket.bucketName,
          KMS_KEY_ARN: foundation.kmsKeyArn,
        },
        permissions: rolloutAccess({
          context,
          environment,
          foundation,
          endpointRoleArn: this.endpointRole.arn,
          captureBucketArn: this.captureBucket.bucketArn,
        }),
      },
      { parent: this },
    );
  }

  private createVerify(args: EnvironmentServicesArgs): LambdaFunction<"verifyEndpoint"> {
    const { context, foundation, environment } = args;
    return new LambdaFunction(
      environmentRoles(context.prefix, environment).verifyEndpoint,
      {
        context,
        lambda: "verifyEndpoint",
        bundle: `${args.bundles}/verifyEndpoint`,
        timeoutSeconds: 300,
        memoryMegabytes: 256,
        kmsKeyArn: foundation.kmsKeyArn,
        deadLetterArn: foundation.deadLetterArn,
        environment: { RECORDS_TABLE: foundation.recordsTable, ENVIRONMENT_NAME: environment },
        permissions: [
          ...recordsAccess(foundation),
          {
            actions: ["s3:GetObject"],
            resources: ["specs", "golden"].map(
              (folder) => `arn:${context.partition}:s3:::${foundation.artifactBucket}/${folder}/*`,
            ),
          },
          {
            actions: ["sagemaker:InvokeEndpoint"],
            resources: [arnOf.sagemaker(context, `endpoint/*-${environment}`)],
          },
          {
            actions: ["codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"],
            resources: ["*"],
          },
        ],
      },
      { parent: this },
    );
  }

  private createRollout(name: string, args: EnvironmentServicesArgs): LoggedStateMachine {
    const { context } = args;
    const machineName = `${context.prefix}-${args.environment}-rollout`;
    const ownArn = stateMachineArn(context, machineName);
    return new LoggedStateMachine(
      `${name}-rollout`,
      {
        context,
        stateMachineName: machineName,
        definition: this.advance.functionArn.apply((advanceFunctionArn) =>
          rolloutDefinition({ advanceFunctionArn, stateMachineArn: ownArn }),
        ),
        statements: [
          { actions: ["lambda:InvokeFunction"], resources: [this.advance.functionArn] },
          ...continuation(context, ownArn),
        ],
      },
      { parent: this },
    );
  }
}

/** What Step Functions needs to run an execution and wait for it (`startExecution.sync:2`). */
function continuation(context: DeployContext, machineArn: string): Statement[] {
  return [
    { actions: ["states:StartExecution"], resources: [machineArn] },
    {
      actions: ["states:DescribeExecution", "states:StopExecution"],
      resources: [`${machineArn.replace(":stateMachine:", ":execution:")}:*`],
    },
    {
      actions: ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
      resources: [
        `arn:${context.partition}:events:${context.region}:${context.accountId}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
      ],
    },
  ];
}
