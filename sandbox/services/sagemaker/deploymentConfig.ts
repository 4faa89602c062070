/** Deployment guardrails as the caller gives them, checked as AWS checks them. */
import { validation } from "./common.ts";
import type { EndpointConfig } from "./endpointConfigs.ts";

interface CapacitySize {
  readonly Type: "INSTANCE_COUNT" | "CAPACITY_PERCENT";
  readonly Value: number;
}

export interface DeploymentConfig {
  readonly BlueGreenUpdatePolicy?: {
    readonly TrafficRoutingConfiguration: {
      readonly Type: "ALL_AT_ONCE" | "CANARY" | "LINEAR";
      readonly WaitIntervalInSeconds: number;
      readonly CanarySize?: CapacitySize;
      readonly LinearStepSize?: CapacitySize;
    };
    readonly TerminationWaitInSeconds?: number;
    readonly MaximumExecutionTimeoutInSeconds?: number;
  };
  readonly RollingUpdatePolicy?: object;
  readonly AutoRollbackConfiguration?: { readonly Alarms?: readonly { readonly AlarmName: string }[] };
}

/** One step of traffic: the new fleet's share, then a bake. */
export interface TrafficStep {
  readonly share: number;
  readonly bakeMs: number;
}

export interface DeploymentPlan {
  readonly steps: readonly TrafficStep[];
  readonly timeoutMs: number;
  readonly alarms: readonly string[];
}

const defaultTimeoutMs = 28_800_000;

function fraction(size: CapacitySize | undefined, field: string, instances: number, least: number): number {
  if (!size) throw validation(`${field} is required for this traffic routing type.`);
  const share = size.Type === "CAPACITY_PERCENT" ? size.Value / 100 : size.Value / instances;
  if (share > 0.5)
    throw validation(
      `${field}: expected at most 50% of the fleet's capacity, got ${size.Value} (${size.Type}) of ${instances} instances.`,
    );
  if (share < least)
    throw validation(
      `${field}: expected at least ${least * 100}% of the fleet's capacity, got ${size.Value} (${size.Type}).`,
    );
  return share;
}

/** Turns a guardrail into steps. Throws ValidationException; rolling updates are refused by name. */
export function planDeployment(config: DeploymentConfig | undefined, target: EndpointConfig): DeploymentPlan {
  if (config?.RollingUpdatePolicy) {
    throw validation(
      "The Sluice sandbox does not support DeploymentConfig.RollingUpdatePolicy; use BlueGreenUpdatePolicy",
    );
  }
  const alarms = (config?.AutoRollbackConfiguration?.Alarms ?? []).map(({ AlarmName }) => AlarmName);
  const policy = config?.BlueGreenUpdatePolicy;
  if (!policy) return { steps: [{ share: 1, bakeMs: 0 }], timeoutMs: defaultTimeoutMs, alarms };
  const routing = policy.TrafficRoutingConfiguration;
  const instances = target.ProductionVariants.reduce((sum, v) => sum + v.InitialInstanceCount, 0);
  const wait = routing.WaitIntervalInSeconds * 1000;
  const last: TrafficStep = { share: 1, bakeMs: (policy.TerminationWaitInSeconds ?? 0) * 1000 };
  const steps: TrafficStep[] = [];
  if (routing.Type === "CANARY") {
    steps.push({ share: fraction(routing.CanarySize, "CanarySize", instances, 0), bakeMs: wait });
  }
  if (routing.Type === "LINEAR") {
    const step = fraction(routing.LinearStepSize, "LinearStepSize", instances, 0.1);
    for (let share = step; share < 1 - 1e-9; share += step) steps.push({ share, bakeMs: wait });
  }
  steps.push(last);
  const timeoutMs = (policy.MaximumExecutionTimeoutInSeconds ?? 28_800) * 1000;
  const waits = steps.reduce((sum, step) => sum + step.bakeMs, 0);
  if (waits >= timeoutMs) {
    throw validation(
      `MaximumExecutionTimeoutInSeconds: expected more than the sum of all waits (${waits / 1000} s), got ${timeoutMs / 1000} s.`,
    );
  }
  return { steps, timeoutMs, alarms };
}
