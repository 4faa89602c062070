import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, type SandboxService, ServiceError } from "../../kernel/types.ts";
import type { Scaling } from "../sagemaker/common.ts";
import { invalid, type ScalableTarget, type TargetId, TargetStore } from "./targets.ts";
import { type ScalingPolicy, Tracking } from "./tracking.ts";

export interface ApplicationAutoScaling {
  readonly services: readonly SandboxService[];
  readonly scaling: Scaling;
}

/** Application Auto Scaling of SageMaker variants; see README.md for what is refused. */
export function createApplicationAutoScaling(kernel: SandboxKernel): ApplicationAutoScaling {
  const targets = new TargetStore(kernel);
  const tracking = new Tracking(kernel);
  const service: SandboxService = {
    signingName: "application-autoscaling",
    modelName: "application-autoscaling",
    operations: { ...targetOperations(targets, tracking), ...policyOperations(targets, tracking) },
    resources: (_action, input) => [arnOf(kernel, targets, input)],
    permissions: (action, input) => permissions(action, arnOf(kernel, targets, input), kernel, input),
  };
  return {
    services: [service],
    scaling: {
      isScalableTarget: (endpointName, variantName) => targets.has(endpointName, variantName),
      async forgetEndpoint(endpointName) {
        for (const target of targets.all())
          if (target.endpointName === endpointName) await deregister(targets, tracking, target);
      },
    },
  };
}

async function deregister(targets: TargetStore, tracking: Tracking, target: ScalableTarget): Promise<void> {
  for (const policy of tracking.of(target)) await tracking.remove(policy);
  targets.remove(target);
}

function arnOf(kernel: SandboxKernel, targets: TargetStore, input: Record<string, unknown>): string {
  const known = targets.all().find((target) => target.ResourceId === input.ResourceId);
  const { region, accountId } = kernel;
  return known?.arn ?? `arn:aws:application-autoscaling:${region}:${accountId}:scalable-target/new`;
}

/** What the caller needs on the alarms besides (SageMaker Developer Guide, "Auto scaling prerequisites"). */
function permissions(
  action: string,
  resource: string,
  kernel: SandboxKernel,
  input: Record<string, unknown>,
) {
  const context = { "application-autoscaling:service-namespace": String(input.ServiceNamespace) };
  const own = { action: `application-autoscaling:${action}`, resource, context };
  const alarm = `arn:aws:cloudwatch:${kernel.region}:${kernel.accountId}:alarm:TargetTracking-${input.ResourceId}-AlarmHigh`;
  if (action === "PutScalingPolicy") return [own, { action: "cloudwatch:PutMetricAlarm", resource: alarm }];
  const removes = action === "DeleteScalingPolicy" || action === "DeregisterScalableTarget";
  return removes ? [own, { action: "cloudwatch:DeleteAlarms", resource: alarm }] : [own];
}

function targetOperations(targets: TargetStore, tracking: Tracking): Readonly<Record<string, Operation>> {
  return {
    RegisterScalableTarget: async (input) => {
      refuse("RegisterScalableTarget", input, ["SuspendedState", "Tags"]);
      const target = await targets.register(input);
      await tracking.scale(target, (instances) => instances, "bounds of the scalable target were set");
      return { ScalableTargetARN: target.arn };
    },
    DeregisterScalableTarget: async (input: TargetId) => {
      await deregister(targets, tracking, targets.get(input));
      return {};
    },
    DescribeScalableTargets: (input) => ({
      ScalableTargets: targets
        .all()
        .filter(({ ResourceId }) => (input.ResourceIds ?? [ResourceId]).includes(ResourceId))
        .map(describeTarget),
    }),
    DescribeScalingActivities: (input) => ({
      ScalingActivities: tracking.activities
        .filter(({ target }) => (input.ResourceId ?? target.ResourceId) === target.ResourceId)
        .toReversed()
        .map(({ at, target, from, to, cause }, index) => ({
          ActivityId: `${target.ResourceId}#${index}`,
          ...idOf(target),
          Description: `Setting desired instance count to ${to}.`,
          Cause: cause,
          StartTime: at,
          StatusCode: "Successful",
          StatusMessage: `Successfully set desired instance count to ${to}; it was ${from}.`,
        })),
    }),
  };
}

function policyOperations(targets: TargetStore, tracking: Tracking): Readonly<Record<string, Operation>> {
  return {
    PutScalingPolicy: async (input) => {
      if ((input.PolicyType ?? "StepScaling") !== "TargetTrackingScaling")
        refuseNamed(`PutScalingPolicy of type ${input.PolicyType ?? "StepScaling"}`);
      const configuration = input.TargetTrackingScalingPolicyConfiguration;
      if (!configuration) throw invalid("TargetTrackingScalingPolicyConfiguration must be provided");
      refuse("PutScalingPolicy", configuration, ["CustomizedMetricSpecification"]);
      const metric = configuration.PredefinedMetricSpecification?.PredefinedMetricType;
      if (metric !== "SageMakerVariantInvocationsPerInstance") refuseNamed(`PutScalingPolicy on ${metric}`);
      const policy = await tracking.put(targets.get(input), input.PolicyName, configuration);
      return { PolicyARN: policy.arn, Alarms: policy.alarms };
    },
    DeleteScalingPolicy: async (input) => {
      const policy = tracking.of(targets.get(input)).find(({ name }) => name === input.PolicyName);
      if (!policy)
        throw new ServiceError("ObjectNotFoundException", `No scaling policy found for ${input.PolicyName}`);
      await tracking.remove(policy);
      return {};
    },
    DescribeScalingPolicies: (input) => ({
      ScalingPolicies: targets
        .all()
        .filter(({ ResourceId }) => (input.ResourceId ?? ResourceId) === ResourceId)
        .flatMap((target) => tracking.of(target))
        .map(describePolicy),
    }),
  };
}

const idOf = ({ ServiceNamespace, ResourceId, ScalableDimension }: ScalableTarget): TargetId => ({
  ServiceNamespace,
  ResourceId,
  ScalableDimension,
});

const describeTarget = (target: ScalableTarget): object => ({
  ...idOf(target),
  MinCapacity: target.minimum,
  MaxCapacity: target.maximum,
  CreationTime: target.created,
  ScalableTargetARN: target.arn,
});

const describePolicy = (policy: ScalingPolicy): object => ({
  ...idOf(policy.target),
  PolicyARN: policy.arn,
  PolicyName: policy.name,
  PolicyType: "TargetTrackingScaling",
  TargetTrackingScalingPolicyConfiguration: policy.configuration,
  Alarms: policy.alarms,
  CreationTime: policy.created,
});

function refuse(action: string, input: Record<string, unknown>, fields: readonly string[]): void {
  const given = fields.filter((field) => input[field] !== undefined);
  if (given.length > 0) refuseNamed(`${action} (${given.join(", ")})`);
}

function refuseNamed(what: string): never {
  throw new ServiceError(
    "NotImplemented",
    `the Sluice sandbox does not support application-autoscaling:${what}`,
    { status: 501 },
  );
}
