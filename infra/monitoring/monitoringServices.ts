import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { environmentRoles } from "../policy/environmentRoles.ts";
import { policyDocument, trustPolicy } from "../policy/iam.ts";
import { recordsAccess } from "../policy/recordsAccess.ts";
import type { EnvironmentBase } from "../serving/environmentBase.ts";
import { arnOf, type DeployContext } from "../shared/context.ts";
import { LambdaFunction } from "../shared/lambdaFunction.ts";

export interface MonitoringServicesArgs {
  readonly context: DeployContext;
  readonly environment: string;
  readonly foundation: EnvironmentBase;
  readonly bundles: string;
  readonly captureBucket: { readonly name: pulumi.Output<string>; readonly arn: pulumi.Output<string> };
  readonly rolloutStateMachineArn: pulumi.Output<string>;
}

/** What watches all models of one environment: the monitor, the label intake, remediation and its sweep, and the schedules' role. */
export class MonitoringServices extends pulumi.ComponentResource {
  readonly monitor: LambdaFunction<"monitorDrift">;
  readonly remediate: LambdaFunction<"remediate">;
  readonly scheduleRoleArn: pulumi.Output<string>;
  readonly alarmPrefix: string;

  constructor(name: string, args: MonitoringServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:monitoring:MonitoringServices", name, {}, opts);
    this.alarmPrefix = `${args.context.prefix}-${args.environment}-`;
    this.monitor = this.createMonitor(args);
    this.remediate = this.createRemediate(args);
    this.createLabelIntake(name, args);
    this.scheduleRoleArn = this.createScheduleRole(name, args).arn;
    this.registerOutputs({ scheduleRoleArn: this.scheduleRoleArn });
  }

  private common(args: MonitoringServicesArgs) {
    return {
      context: args.context,
      kmsKeyArn: args.foundation.kmsKeyArn,
      deadLetterArn: args.foundation.deadLetterArn,
    };
  }

  private createMonitor(args: MonitoringServicesArgs): LambdaFunction<"monitorDrift"> {
    const { context, foundation, captureBucket } = args;
    const s3 = `arn:${context.partition}:s3:::`;
    return new LambdaFunction(
      environmentRoles(context.prefix, args.environment).monitorDrift,
      {
        ...this.common(args),
        lambda: "monitorDrift",
        bundle: `${args.bundles}/monitorDrift`,
        timeoutSeconds: 300,
        memoryMegabytes: 1024,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          ENVIRONMENT_NAME: args.environment,
          CAPTURE_BUCKET: captureBucket.name,
        },
        permissions: [
          ...recordsAccess(foundation),
          { actions: ["s3:ListBucket"], resources: [captureBucket.arn] },
          {
            actions: ["s3:GetObject"],
            resources: ["captures", "windows", "labels-accepted"].map(
              (folder) => pulumi.interpolate`${captureBucket.arn}/${folder}/*`,
            ),
          },
          { actions: ["s3:PutObject"], resources: [pulumi.interpolate`${captureBucket.arn}/windows/*`] },
          {
            actions: ["s3:GetObject"],
            resources: [
              `${s3}${foundation.artifactBucket}/specs/*`,
              `${s3}${foundation.artifactBucket}/evaluations/*`,
              `${s3}${foundation.dataBucket}/datasets/*`,
            ],
          },
        ],
      },
      { parent: this },
    );
  }

  private createRemediate(args: MonitoringServicesArgs): LambdaFunction<"remediate"> {
    const { context, foundation } = args;
    const remediate = new LambdaFunction(
      environmentRoles(context.prefix, args.environment).remediate,
      {
        ...this.common(args),
        lambda: "remediate",
        bundle: `${args.bundles}/remediate`,
        timeoutSeconds: 60,
        memoryMegabytes: 256,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          ENVIRONMENT_NAME: args.environment,
          EVENT_BUS_NAME: foundation.eventBusName,
          ROLLOUT_STATE_MACHINE_ARN: args.rolloutStateMachineArn,
          ALERT_TOPIC_ARN: foundation.alertTopicArn,
          ALARM_PREFIX: this.alarmPrefix,
        },
        permissions: [
          ...recordsAccess(foundation),
          {
            actions: ["s3:GetObject"],
            resources: [`arn:${context.partition}:s3:::${foundation.artifactBucket}/specs/*`],
          },
          { actions: ["events:PutEvents"], resources: [foundation.eventBusArn] },
          { actions: ["states:StartExecution"], resources: [args.rolloutStateMachineArn] },
          { actions: ["sns:Publish"], resources: [foundation.alertTopicArn] },
          { actions: ["cloudwatch:DescribeAlarms"], resources: ["*"] },
        ],
      },
      { parent: this },
    );
    remediate.allow(
      "lambda.alarms.cloudwatch.amazonaws.com",
      `${context.prefix}-${args.environment}-remediate-alarms`,
      arnOf.alarm(context, `${this.alarmPrefix}*`),
    );
    // Alarms act on transitions only: what stays open, and what a cooldown refused, is asked again by a sweep.
    const sweep = new aws.cloudwatch.EventRule(
      `${context.prefix}-${args.environment}-sweep`,
      { name: `${this.alarmPrefix}sweep`, scheduleExpression: "rate(30 minutes)" },
      { parent: this },
    );
    remediate.allow(
      "events.amazonaws.com",
      `${context.prefix}-${args.environment}-remediate-sweep`,
      sweep.arn,
    );
    new aws.cloudwatch.EventTarget(
      `${context.prefix}-${args.environment}-sweep-target`,
      {
        rule: sweep.name,
        arn: remediate.functionArn,
        input: JSON.stringify({ sweep: true }),
        deadLetterConfig: { arn: foundation.deadLetterArn },
      },
      { parent: this },
    );
    return remediate;
  }

  private createLabelIntake(name: string, args: MonitoringServicesArgs): void {
    const { context, foundation, captureBucket } = args;
    const ingest = new LambdaFunction(
      `${context.prefix}-${args.environment}-ingest-labels`,
      {
        ...this.common(args),
        lambda: "ingestLabels",
        bundle: `${args.bundles}/ingestLabels`,
        timeoutSeconds: 60,
        memoryMegabytes: 256,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          ENVIRONMENT_NAME: args.environment,
          CAPTURE_BUCKET: captureBucket.name,
        },
        permissions: [
          { actions: ["s3:GetObject"], resources: [pulumi.interpolate`${captureBucket.arn}/labels/*`] },
          {
            actions: ["s3:PutObject"],
            resources: ["labels-accepted", "labels-rejected"].map(
              (folder) => pulumi.interpolate`${captureBucket.arn}/${folder}/*`,
            ),
          },
        ],
      },
      { parent: this },
    );
    const rule = new aws.cloudwatch.EventRule(
      `${name}-labels`,
      {
        name: `${this.alarmPrefix}labels`,
        eventPattern: pulumi.jsonStringify({
          source: ["aws.s3"],
          "detail-type": ["Object Created"],
          detail: { bucket: { name: [captureBucket.name] }, object: { key: [{ prefix: "labels/" }] } },
        }),
      },
      { parent: this },
    );
    ingest.allow("events.amazonaws.com", `${name}-labels-permission`, rule.arn);
    new aws.cloudwatch.EventTarget(
      `${name}-labels-target`,
      {
        rule: rule.name,
        arn: ingest.functionArn,
        deadLetterConfig: { arn: foundation.deadLetterArn },
        retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 21_600 },
      },
      { parent: this },
    );
  }

  private createScheduleRole(name: string, args: MonitoringServicesArgs): aws.iam.Role {
    const role = new aws.iam.Role(
      `${name}-schedule-role`,
      {
        name: `${this.alarmPrefix}schedules`,
        assumeRolePolicy: trustPolicy(["scheduler.amazonaws.com"], args.context.accountId),
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-schedule-policy`,
      {
        role: role.name,
        name: "own",
        policy: policyDocument([
          { actions: ["lambda:InvokeFunction"], resources: [this.monitor.functionArn] },
          { actions: ["sqs:SendMessage"], resources: [args.foundation.deadLetterArn] },
          { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [args.foundation.kmsKeyArn] },
        ]),
      },
      { parent: this },
    );
    return role;
  }
}
