/** What the rollout's Lambda may do. */
import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "../policy/iam.ts";
import { recordsAccess } from "../policy/recordsAccess.ts";
import { arnOf, type DeployContext } from "../shared/context.ts";
import type { EnvironmentBase } from "./environmentBase.ts";

interface RolloutAccessArgs {
  readonly context: DeployContext;
  readonly environment: string;
  readonly foundation: EnvironmentBase;
  readonly endpointRoleArn: pulumi.Output<string>;
  readonly captureBucketArn: pulumi.Output<string>;
}

/** Own are models, configurations and alarms that rollouts of this environment made; endpoints and bootstrap configurations are Pulumi's. */
export function rolloutAccess({
  context,
  environment,
  foundation,
  endpointRoleArn,
  captureBucketArn,
}: RolloutAccessArgs): Statement[] {
  const own = `*-${environment}-r*`;
  return [
    ...recordsAccess(foundation),
    {
      actions: ["s3:GetObject"],
      resources: [`arn:${context.partition}:s3:::${foundation.artifactBucket}/specs/*`],
    },
    // For shadow phases and weighted canaries, always: a commit brings one without an update of this stack.
    {
      actions: ["s3:ListBucket"],
      resources: [captureBucketArn],
      conditions: { StringLike: { "s3:prefix": ["captures/*"] } },
    },
    {
      actions: ["s3:GetObject"],
      resources: [pulumi.interpolate`${captureBucketArn}/captures/*`],
    },
    {
      actions: ["sagemaker:CreateModel", "sagemaker:DeleteModel", "sagemaker:AddTags"],
      resources: [arnOf.sagemaker(context, `model/${own}`)],
    },
    {
      actions: ["sagemaker:CreateEndpointConfig", "sagemaker:DeleteEndpointConfig", "sagemaker:AddTags"],
      resources: [arnOf.sagemaker(context, `endpoint-config/${own}`)],
    },
    // The configuration to go back to may be the bootstrap one, whose name Pulumi chose.
    {
      actions: ["sagemaker:DescribeEndpointConfig"],
      resources: [arnOf.sagemaker(context, "endpoint-config/*")],
    },
    {
      actions: ["sagemaker:DescribeEndpoint"],
      resources: [arnOf.sagemaker(context, `endpoint/*-${environment}`)],
    },
    {
      actions: ["sagemaker:UpdateEndpoint"],
      resources: [
        arnOf.sagemaker(context, `endpoint/*-${environment}`),
        arnOf.sagemaker(context, "endpoint-config/*"),
      ],
    },
    {
      actions: ["sagemaker:UpdateEndpointWeightsAndCapacities"],
      resources: [arnOf.sagemaker(context, `endpoint/*-${environment}`)],
    },
    {
      actions: [
        "sagemaker:ListEndpointConfigs",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricStatistics",
      ],
      resources: ["*"],
    },
    {
      actions: [
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:SetAlarmState",
        "cloudwatch:TagResource",
      ],
      resources: [arnOf.alarm(context, own)],
    },
    ...autoscalingAccess(context, `*-${environment}`),
    {
      actions: ["iam:PassRole"],
      resources: [endpointRoleArn],
      conditions: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
    },
  ];
}

/**
 * Autoscaling of the endpoints: always, because a commit brings it without an update of this stack. Application Auto Scaling asks its caller
 * for the permissions on the alarms of target tracking, and, once in an account, for the role that it scales with (SageMaker Developer
 * Guide, "Auto scaling prerequisites").
 */
function autoscalingAccess(context: DeployContext, endpoints: string): Statement[] {
  const { partition, region, accountId } = context;
  return [
    {
      actions: ["RegisterScalableTarget", "DeregisterScalableTarget", "PutScalingPolicy"].map(
        (action) => `application-autoscaling:${action}`,
      ),
      // A target's ARN holds an identifier that AWS makes.
      resources: [`arn:${partition}:application-autoscaling:${region}:${accountId}:scalable-target/*`],
      conditions: { StringEquals: { "application-autoscaling:service-namespace": "sagemaker" } },
    },
    {
      actions: ["cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"],
      resources: [arnOf.alarm(context, `TargetTracking-endpoint/${endpoints}/variant/*`)],
    },
    {
      actions: ["iam:CreateServiceLinkedRole"],
      resources: [
        `arn:${partition}:iam::${accountId}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
      ],
      conditions: {
        StringEquals: { "iam:AWSServiceName": "sagemaker.application-autoscaling.amazonaws.com" },
      },
    },
  ];
}
