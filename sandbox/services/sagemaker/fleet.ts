/** The instances behind one endpoint configuration: one process per variant stands for all of its instances. */

import { messageOf, type Sagemaker, unitHash } from "./common.ts";
import type { EndpointConfig, ProductionVariant } from "./endpointConfigs.ts";
import type { Model, ModelStore } from "./models.ts";
import { ServingContainer, StartError } from "./serving.ts";

const defaultHealthCheckSeconds = 240;

export interface Variant {
  readonly spec: ProductionVariant;
  readonly model: Model;
  readonly image: string;
  readonly container: ServingContainer;
  currentWeight: number;
  desiredWeight: number;
  currentInstanceCount: number;
  desiredInstanceCount: number;
}

/** A fleet that did not come up. `afterMs` is how much virtual time AWS would have needed to notice. */
export class FleetError extends Error {
  readonly afterMs: number;
  constructor(message: string, afterMs: number) {
    super(message);
    this.name = "FleetError";
    this.afterMs = afterMs;
  }
}

export class Fleet {
  readonly config: EndpointConfig;
  readonly production: readonly Variant[];
  readonly shadow: readonly Variant[];

  private constructor(config: EndpointConfig, production: readonly Variant[], shadow: readonly Variant[]) {
    this.config = config;
    this.production = production;
    this.shadow = shadow;
  }

  /** Starts every variant; on failure nothing is left behind. Throws {@link FleetError}. */
  static async start(
    service: Sagemaker,
    models: ModelStore,
    endpointName: string,
    config: EndpointConfig,
  ): Promise<Fleet> {
    const make = (spec: ProductionVariant): Variant => prepare(service, models, endpointName, spec);
    let variants: Variant[];
    try {
      variants = [...config.ProductionVariants, ...config.ShadowProductionVariants].map(make);
    } catch (problem) {
      throw new FleetError(messageOf(problem), service.timings.fleetCreateMs);
    }
    const failures: FleetError[] = [];
    // One after the other: two cores, and a start takes milliseconds.
    for (const variant of variants) {
      try {
        await variant.container.start();
      } catch (problem) {
        failures.push(fleetError(service, variant, problem));
      }
    }
    const [failure] = failures;
    if (failure) {
      await Promise.all(variants.map(({ container }) => container.stop()));
      throw failure;
    }
    const count = config.ProductionVariants.length;
    return new Fleet(config, variants.slice(0, count), variants.slice(count));
  }

  get instances(): number {
    return this.production.reduce((sum, variant) => sum + variant.currentInstanceCount, 0);
  }

  variant(name: string): Variant | undefined {
    return this.production.find((variant) => variant.spec.VariantName === name);
  }

  /** The variant for one request; a function of `id` alone, so concurrency does not change who answers. */
  choose(id: string): Variant {
    const total = this.production.reduce((sum, variant) => sum + variant.currentWeight, 0);
    let point = unitHash(`variant|${this.config.EndpointConfigName}|${id}`) * total;
    for (const variant of this.production) {
      point -= variant.currentWeight;
      if (point < 0) return variant;
    }
    const [first] = this.production;
    if (!first) throw new Error("fleet: expected at least one production variant, got none");
    return first;
  }

  /** Shadow variants that get a copy: their weight relative to the production variant's is the share. */
  shadowsFor(id: string, served: Variant): Variant[] {
    return this.shadow.filter((shadow) => {
      const share = served.currentWeight > 0 ? shadow.currentWeight / served.currentWeight : 0;
      return unitHash(`shadow|${this.config.EndpointConfigName}|${id}`) < share;
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.production, ...this.shadow].map(({ container }) => container.stop()));
  }
}

function prepare(
  service: Sagemaker,
  models: ModelStore,
  endpointName: string,
  spec: ProductionVariant,
): Variant {
  const model = models.get(spec.ModelName);
  const container = models.resolve(model.PrimaryContainer);
  const id = service.kernel.uuid();
  return {
    spec,
    model,
    image: container.image,
    container: new ServingContainer(service, {
      label: `endpoint-${id}`,
      roleArn: model.ExecutionRoleArn,
      container,
      logGroup: `/aws/sagemaker/Endpoints/${endpointName}`,
      logStream: `${spec.VariantName}/i-${id.replaceAll("-", "").slice(-17)}`,
    }),
    currentWeight: spec.InitialVariantWeight,
    desiredWeight: spec.InitialVariantWeight,
    currentInstanceCount: spec.InitialInstanceCount,
    desiredInstanceCount: spec.InitialInstanceCount,
  };
}

function fleetError(service: Sagemaker, variant: Variant, problem: unknown): FleetError {
  if (!(problem instanceof StartError))
    return new FleetError(messageOf(problem), service.timings.fleetCreateMs);
  if (!problem.atTimeout) return new FleetError(problem.message, service.timings.fleetCreateMs);
  const seconds = variant.spec.ContainerStartupHealthCheckTimeoutInSeconds ?? defaultHealthCheckSeconds;
  const message = `The primary container for production variant ${variant.spec.VariantName} ${problem.message}`;
  return new FleetError(message, Math.max(seconds * 1000, service.timings.fleetCreateMs));
}
