/** CreateEndpoint and its siblings. */
import type { Operation } from "../../kernel/types.ts";
import type { CaptureWriter } from "./capture.ts";
import {
  arnOf,
  failureReason,
  later,
  page,
  refuseUnsupported,
  reportBug,
  type Sagemaker,
  validation,
} from "./common.ts";
import { Deployment } from "./deployment.ts";
import { planDeployment } from "./deploymentConfig.ts";
import type { Endpoint } from "./endpoint.ts";
import type { EndpointConfig, EndpointConfigStore, ProductionVariant } from "./endpointConfigs.ts";
import { describe, emitEndpointState } from "./endpointEvents.ts";
import { Fleet, FleetError } from "./fleet.ts";
import type { ModelStore } from "./models.ts";

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
type Input = any;

export class EndpointStore {
  readonly byName = new Map<string, Endpoint>();
  private readonly service: Sagemaker;
  private readonly models: ModelStore;
  private readonly configs: EndpointConfigStore;
  private readonly captures: CaptureWriter;

  constructor(service: Sagemaker, models: ModelStore, configs: EndpointConfigStore, captures: CaptureWriter) {
    this.service = service;
    this.models = models;
    this.configs = configs;
    this.captures = captures;
  }

  arn(name: string): string {
    return arnOf(this.service.kernel, `endpoint/${name.toLowerCase()}`);
  }

  /** Throws ValidationException when absent. */
  get(name: string): Endpoint {
    const endpoint = this.byName.get(name.toLowerCase());
    if (!endpoint) throw validation(`Could not find endpoint "${this.arn(name)}".`);
    return endpoint;
  }

  operations(): Record<string, Operation> {
    return {
      CreateEndpoint: (input) => this.create(input),
      DescribeEndpoint: (input) => describe(this.get(input.EndpointName)),
      UpdateEndpoint: (input) => this.update(input),
      UpdateEndpointWeightsAndCapacities: (input) => this.updateWeights(input),
      DeleteEndpoint: (input) => this.delete(input),
      ListEndpoints: (input) => this.list(input),
    };
  }

  async stop(): Promise<void> {
    await this.captures.flushAll();
    for (const endpoint of this.byName.values()) {
      await Promise.all([endpoint.fleet?.stop(), endpoint.pending?.fleet?.stop()]);
    }
  }

  private create(input: Input): { EndpointArn: string } {
    const name: string = input.EndpointName;
    const arn = this.arn(name);
    if (this.byName.has(name.toLowerCase()))
      throw validation(`Cannot create already existing endpoint "${arn}".`);
    const config = this.configs.get(input.EndpointConfigName);
    planDeployment(input.DeploymentConfig, config);
    const now = new Date(this.service.kernel.clock.now());
    const endpoint: Endpoint = {
      name,
      arn,
      creationTime: now,
      lastModifiedTime: now,
      status: "Creating",
      configName: config.EndpointConfigName,
      failureReason: undefined,
      fleet: undefined,
      pending: undefined,
      lastDeploymentConfig: input.DeploymentConfig,
      requests: 0,
    };
    this.service.tags.add(arn, input.Tags);
    this.byName.set(name.toLowerCase(), endpoint);
    emitEndpointState(this.service, endpoint);
    void this.bringUp(endpoint, config).catch((problem) => reportBug("CreateEndpoint", problem));
    return { EndpointArn: arn };
  }

  private async bringUp(endpoint: Endpoint, config: EndpointConfig): Promise<void> {
    const { kernel, timings } = this.service;
    let fleet: Fleet | undefined;
    let failure: FleetError | undefined;
    try {
      fleet = await kernel.clock.work("endpoint fleet", () =>
        Fleet.start(this.service, this.models, endpoint.name, config),
      );
    } catch (problem) {
      if (!(problem instanceof FleetError)) throw problem;
      failure = problem;
    }
    later(
      kernel,
      Math.max(timings.endpointCreateMs, failure?.afterMs ?? 0),
      `endpoint:${endpoint.name}`,
      async () => {
        endpoint.fleet = fleet;
        endpoint.status = fleet ? "InService" : "Failed";
        if (failure) endpoint.failureReason = failureReason(failure.message);
        endpoint.lastModifiedTime = new Date(kernel.clock.now());
        emitEndpointState(this.service, endpoint);
      },
    );
  }

  private changeable(name: string): Endpoint {
    const endpoint = this.get(name);
    if (endpoint.status === "Failed") throw validation(`Cannot update failed endpoint "${endpoint.arn}".`);
    if (endpoint.status !== "InService")
      throw validation(`Cannot update in-progress endpoint "${endpoint.arn}".`);
    return endpoint;
  }

  private update(input: Input): { EndpointArn: string } {
    const endpoint = this.changeable(input.EndpointName);
    const config = retain(this.configs.get(input.EndpointConfigName), endpoint, input);
    for (const variant of config.ProductionVariants) this.models.get(variant.ModelName);
    this.requireSameTypes(endpoint, config);
    if (input.RetainDeploymentConfig && input.DeploymentConfig) {
      throw validation("Specify either DeploymentConfig or RetainDeploymentConfig, not both.");
    }
    const guardrail = input.RetainDeploymentConfig ? endpoint.lastDeploymentConfig : input.DeploymentConfig;
    const plan = planDeployment(guardrail, config);
    if (guardrail?.BlueGreenUpdatePolicy) requireSameVariants(endpoint, config);
    endpoint.lastDeploymentConfig = guardrail;
    const deployment = new Deployment(this.service, this.models, endpoint, config, plan);
    void deployment.run().catch((problem) => reportBug("UpdateEndpoint", problem));
    return { EndpointArn: endpoint.arn };
  }

  /** The instance type of a scalable target stays (Developer Guide, "Update endpoints that use auto scaling"). */
  private requireSameTypes(endpoint: Endpoint, config: EndpointConfig): void {
    for (const { VariantName, InstanceType } of config.ProductionVariants) {
      const before = endpoint.fleet?.variant(VariantName)?.spec.InstanceType;
      if (before === InstanceType || !this.service.scaling.isScalableTarget(endpoint.name, VariantName))
        continue;
      throw validation(
        `Cannot change the instance type of variant ${VariantName} from ${before} to ${InstanceType}: it is a scalable target of Application Auto Scaling; deregister it first.`,
      );
    }
  }

  private updateWeights(input: Input): { EndpointArn: string } {
    const endpoint = this.changeable(input.EndpointName);
    const { fleet } = endpoint;
    if (!fleet) throw validation(`Cannot update endpoint "${endpoint.arn}" without variants.`);
    const changes = input.DesiredWeightsAndCapacities as {
      VariantName: string;
      DesiredWeight?: number;
      DesiredInstanceCount?: number;
    }[];
    const unknown = changes
      .filter((change) => !fleet.variant(change.VariantName))
      .map((change) => change.VariantName);
    if (unknown.length > 0)
      throw validation(`Could not find variants ${JSON.stringify(unknown)} in endpoint "${endpoint.arn}".`);
    for (const change of changes) {
      refuseUnsupported("DesiredWeightsAndCapacities", change, ["ServerlessUpdateConfig"]);
      const variant = fleet.variant(change.VariantName);
      if (variant && change.DesiredWeight !== undefined) variant.desiredWeight = change.DesiredWeight;
      if (variant && change.DesiredInstanceCount !== undefined)
        variant.desiredInstanceCount = change.DesiredInstanceCount;
    }
    endpoint.status = "Updating";
    endpoint.lastModifiedTime = new Date(this.service.kernel.clock.now());
    emitEndpointState(this.service, endpoint);
    later(this.service.kernel, this.service.timings.weightsUpdateMs, `weights:${endpoint.name}`, async () => {
      for (const variant of fleet.production) {
        variant.currentWeight = variant.desiredWeight;
        variant.currentInstanceCount = variant.desiredInstanceCount;
      }
      endpoint.status = "InService";
      endpoint.lastModifiedTime = new Date(this.service.kernel.clock.now());
      emitEndpointState(this.service, endpoint);
    });
    return { EndpointArn: endpoint.arn };
  }

  private delete(input: Input): object {
    const endpoint = this.get(input.EndpointName);
    if (endpoint.status !== "InService" && endpoint.status !== "Failed") {
      throw validation(`Cannot update in-progress endpoint "${endpoint.arn}".`);
    }
    endpoint.status = "Deleting";
    emitEndpointState(this.service, endpoint);
    later(this.service.kernel, this.service.timings.endpointDeleteMs, `delete:${endpoint.name}`, async () => {
      await this.captures.flushAll(endpoint.name);
      await endpoint.fleet?.stop();
      await this.service.scaling.forgetEndpoint(endpoint.name);
      this.byName.delete(endpoint.name.toLowerCase());
      this.service.tags.forget(endpoint.arn);
    });
    return {};
  }

  private list(input: Input): object {
    const found = [...this.byName.values()].filter(
      (e) =>
        (!input.NameContains || e.name.includes(input.NameContains)) &&
        (!input.StatusEquals || e.status === input.StatusEquals),
    );
    if (input.SortOrder !== "Ascending") found.reverse();
    const { items, NextToken } = page(found, input);
    return {
      Endpoints: items.map((e) => ({
        EndpointName: e.name,
        EndpointArn: e.arn,
        CreationTime: e.creationTime,
        LastModifiedTime: e.lastModifiedTime,
        EndpointStatus: e.status,
      })),
      NextToken,
    };
  }
}

function requireSameVariants(endpoint: Endpoint, config: EndpointConfig): void {
  const names = (variants: readonly { VariantName: string }[]): string =>
    JSON.stringify(variants.map((v) => v.VariantName).sort());
  const before = names((endpoint.fleet?.production ?? []).map(({ spec }) => spec));
  const after = names(config.ProductionVariants);
  if (before === after) return;
  throw validation(
    `Deployment guardrails need the same variant names before and after: expected ${before}, got ${after}; update without DeploymentConfig or keep the names.`,
  );
}

/** RetainAllVariantProperties: weights, counts and data capture of the live variants go on, except what is excluded. */
function retain(config: EndpointConfig, endpoint: Endpoint, input: Input): EndpointConfig {
  if (!input.RetainAllVariantProperties || !endpoint.fleet) return config;
  const { fleet } = endpoint;
  const excluded = new Set(
    (input.ExcludeRetainedVariantProperties ?? []).map(
      (p: { VariantPropertyType: string }) => p.VariantPropertyType,
    ),
  );
  const keep = (spec: ProductionVariant): ProductionVariant => {
    const live = fleet.variant(spec.VariantName);
    if (!live) return spec;
    return {
      ...spec,
      ...(excluded.has("DesiredWeight") ? {} : { InitialVariantWeight: live.desiredWeight }),
      ...(excluded.has("DesiredInstanceCount") ? {} : { InitialInstanceCount: live.desiredInstanceCount }),
    };
  };
  const { DataCaptureConfig: capture, ...rest } = config;
  const kept = excluded.has("DataCaptureConfig") ? capture : fleet.config.DataCaptureConfig;
  return {
    ...rest,
    ...(kept ? { DataCaptureConfig: kept } : {}),
    ProductionVariants: config.ProductionVariants.map(keep),
  };
}
