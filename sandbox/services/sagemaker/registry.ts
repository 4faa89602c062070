/** Model package groups and model packages. */
import { type Operation, ServiceError } from "../../kernel/types.ts";
import { arnOf, later, page, refuseUnsupported, type Sagemaker, validation } from "./common.ts";

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
type Input = any;

interface PackageContainer {
  readonly Image: string;
  readonly ModelDataUrl?: string;
  readonly Environment?: Readonly<Record<string, string>>;
}

export interface ModelPackageGroup {
  readonly ModelPackageGroupName: string;
  readonly ModelPackageGroupArn: string;
  readonly ModelPackageGroupDescription?: string;
  readonly CreationTime: Date;
  readonly ModelPackageGroupStatus: "Completed";
  policy: string | undefined;
  /** Versions are never used twice, also after deletion. */
  versions: number;
}

export interface ModelPackage {
  readonly ModelPackageArn: string;
  readonly ModelPackageName?: string;
  readonly ModelPackageGroupName?: string;
  readonly ModelPackageVersion?: number;
  readonly CreationTime: Date;
  readonly InferenceSpecification?: { readonly Containers?: readonly PackageContainer[] };
  readonly MetadataProperties?: unknown;
  readonly ModelMetrics?: unknown;
  readonly CustomerMetadataProperties?: Readonly<Record<string, string>>;
  LastModifiedTime: Date;
  ModelPackageStatus: "Pending" | "InProgress" | "Completed" | "Failed";
  ModelApprovalStatus?: string;
  ApprovalDescription?: string;
}

const accepted = [
  "ModelPackageGroupName",
  "ModelPackageName",
  "ModelPackageDescription",
  "InferenceSpecification",
  "ModelApprovalStatus",
  "MetadataProperties",
  "ModelMetrics",
  "DriftCheckBaselines",
  "CustomerMetadataProperties",
  "Domain",
  "Task",
  "SamplePayloadUrl",
  "SkipModelValidation",
  "SourceUri",
  "ModelCard",
  "ModelLifeCycle",
  "CertifyForMarketplace",
] as const;

export class Registry {
  private readonly groups = new Map<string, ModelPackageGroup>();
  private readonly packages = new Map<string, ModelPackage>();
  private readonly clientTokens = new Map<string, string>();
  private readonly service: Sagemaker;

  constructor(service: Sagemaker) {
    this.service = service;
  }

  find(arn: string): ModelPackage | undefined {
    return this.packages.get(arn);
  }

  has(arn: string): boolean {
    return (
      this.packages.has(arn) || [...this.groups.values()].some((group) => group.ModelPackageGroupArn === arn)
    );
  }

  operations(): Record<string, Operation> {
    return {
      CreateModelPackageGroup: (input) => this.createGroup(input),
      DescribeModelPackageGroup: (input) => {
        const { policy: _policy, versions: _versions, ...group } = this.group(input.ModelPackageGroupName);
        return group;
      },
      ListModelPackageGroups: (input) => {
        const all = [...this.groups.values()].map(
          ({ policy: _policy, versions: _versions, ...group }) => group,
        );
        const { items, NextToken } = page(all, input);
        return { ModelPackageGroupSummaryList: items, NextToken };
      },
      DeleteModelPackageGroup: (input) => this.deleteGroup(input),
      PutModelPackageGroupPolicy: (input) => {
        const group = this.group(input.ModelPackageGroupName);
        group.policy = input.ResourcePolicy;
        return { ModelPackageGroupArn: group.ModelPackageGroupArn };
      },
      GetModelPackageGroupPolicy: (input) => {
        const { policy, ModelPackageGroupArn } = this.group(input.ModelPackageGroupName);
        if (policy === undefined)
          throw validation(`Cannot find Policy for ModelPackageGroup ${ModelPackageGroupArn}.`);
        return { ResourcePolicy: policy };
      },
      DeleteModelPackageGroupPolicy: (input) => {
        this.group(input.ModelPackageGroupName).policy = undefined;
        return {};
      },
      CreateModelPackage: (input) => this.create(input),
      DescribeModelPackage: (input) => this.get(input.ModelPackageName),
      UpdateModelPackage: (input) => this.update(input),
      ListModelPackages: (input) => this.list(input),
      DeleteModelPackage: (input) => {
        const found = this.get(input.ModelPackageName);
        this.packages.delete(found.ModelPackageArn);
        this.service.tags.forget(found.ModelPackageArn);
        return {};
      },
    };
  }

  /** By name or ARN. */
  private group(nameOrArn: string): ModelPackageGroup {
    const name = nameOrArn.startsWith("arn:") ? (nameOrArn.split("/").at(-1) ?? "") : nameOrArn;
    const group = this.groups.get(name.toLowerCase());
    if (!group) {
      throw validation(
        `ModelPackageGroup ${arnOf(this.service.kernel, `model-package-group/${name.toLowerCase()}`)} does not exist.`,
      );
    }
    return group;
  }

  private get(nameOrArn: string): ModelPackage {
    const arn = nameOrArn.startsWith("arn:")
      ? nameOrArn
      : arnOf(this.service.kernel, `model-package/${nameOrArn.toLowerCase()}`);
    const found = this.packages.get(arn);
    if (!found) throw validation(`ModelPackage ${arn} does not exist.`);
    return found;
  }

  private createGroup(input: Input): { ModelPackageGroupArn: string } {
    refuseUnsupported("CreateModelPackageGroup", input, ["ManagedConfiguration"]);
    const name: string = input.ModelPackageGroupName;
    const arn = arnOf(this.service.kernel, `model-package-group/${name.toLowerCase()}`);
    if (this.groups.has(name.toLowerCase())) throw validation(`Model Package Group already exists: ${arn}`);
    this.groups.set(name.toLowerCase(), {
      ModelPackageGroupName: name,
      ModelPackageGroupArn: arn,
      ...(input.ModelPackageGroupDescription
        ? { ModelPackageGroupDescription: input.ModelPackageGroupDescription }
        : {}),
      CreationTime: new Date(this.service.kernel.clock.now()),
      ModelPackageGroupStatus: "Completed",
      policy: undefined,
      versions: 0,
    });
    this.service.tags.add(arn, input.Tags);
    return { ModelPackageGroupArn: arn };
  }

  private deleteGroup(input: Input): object {
    const group = this.group(input.ModelPackageGroupName);
    const left = [...this.packages.values()].filter(
      (p) => p.ModelPackageGroupName === group.ModelPackageGroupName,
    );
    if (left.length > 0) {
      throw new ServiceError(
        "ConflictException",
        `Cannot delete model package group ${group.ModelPackageGroupArn} because it contains ${left.length} model packages.`,
      );
    }
    this.groups.delete(group.ModelPackageGroupName.toLowerCase());
    this.service.tags.forget(group.ModelPackageGroupArn);
    return {};
  }

  private create(input: Input): { ModelPackageArn: string } {
    const { kernel, tags, timings } = this.service;
    refuseUnsupported("CreateModelPackage", input, [
      "SourceAlgorithmSpecification",
      "ValidationSpecification",
      "AdditionalInferenceSpecifications",
      "SecurityConfig",
    ]);
    const repeated = input.ClientToken ? this.clientTokens.get(input.ClientToken) : undefined;
    if (repeated) return { ModelPackageArn: repeated };
    if (Boolean(input.ModelPackageGroupName) === Boolean(input.ModelPackageName)) {
      throw validation("Specify either ModelPackageGroupName (versioned) or ModelPackageName (unversioned).");
    }
    const group = input.ModelPackageGroupName ? this.group(input.ModelPackageGroupName) : undefined;
    if (group && input.Tags)
      throw validation("Tags cannot be set on a versioned model package; tag the model package group.");
    if (group) group.versions += 1;
    const path = group
      ? `${group.ModelPackageGroupName.toLowerCase()}/${group.versions}`
      : input.ModelPackageName.toLowerCase();
    const arn = arnOf(kernel, `model-package/${path}`);
    if (this.packages.has(arn)) throw validation(`Model Package already exists: ${arn}`);
    const now = new Date(kernel.clock.now());
    const given = Object.fromEntries(
      accepted.filter((field) => input[field] !== undefined).map((field) => [field, input[field]]),
    );
    const created: ModelPackage = {
      ...given,
      ModelPackageArn: arn,
      ...(group
        ? { ModelPackageGroupName: group.ModelPackageGroupName, ModelPackageVersion: group.versions }
        : {}),
      ...(group ? { ModelApprovalStatus: input.ModelApprovalStatus ?? "PendingManualApproval" } : {}),
      CreationTime: now,
      LastModifiedTime: now,
      ModelPackageStatus: "InProgress",
    };
    this.packages.set(arn, created);
    tags.add(arn, input.Tags);
    if (input.ClientToken) this.clientTokens.set(input.ClientToken, arn);
    later(kernel, timings.modelPackageMs, `package:${path}`, async () => {
      created.ModelPackageStatus = "Completed";
      this.emit(created);
    });
    return { ModelPackageArn: arn };
  }

  private update(input: Input): { ModelPackageArn: string } {
    refuseUnsupported("UpdateModelPackage", input, ["AdditionalInferenceSpecificationsToAdd"]);
    const found = this.get(input.ModelPackageArn);
    const fields = [
      "ModelApprovalStatus",
      "ApprovalDescription",
      "InferenceSpecification",
      "SourceUri",
      "ModelCard",
      "ModelLifeCycle",
    ];
    const changes = Object.fromEntries(
      fields.filter((field) => input[field] !== undefined).map((field) => [field, input[field]]),
    );
    const metadata: Record<string, string> = {
      ...found.CustomerMetadataProperties,
      ...input.CustomerMetadataProperties,
    };
    for (const key of input.CustomerMetadataPropertiesToRemove ?? []) delete metadata[key];
    const now = new Date(this.service.kernel.clock.now());
    Object.assign(found, changes, { LastModifiedTime: now });
    if (Object.keys(metadata).length > 0) Object.assign(found, { CustomerMetadataProperties: metadata });
    this.emit(found);
    return { ModelPackageArn: found.ModelPackageArn };
  }

  private list(input: Input): object {
    const group = input.ModelPackageGroupName ? this.group(input.ModelPackageGroupName) : undefined;
    const found = [...this.packages.values()]
      .filter(
        (p) => p.ModelPackageGroupName === group?.ModelPackageGroupName || input.ModelPackageType === "Both",
      )
      .filter((p) => !input.ModelApprovalStatus || p.ModelApprovalStatus === input.ModelApprovalStatus)
      .filter((p) => !input.CreationTimeAfter || p.CreationTime > input.CreationTimeAfter);
    if (input.SortOrder !== "Ascending") found.reverse();
    const { items, NextToken } = page(found, input);
    const fields = [
      "ModelPackageName",
      "ModelPackageGroupName",
      "ModelPackageVersion",
      "ModelPackageArn",
      "ModelPackageDescription",
      "CreationTime",
      "ModelPackageStatus",
      "ModelApprovalStatus",
    ];
    const pick = (p: ModelPackage): object =>
      Object.fromEntries(Object.entries(p).filter(([key]) => fields.includes(key)));
    return { ModelPackageSummaryList: items.map(pick), NextToken };
  }

  private emit(found: ModelPackage): void {
    const { CreationTime, LastModifiedTime, ...rest } = found;
    const fields = [
      "ModelPackageGroupName",
      "ModelPackageVersion",
      "ModelPackageArn",
      "InferenceSpecification",
      "ModelPackageStatus",
      "ModelApprovalStatus",
      "MetadataProperties",
      "ModelMetrics",
    ];
    this.service.kernel.emitEvent({
      source: "aws.sagemaker",
      "detail-type": "SageMaker Model Package State Change",
      detail: {
        ...Object.fromEntries(Object.entries(rest).filter(([key]) => fields.includes(key))),
        CreationTime: CreationTime.getTime(),
        LastModifiedTime: LastModifiedTime.getTime(),
        Tags: this.service.tags.asObject(found.ModelPackageArn),
      },
      resources: [found.ModelPackageArn],
    });
  }
}
