import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentName, ModelSpec } from "../../contracts/modelSpec.ts";
import type { DeployContext } from "../shared/context.ts";
import { dashboardBody } from "./dashboard.ts";

export interface ModelMonitoringArgs {
  readonly context: DeployContext;
  readonly environment: EnvironmentName;
  readonly spec: ModelSpec;
  readonly endpointName: pulumi.Output<string>;
  readonly alarmPrefix: string;
  readonly monitorFunctionArn: pulumi.Output<string>;
  readonly scheduleRoleArn: pulumi.Output<string>;
  readonly deadLetterArn: pulumi.Input<string>;
  readonly remediateFunctionArn: pulumi.Output<string>;
  readonly alertTopicArn: pulumi.Input<string>;
}

/** Watches one model: a window every few minutes, six alarms with one cause each, one dashboard. About 4 USD a month. */
export class ModelMonitoring extends pulumi.ComponentResource {
  constructor(name: string, args: ModelMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:monitoring:ModelMonitoring", name, {}, opts);
    this.createSchedule(name, args);
    this.createEndpointAlarms(name, args);
    this.createModelAlarms(name, args);
    new aws.cloudwatch.Dashboard(
      `${name}-dashboard`,
      {
        dashboardName: `${args.alarmPrefix}${args.spec.name}`,
        dashboardBody: args.endpointName.apply((endpointName) =>
          dashboardBody({
            region: args.context.region,
            endpointName,
            environment: args.environment,
            modelName: args.spec.name,
            window: args.spec.monitoring.window,
          }),
        ),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }

  /** Fires when a window's watermark has passed: at minute `watermark` of each window. */
  private createSchedule(name: string, args: ModelMonitoringArgs): void {
    const minutes = args.spec.monitoring.window / 60;
    const offset = Math.ceil(args.spec.monitoring.watermark / 60) % minutes;
    new aws.scheduler.Schedule(
      `${name}-windows`,
      {
        name: `${args.alarmPrefix}${args.spec.name}-windows`,
        scheduleExpression:
          minutes === 60 ? `cron(${offset} * * * ? *)` : `cron(${offset}/${minutes} * * * ? *)`,
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: args.monitorFunctionArn,
          roleArn: args.scheduleRoleArn,
          input: JSON.stringify({ modelName: args.spec.name }),
          deadLetterConfig: { arn: args.deadLetterArn },
          retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
        },
      },
      { parent: this },
    );
  }

  private alarm(
    name: string,
    args: ModelMonitoringArgs,
    kind: string,
    rest: Omit<aws.cloudwatch.MetricAlarmArgs, "name" | "alarmDescription">,
    description: string,
  ): void {
    new aws.cloudwatch.MetricAlarm(
      `${name}-${kind}`,
      {
        name: `${args.alarmPrefix}${args.spec.name}-${kind}`,
        alarmDescription: `${description} Runbook: docs/runbooks/monitoring.md#${kind}`,
        comparisonOperator: "GreaterThanThreshold",
        evaluationPeriods: 1,
        alarmActions: [args.remediateFunctionArn],
        ...rest,
      },
      { parent: this },
    );
  }

  private createEndpointAlarms(name: string, args: ModelMonitoringArgs): void {
    const settings = args.spec.rollout[args.environment] ?? args.spec.rollout.prod;
    const endpoint = {
      namespace: "AWS/SageMaker",
      dimensions: { EndpointName: args.endpointName, VariantName: "primary" },
      period: 300,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissingData: "notBreaching",
    };
    this.alarm(
      name,
      args,
      "errors",
      {
        ...endpoint,
        metricName: "Invocation5XXErrors",
        statistic: "Average",
        threshold: settings.alarms.errorRate,
      },
      "Share of requests answered with 5XX.",
    );
    this.alarm(
      name,
      args,
      "latency",
      {
        ...endpoint,
        metricName: "ModelLatency",
        extendedStatistic: "p90",
        threshold: settings.alarms.latencyP90 * 1000,
      },
      "90th percentile of model latency, microseconds.",
    );
  }

  private createModelAlarms(name: string, args: ModelMonitoringArgs): void {
    const { window } = args.spec.monitoring;
    const model = {
      namespace: "Sluice",
      dimensions: { service: "monitorDrift", Environment: args.environment, Model: args.spec.name },
      period: window,
      statistic: "Maximum",
      threshold: 0,
      // A look that was "insufficient" publishes nothing: the alarm stays as it is.
      treatMissingData: "ignore",
    };
    this.alarm(
      name,
      args,
      "drift",
      { ...model, metricName: "Drift" },
      "Inputs differ from the training data in k of the last n looks.",
    );
    this.alarm(
      name,
      args,
      "concept-drift",
      { ...model, metricName: "ConceptDrift" },
      "The error stream has changed (ADWIN).",
    );
    this.alarm(
      name,
      args,
      "quality",
      { ...model, metricName: "QualityBreach", evaluationPeriods: 1 },
      "Realised quality is below its tolerance.",
    );
    this.alarm(
      name,
      args,
      "heartbeat",
      {
        ...model,
        metricName: "Heartbeat",
        statistic: "Sum",
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        evaluationPeriods: 4,
        treatMissingData: "breaching",
      },
      "The monitor has been silent for four windows.",
    );
  }
}
