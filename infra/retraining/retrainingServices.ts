import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { EVENT_SOURCE, RETRAINING_REQUESTED } from "../../contracts/events.ts";
import type { EnvironmentOutputs, FoundationOutputs } from "../../contracts/stackOutputs.ts";
import type { DatasetLake } from "../delivery/datasetLake.ts";
import { recordsAccess } from "../policy/recordsAccess.ts";
import type { DeployContext } from "../shared/context.ts";
import { LambdaFunction } from "../shared/lambdaFunction.ts";
import { Coordinator } from "./coordinator.ts";
import { DatasetCleanup } from "./datasetCleanup.ts";

export interface RetrainingServicesArgs {
  readonly context: DeployContext;
  readonly foundation: FoundationOutputs;
  readonly prod: EnvironmentOutputs;
  readonly bundles: string;
  readonly recordApproval: LambdaFunction<"recordApproval">;
  /** Where captures and labels are joined that are more bytes than this, history included. */
  readonly lake: DatasetLake;
  readonly athenaAboveBytes: number;
  readonly models: readonly string[];
}

/** Answers requests for retraining with brakes, and closes what a pipeline execution left open when it ends. */
export class RetrainingServices extends pulumi.ComponentResource {
  constructor(name: string, args: RetrainingServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:retraining:RetrainingServices", name, {}, opts);
    const coordinator = new Coordinator(name, args, { parent: this });
    const pattern = JSON.stringify({ source: [EVENT_SOURCE], "detail-type": [RETRAINING_REQUESTED] });
    this.route(`${name}-requests`, args, pattern, coordinator.coordinate, args.foundation.eventBusName);
    this.createCloseRelease(name, args);
    this.createRejectionRule(name, args);
    new DatasetCleanup(name, args, { parent: this });
    this.registerOutputs({});
  }

  private createCloseRelease(name: string, args: RetrainingServicesArgs): void {
    const { context, foundation } = args;
    const close = new LambdaFunction(
      `${context.prefix}-close-release`,
      {
        context,
        lambda: "closeRelease",
        bundle: `${args.bundles}/closeRelease`,
        timeoutSeconds: 30,
        memoryMegabytes: 256,
        kmsKeyArn: foundation.kmsKeyArn,
        deadLetterArn: foundation.deadLetterArn,
        environment: {
          RECORDS_TABLE: foundation.recordsTable,
          PIPELINE_PREFIX: `${context.prefix}-`,
          ALERT_TOPIC_ARN: foundation.alertTopicArn,
        },
        permissions: [
          ...recordsAccess(foundation),
          { actions: ["sns:Publish"], resources: [foundation.alertTopicArn] },
        ],
      },
      { parent: this },
    );
    const pattern = JSON.stringify({
      source: ["aws.codepipeline"],
      "detail-type": ["CodePipeline Pipeline Execution State Change"],
      detail: {
        pipeline: [{ prefix: `${context.prefix}-` }],
        state: ["SUCCEEDED", "FAILED", "STOPPED", "CANCELED", "SUPERSEDED"],
      },
    });
    this.route(`${name}-pipeline-ended`, args, pattern, close);
  }

  /** A refused approval fails the pipeline before Production: the package is marked Rejected by this event. */
  private createRejectionRule(name: string, args: RetrainingServicesArgs): void {
    const pattern = JSON.stringify({
      source: ["aws.codepipeline"],
      "detail-type": ["CodePipeline Action Execution State Change"],
      detail: { pipeline: [{ prefix: `${args.context.prefix}-` }], action: ["Approve"], state: ["FAILED"] },
    });
    this.route(`${name}-approval-refused`, args, pattern, args.recordApproval);
  }

  private route(
    name: string,
    args: RetrainingServicesArgs,
    eventPattern: string,
    target: Pick<LambdaFunction<"closeRelease">, "functionArn" | "allow">,
    eventBusName?: string,
  ): void {
    const rule = new aws.cloudwatch.EventRule(
      name,
      { name: `${args.context.prefix}-${name}`, eventPattern, ...(eventBusName ? { eventBusName } : {}) },
      { parent: this },
    );
    target.allow("events.amazonaws.com", `${name}-permission`, rule.arn);
    new aws.cloudwatch.EventTarget(
      `${name}-target`,
      {
        rule: rule.name,
        arn: target.functionArn,
        deadLetterConfig: { arn: args.foundation.deadLetterArn },
        ...(eventBusName ? { eventBusName } : {}),
      },
      { parent: this },
    );
  }
}
