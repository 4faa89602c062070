/** One UpdateEndpoint: a green fleet, traffic in steps with bakes, and the way back when an alarm trips. */
import { failureReason, messageOf, type Sagemaker, sagemakerPrincipal } from "./common.ts";
import type { DeploymentPlan } from "./deploymentConfig.ts";
import type { Endpoint, VariantStatus } from "./endpoint.ts";
import type { EndpointConfig } from "./endpointConfigs.ts";
import { emitDeploymentState, emitEndpointState } from "./endpointEvents.ts";
import { Fleet, FleetError } from "./fleet.ts";
import type { ModelStore } from "./models.ts";

/** Why an update goes back. */
class Abort extends Error {}

/** Virtual time between the decision to go back and InService. */
const rollbackMs = 30_000;

export class Deployment {
  private readonly service: Sagemaker;
  private readonly models: ModelStore;
  private readonly endpoint: Endpoint;
  private readonly target: EndpointConfig;
  private readonly plan: DeploymentPlan;
  private abort: Abort | undefined;
  private wake: (() => void) | undefined;
  private deadline = 0;

  constructor(
    service: Sagemaker,
    models: ModelStore,
    endpoint: Endpoint,
    target: EndpointConfig,
    plan: DeploymentPlan,
  ) {
    this.service = service;
    this.models = models;
    this.endpoint = endpoint;
    this.target = target;
    this.plan = plan;
  }

  /** Sets the endpoint to Updating at once and resolves when it is InService again, under one configuration or the other. */
  async run(): Promise<void> {
    const { kernel } = this.service;
    const { clock } = kernel;
    const now = clock.now();
    this.deadline = now + this.plan.timeoutMs;
    Object.assign(this.endpoint, {
      status: "Updating",
      failureReason: undefined,
      lastModifiedTime: new Date(now),
    });
    this.endpoint.pending = {
      config: this.target,
      startTime: new Date(now),
      status: this.variantStatus("Creating"),
      fleet: undefined,
      share: 0,
    };
    emitEndpointState(this.service, this.endpoint);
    emitDeploymentState(this.service, this.endpoint);
    const unsubscribe = kernel.alarms.onTransition(({ alarmName, stateValue }) => {
      if (stateValue === "ALARM" && this.plan.alarms.includes(alarmName)) this.trip(alarmName);
    });
    try {
      await clock.work("endpoint update", () => this.checkAlarms());
      await this.createFleet();
      await this.shiftTraffic();
      await clock.work("endpoint update", () => this.succeed());
    } catch (problem) {
      if (!(problem instanceof Abort)) throw problem;
      await this.rollBack(problem);
    } finally {
      unsubscribe();
    }
  }

  private trip(alarmName: string): void {
    this.abort ??= new Abort(
      `Update failed because alarm "${alarmName}" went into ALARM state; the endpoint was rolled back.`,
    );
    this.wake?.();
  }

  /** The execution role reads the alarms, as AWS does for auto-rollback; one that is in ALARM already ends the update. */
  private async checkAlarms(): Promise<void> {
    if (this.plan.alarms.length === 0) return;
    const [variant] = this.target.ProductionVariants;
    const roleArn = variant ? this.models.get(variant.ModelName).ExecutionRoleArn : "";
    let found: {
      MetricAlarms?: { AlarmName: string; StateValue: string }[];
      CompositeAlarms?: { AlarmName: string; StateValue: string }[];
    };
    try {
      const as = { roleArn, service: sagemakerPrincipal };
      found = await this.service.kernel.call(
        "cloudwatch",
        "DescribeAlarms",
        { AlarmNames: this.plan.alarms },
        as,
      );
    } catch (problem) {
      throw new Abort(
        `Update failed because the alarms for auto-rollback could not be read: ${messageOf(problem)}`,
      );
    }
    const states = new Map(
      [...(found.MetricAlarms ?? []), ...(found.CompositeAlarms ?? [])].map((a) => [
        a.AlarmName,
        a.StateValue,
      ]),
    );
    const missing = this.plan.alarms.filter((name) => !states.has(name));
    if (missing.length > 0)
      throw new Abort(`Update failed because these alarms do not exist: ${JSON.stringify(missing)}`);
    const ringing = this.plan.alarms.find((name) => states.get(name) === "ALARM");
    if (ringing !== undefined)
      throw new Abort(
        `Update failed because alarm "${ringing}" was in ALARM state when the update started; the endpoint was rolled back.`,
      );
  }

  private async createFleet(): Promise<void> {
    const { clock } = this.service.kernel;
    try {
      const fleet = await clock.work("endpoint fleet", () =>
        Fleet.start(this.service, this.models, this.endpoint.name, this.target),
      );
      if (this.endpoint.pending) this.endpoint.pending.fleet = fleet;
    } catch (problem) {
      if (!(problem instanceof FleetError)) throw problem;
      await this.wait(problem.afterMs);
      throw new Abort(problem.message);
    }
    await this.wait(this.service.timings.fleetCreateMs);
  }

  private async shiftTraffic(): Promise<void> {
    for (const step of this.plan.steps) {
      const { pending } = this.endpoint;
      if (!pending) return;
      pending.status = this.variantStatus("ActivatingTraffic");
      pending.share = step.share;
      emitDeploymentState(this.service, this.endpoint);
      if (step.bakeMs === 0) continue;
      pending.status = this.variantStatus("Baking");
      emitDeploymentState(this.service, this.endpoint);
      await this.wait(step.bakeMs);
    }
  }

  /** Waits in virtual time; throws when an alarm trips or the update's own time is over. */
  private async wait(milliseconds: number): Promise<void> {
    const { clock } = this.service.kernel;
    const end = clock.now() + milliseconds;
    if (!this.abort) {
      await new Promise<void>((resolve) => {
        // Order 8: an alarm that changes at the very end of a bake is heard first.
        const timer = clock.setTimer(Math.min(end, this.deadline), resolve, {
          order: 8,
          key: `deployment:${this.endpoint.name}`,
        });
        this.wake = () => {
          clock.clearTimer(timer);
          resolve();
        };
      });
      this.wake = undefined;
    }
    if (this.abort) throw this.abort;
    if (end > this.deadline)
      throw new Abort(
        "Update failed because it exceeded MaximumExecutionTimeoutInSeconds; the endpoint was rolled back.",
      );
  }

  private async succeed(): Promise<void> {
    const { endpoint } = this;
    const old = endpoint.fleet;
    endpoint.fleet = endpoint.pending?.fleet;
    endpoint.configName = this.target.EndpointConfigName;
    this.settle();
    await old?.stop();
  }

  private async rollBack(reason: Abort): Promise<void> {
    const { clock } = this.service.kernel;
    const green = this.endpoint.pending?.fleet;
    if (this.endpoint.pending) {
      this.endpoint.pending.share = 0;
      this.endpoint.pending.status = this.variantStatus("Deleting");
    }
    this.endpoint.failureReason = failureReason(reason.message);
    emitDeploymentState(this.service, this.endpoint);
    await clock.sleep(rollbackMs);
    await clock.work("endpoint rollback", async () => {
      this.settle();
      await green?.stop();
    });
  }

  private settle(): void {
    this.endpoint.pending = undefined;
    this.endpoint.status = "InService";
    this.endpoint.lastModifiedTime = new Date(this.service.kernel.clock.now());
    emitDeploymentState(this.service, this.endpoint);
    emitEndpointState(this.service, this.endpoint);
  }

  private variantStatus(status: VariantStatus["Status"]): VariantStatus {
    return { Status: status, StartTime: new Date(this.service.kernel.clock.now()) };
  }
}
