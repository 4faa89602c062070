/** Target tracking: two alarms on requests an instance, and the capacity that follows them. */
import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type AlarmState, type AwsOutput, ServiceError } from "../../kernel/types.ts";
import { reportBug } from "../sagemaker/common.ts";
import { type ScalableTarget, variantOf } from "./targets.ts";

export interface TrackingConfiguration {
  readonly TargetValue: number;
  readonly ScaleOutCooldown?: number;
  readonly ScaleInCooldown?: number;
  readonly DisableScaleIn?: boolean;
}

export interface ScalingPolicy {
  readonly name: string;
  readonly arn: string;
  readonly created: Date;
  readonly target: ScalableTarget;
  readonly alarms: readonly { readonly AlarmName: string; readonly AlarmARN: string }[];
  configuration: TrackingConfiguration;
}

export interface Activity {
  readonly at: Date;
  readonly target: ScalableTarget;
  readonly from: number;
  readonly to: number;
  readonly cause: string;
}

const METRIC = { Namespace: "AWS/SageMaker", MetricName: "InvocationsPerInstance" };
const MINUTE = 60_000;
/** Defaults of SageMaker variants (Application Auto Scaling API, TargetTrackingScalingPolicyConfiguration). */
const COOLDOWN_SECONDS = 300;

export class Tracking {
  readonly activities: Activity[] = [];
  readonly #kernel: SandboxKernel;
  readonly #policies = new Map<string, ScalingPolicy>();

  constructor(kernel: SandboxKernel) {
    this.#kernel = kernel;
    kernel.alarms.onTransition((state) => this.#react(state));
  }

  of(target: ScalableTarget): readonly ScalingPolicy[] {
    return [...this.#policies.values()].filter((policy) => policy.target === target);
  }

  async put(
    target: ScalableTarget,
    name: string,
    configuration: TrackingConfiguration,
  ): Promise<ScalingPolicy> {
    const key = `${target.ResourceId}|${name}`;
    const { region, accountId, clock } = this.#kernel;
    const known = this.#policies.get(key);
    const id = this.#kernel.uuid();
    const alarms = ["AlarmHigh", "AlarmLow"].map((kind) => {
      const AlarmName = `TargetTracking-${target.ResourceId}-${kind}-${id}`;
      return { AlarmName, AlarmARN: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${AlarmName}` };
    });
    const policy: ScalingPolicy = known ?? {
      name,
      arn: `arn:aws:autoscaling:${region}:${accountId}:scalingPolicy:${id}:resource/sagemaker/${target.ResourceId}:policyName/${name}`,
      created: new Date(clock.now()),
      target,
      alarms,
      configuration,
    };
    policy.configuration = configuration;
    this.#policies.set(key, policy);
    await this.#putAlarms(policy);
    return policy;
  }

  async remove(policy: ScalingPolicy): Promise<void> {
    this.#policies.delete(`${policy.target.ResourceId}|${policy.name}`);
    await this.#kernel.callAsSandbox("cloudwatch", "DeleteAlarms", {
      AlarmNames: policy.alarms.map(({ AlarmName }) => AlarmName),
    });
  }

  async #putAlarms({ target, alarms, configuration }: ScalingPolicy): Promise<void> {
    const common = {
      ...METRIC,
      Dimensions: [
        { Name: "EndpointName", Value: target.endpointName },
        { Name: "VariantName", Value: target.variantName },
      ],
      Statistic: "Sum",
      Period: 60,
    };
    const rules = [
      {
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: configuration.TargetValue,
        EvaluationPeriods: 3,
      },
      {
        ComparisonOperator: "LessThanThreshold",
        Threshold: configuration.TargetValue * 0.9,
        EvaluationPeriods: 15,
      },
    ];
    for (const [index, rule] of rules.entries())
      await this.#kernel.callAsSandbox("cloudwatch", "PutMetricAlarm", {
        AlarmName: alarms[index]?.AlarmName,
        ...common,
        ...rule,
      });
  }

  #react({ alarmName, stateValue }: AlarmState): void {
    if (stateValue !== "ALARM") return;
    for (const policy of this.#policies.values())
      if (policy.alarms.some(({ AlarmName }) => AlarmName === alarmName)) this.#follow(policy, alarmName);
  }

  /** Again every minute while the alarm lasts. */
  #follow(policy: ScalingPolicy, alarmName: string): void {
    const { clock, alarms } = this.#kernel;
    const look = async (): Promise<void> => {
      const isPresent = this.#policies.get(`${policy.target.ResourceId}|${policy.name}`) === policy;
      if (!isPresent || alarms.get(alarmName)?.stateValue !== "ALARM") return;
      await this.#adjust(policy, alarmName);
      clock.setTimer(clock.now() + MINUTE, run, { key: `tracking ${alarmName}` });
    };
    const run = (): void =>
      void clock.work("target tracking", look).catch((problem) => reportBug("target tracking", problem));
    run();
  }

  async #adjust({ target, configuration }: ScalingPolicy, alarmName: string): Promise<void> {
    const isHigh = alarmName.includes("-AlarmHigh-");
    if (!isHigh && configuration.DisableScaleIn) return;
    const seconds =
      (isHigh ? configuration.ScaleOutCooldown : configuration.ScaleInCooldown) ?? COOLDOWN_SECONDS;
    const last = this.activities.findLast((activity) => activity.target === target);
    if (last && this.#kernel.clock.now() < last.at.getTime() + seconds * 1000) return;
    const value = await this.#metric(target);
    if (value === undefined) return;
    const wanted = (instances: number): number => Math.ceil((instances * value) / configuration.TargetValue);
    await this.scale(target, wanted, `monitor alarm ${alarmName} in state ALARM`);
  }

  /** Sets the capacity as near to what is wanted as the bounds allow; not while the endpoint is updated, which blocks scaling. */
  async scale(target: ScalableTarget, wanted: (instances: number) => number, cause: string): Promise<void> {
    const { DesiredInstanceCount: from, EndpointStatus } = await variantOf(
      this.#kernel,
      target.endpointName,
      target.variantName,
    );
    const to = Math.min(target.maximum, Math.max(target.minimum, wanted(from)));
    if (to === from || EndpointStatus !== "InService") return;
    try {
      await this.#kernel.callAsSandbox("sagemaker", "UpdateEndpointWeightsAndCapacities", {
        EndpointName: target.endpointName,
        DesiredWeightsAndCapacities: [{ VariantName: target.variantName, DesiredInstanceCount: to }],
      });
    } catch (error) {
      // An update or a deletion began meanwhile: the next minute looks again.
      if (error instanceof ServiceError) return;
      throw error;
    }
    this.activities.push({ at: new Date(this.#kernel.clock.now()), target, from, to, cause });
  }

  /** The last whole minute. */
  async #metric(target: ScalableTarget): Promise<number | undefined> {
    const now = this.#kernel.clock.now();
    const end = Math.floor(now / MINUTE) * MINUTE;
    const found: AwsOutput = await this.#kernel.callAsSandbox("cloudwatch", "GetMetricStatistics", {
      ...METRIC,
      Dimensions: [
        { Name: "EndpointName", Value: target.endpointName },
        { Name: "VariantName", Value: target.variantName },
      ],
      StartTime: new Date(end - MINUTE),
      EndTime: new Date(end),
      Period: 60,
      Statistics: ["Sum"],
    });
    return found.Datapoints?.[0]?.Sum;
  }
}
