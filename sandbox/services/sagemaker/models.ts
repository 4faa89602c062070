/** CreateModel and its siblings. */
import type { Operation } from "../../kernel/types.ts";
import { arnOf, page, refuseUnsupported, type Sagemaker, validation } from "./common.ts";
import { requirePlayedImage } from "./image.ts";
import type { ModelPackage } from "./registry.ts";

export interface ContainerDefinition {
  readonly Image?: string;
  readonly ModelDataUrl?: string;
  readonly ModelDataSource?: {
    readonly S3DataSource?: { readonly S3Uri: string; readonly CompressionType: string };
  };
  readonly Environment?: Readonly<Record<string, string>>;
  readonly ModelPackageName?: string;
  readonly ContainerHostname?: string;
  readonly Mode?: string;
}

export interface Model {
  readonly ModelName: string;
  readonly ModelArn: string;
  readonly PrimaryContainer: ContainerDefinition;
  readonly ExecutionRoleArn: string;
  readonly EnableNetworkIsolation: boolean;
  readonly VpcConfig?: unknown;
  readonly CreationTime: Date;
}

/** What a container of a model runs: image, artifact and environment, with a model package resolved. */
export interface ResolvedContainer {
  readonly image: string;
  readonly modelDataUrl: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

export class ModelStore {
  readonly byName = new Map<string, Model>();
  private readonly service: Sagemaker;
  private readonly packages: (arn: string) => ModelPackage | undefined;

  constructor(service: Sagemaker, packages: (arn: string) => ModelPackage | undefined) {
    this.service = service;
    this.packages = packages;
  }

  /** Throws ValidationException when absent. */
  get(name: string): Model {
    const model = this.byName.get(name);
    if (!model)
      throw validation(
        `Could not find model "${arnOf(this.service.kernel, `model/${name.toLowerCase()}`)}".`,
      );
    return model;
  }

  resolve(container: ContainerDefinition): ResolvedContainer {
    const source = container.ModelDataSource?.S3DataSource;
    if (source && source.CompressionType !== "Gzip") {
      throw validation(
        `The Sluice sandbox supports ModelDataSource with CompressionType Gzip only, got ${JSON.stringify(source.CompressionType)}`,
      );
    }
    if (!container.ModelPackageName) {
      if (!container.Image)
        throw validation("Container definition: expected Image or ModelPackageName, got neither.");
      return {
        image: container.Image,
        modelDataUrl: container.ModelDataUrl ?? source?.S3Uri,
        environment: container.Environment ?? {},
      };
    }
    const registered = this.packages(container.ModelPackageName);
    if (!registered) throw validation(`Could not find model package "${container.ModelPackageName}".`);
    const inner = registered.InferenceSpecification?.Containers?.[0];
    if (!inner)
      throw validation(`Model package "${container.ModelPackageName}" has no inference specification.`);
    if (registered.ModelPackageGroupName && registered.ModelApprovalStatus !== "Approved") {
      throw validation(
        `Model package "${container.ModelPackageName}" is not approved (status ${registered.ModelApprovalStatus}).`,
      );
    }
    return {
      image: inner.Image,
      modelDataUrl: inner.ModelDataUrl,
      environment: { ...inner.Environment, ...container.Environment },
    };
  }

  operations(): Record<string, Operation> {
    return {
      CreateModel: (input) => this.create(input),
      DescribeModel: (input) => this.get(input.ModelName),
      DeleteModel: (input) => {
        const model = this.get(input.ModelName);
        this.byName.delete(model.ModelName);
        this.service.tags.forget(model.ModelArn);
        this.emit(model, "DELETED");
        return {};
      },
      ListModels: (input) => {
        const found = [...this.byName.values()].filter(
          (m) => !input.NameContains || m.ModelName.includes(input.NameContains),
        );
        if (input.SortOrder !== "Ascending") found.reverse();
        const { items, NextToken } = page(found, input);
        return {
          Models: items.map(({ ModelName, ModelArn, CreationTime }) => ({
            ModelName,
            ModelArn,
            CreationTime,
          })),
          NextToken,
        };
      },
    };
  }

  // biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
  private create(input: any): { ModelArn: string } {
    const { kernel, tags } = this.service;
    refuseUnsupported("CreateModel", input, ["InferenceExecutionConfig"]);
    const arn = arnOf(kernel, `model/${input.ModelName.toLowerCase()}`);
    if (this.byName.has(input.ModelName)) throw validation(`Cannot create already existing model "${arn}".`);
    const containers: ContainerDefinition[] =
      input.Containers ?? (input.PrimaryContainer ? [input.PrimaryContainer] : []);
    if (input.Containers && input.PrimaryContainer)
      throw validation("Specify either PrimaryContainer or Containers, not both.");
    const [container] = containers;
    if (!container) throw validation("Specify either PrimaryContainer or Containers.");
    if (containers.length > 1)
      throw validation(
        "The Sluice sandbox does not support inference pipelines (several Containers); give one PrimaryContainer",
      );
    if (!input.ExecutionRoleArn) throw validation("ExecutionRoleArn is required to create a model.");
    if (!kernel.canAssume(input.ExecutionRoleArn, "sagemaker.amazonaws.com")) {
      throw validation(
        `Could not assume role ${input.ExecutionRoleArn}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.`,
      );
    }
    requirePlayedImage("PrimaryContainer.Image", this.resolve(container).image);
    const model: Model = {
      ModelName: input.ModelName,
      ModelArn: arn,
      PrimaryContainer: { Mode: "SingleModel", ...container },
      ExecutionRoleArn: input.ExecutionRoleArn,
      EnableNetworkIsolation: input.EnableNetworkIsolation ?? false,
      ...(input.VpcConfig ? { VpcConfig: input.VpcConfig } : {}),
      CreationTime: new Date(kernel.clock.now()),
    };
    tags.add(arn, input.Tags);
    this.byName.set(model.ModelName, model);
    this.emit(model, "CREATED");
    return { ModelArn: arn };
  }

  private emit(model: Model, status: string): void {
    this.service.kernel.emitEvent({
      source: "aws.sagemaker",
      "detail-type": "SageMaker Model State Change",
      detail: {
        ModelName: model.ModelName,
        ModelArn: model.ModelArn,
        PrimaryContainer: model.PrimaryContainer,
        ExecutionRoleArn: model.ExecutionRoleArn,
        CreationTime: model.CreationTime.getTime(),
        ModelStatus: status,
        Tags: this.service.tags.asObject(model.ModelArn),
      },
      resources: [model.ModelArn],
    });
  }
}
