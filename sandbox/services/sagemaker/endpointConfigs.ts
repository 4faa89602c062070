/** CreateEndpointConfig and its siblings. */
import type { Operation } from "../../kernel/types.ts";
import { arnOf, page, refuseUnsupported, type Sagemaker, validation } from "./common.ts";
import type { ModelStore } from "./models.ts";

export interface ProductionVariant {
  readonly VariantName: string;
  readonly ModelName: string;
  readonly InstanceType: string;
  readonly InitialInstanceCount: number;
  readonly InitialVariantWeight: number;
  readonly ContainerStartupHealthCheckTimeoutInSeconds?: number;
  readonly ModelDataDownloadTimeoutInSeconds?: number;
}

export interface DataCaptureConfig {
  readonly EnableCapture: boolean;
  readonly InitialSamplingPercentage: number;
  readonly DestinationS3Uri: string;
  readonly KmsKeyId?: string;
  readonly CaptureOptions: readonly { readonly CaptureMode: string }[];
  readonly CaptureContentTypeHeader?: {
    readonly CsvContentTypes?: readonly string[];
    readonly JsonContentTypes?: readonly string[];
  };
}

export interface EndpointConfig {
  readonly EndpointConfigName: string;
  readonly EndpointConfigArn: string;
  readonly ProductionVariants: readonly ProductionVariant[];
  readonly ShadowProductionVariants: readonly ProductionVariant[];
  readonly DataCaptureConfig?: DataCaptureConfig;
  readonly KmsKeyId?: string;
  readonly ExecutionRoleArn?: string;
  readonly CreationTime: Date;
}

const unsupported = ["AsyncInferenceConfig", "ExplainerConfig", "VpcConfig", "EnableNetworkIsolation"];
const unsupportedOfVariant = [
  "ServerlessConfig",
  "AcceleratorType",
  "InstancePools",
  "ManagedInstanceScaling",
  "CoreDumpConfig",
  "CapacityReservationConfig",
];

export class EndpointConfigStore {
  readonly byName = new Map<string, EndpointConfig>();
  private readonly service: Sagemaker;
  private readonly models: ModelStore;

  constructor(service: Sagemaker, models: ModelStore) {
    this.service = service;
    this.models = models;
  }

  arn(name: string): string {
    return arnOf(this.service.kernel, `endpoint-config/${name.toLowerCase()}`);
  }

  /** Throws ValidationException when absent. */
  get(name: string): EndpointConfig {
    const config = this.byName.get(name);
    if (!config) throw validation(`Could not find endpoint configuration "${this.arn(name)}".`);
    return config;
  }

  operations(): Record<string, Operation> {
    return {
      CreateEndpointConfig: (input) => this.create(input),
      DescribeEndpointConfig: (input) => {
        const { ShadowProductionVariants, ...config } = this.get(input.EndpointConfigName);
        return ShadowProductionVariants.length > 0 ? { ...config, ShadowProductionVariants } : config;
      },
      DeleteEndpointConfig: (input) => {
        const config = this.get(input.EndpointConfigName);
        // AWS does not stop anyone from deleting a live configuration, so neither does the sandbox.
        this.byName.delete(config.EndpointConfigName);
        this.service.tags.forget(config.EndpointConfigArn);
        this.emit(config, "DELETED");
        return {};
      },
      ListEndpointConfigs: (input) => {
        const found = [...this.byName.values()].filter(
          (c) => !input.NameContains || c.EndpointConfigName.includes(input.NameContains),
        );
        if (input.SortOrder !== "Ascending") found.reverse();
        const { items, NextToken } = page(found, input);
        return {
          EndpointConfigs: items.map(({ EndpointConfigName, EndpointConfigArn, CreationTime }) => ({
            EndpointConfigName,
            EndpointConfigArn,
            CreationTime,
          })),
          NextToken,
        };
      },
    };
  }

  // biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
  private create(input: any): { EndpointConfigArn: string } {
    refuseUnsupported("CreateEndpointConfig", input, unsupported);
    const arn = this.arn(input.EndpointConfigName);
    if (this.byName.has(input.EndpointConfigName))
      throw validation(`Cannot create already existing endpoint configuration "${arn}".`);
    const variants = input.ProductionVariants.map((v: Record<string, unknown>) => this.variant(v));
    const shadows = (input.ShadowProductionVariants ?? []).map((v: Record<string, unknown>) =>
      this.variant(v),
    );
    checkVariants(variants, shadows);
    if (input.DataCaptureConfig && !/^s3:\/\/[^/]+(\/.*)?$/.test(input.DataCaptureConfig.DestinationS3Uri)) {
      throw validation(
        `DataCaptureConfig.DestinationS3Uri: expected an S3 URI, got "${input.DataCaptureConfig.DestinationS3Uri}".`,
      );
    }
    const config: EndpointConfig = {
      EndpointConfigName: input.EndpointConfigName,
      EndpointConfigArn: arn,
      ProductionVariants: variants,
      ShadowProductionVariants: shadows,
      ...(input.DataCaptureConfig
        ? { DataCaptureConfig: { EnableCapture: true, ...input.DataCaptureConfig } }
        : {}),
      ...(input.KmsKeyId ? { KmsKeyId: input.KmsKeyId } : {}),
      ...(input.ExecutionRoleArn ? { ExecutionRoleArn: input.ExecutionRoleArn } : {}),
      CreationTime: new Date(this.service.kernel.clock.now()),
    };
    this.service.tags.add(arn, input.Tags);
    this.byName.set(config.EndpointConfigName, config);
    this.emit(config, "CREATED");
    return { EndpointConfigArn: arn };
  }

  private variant(given: Record<string, unknown>): ProductionVariant {
    refuseUnsupported("ProductionVariant", given, unsupportedOfVariant);
    const missing = ["ModelName", "InstanceType", "InitialInstanceCount"].filter(
      (field) => given[field] === undefined,
    );
    if (missing.length > 0) {
      throw validation(
        `ProductionVariant "${String(given.VariantName)}": expected ${missing.join(", ")}, got nothing (inference components are not supported by the Sluice sandbox).`,
      );
    }
    const model = this.models.get(String(given.ModelName));
    return { InitialVariantWeight: 1, ...given, ModelName: model.ModelName } as unknown as ProductionVariant;
  }

  private emit(config: EndpointConfig, status: string): void {
    this.service.kernel.emitEvent({
      source: "aws.sagemaker",
      "detail-type": "SageMaker Endpoint Config State Change",
      detail: {
        EndpointConfigName: config.EndpointConfigName,
        EndpointConfigArn: config.EndpointConfigArn,
        ProductionVariants: config.ProductionVariants,
        CreationTime: config.CreationTime.getTime(),
        EndpointConfigStatus: status,
        Tags: this.service.tags.asObject(config.EndpointConfigArn),
      },
      resources: [config.EndpointConfigArn],
    });
  }
}

function checkVariants(variants: readonly ProductionVariant[], shadows: readonly ProductionVariant[]): void {
  const names = [...variants, ...shadows].map((v) => v.VariantName);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw validation(
      `Duplicate variant name "${twice}": variant names must be unique in an endpoint configuration.`,
    );
  if (shadows.length > 0 && (shadows.length > 1 || variants.length > 1)) {
    throw validation("Shadow variants need exactly one production variant and exactly one shadow variant.");
  }
  if (variants.reduce((sum, v) => sum + v.InitialVariantWeight, 0) <= 0) {
    throw validation("The sum of InitialVariantWeight of all production variants must be greater than 0.");
  }
}
