/** SageMaker: control plane and runtime over real local processes. What it does not play it refuses by name. */
import type { Kernel, SandboxService } from "../../kernel/types.ts";
import { CaptureWriter } from "./capture.ts";
import { arnOf, type Sagemaker, type Scaling, UNSCALED } from "./common.ts";
import { ContainerHost } from "./containerHost.ts";
import { EndpointConfigStore } from "./endpointConfigs.ts";
import { EndpointStore } from "./endpoints.ts";
import { Runtime } from "./invoke.ts";
import { ModelStore } from "./models.ts";
import { Registry } from "./registry.ts";
import { TagStore, tagOperations } from "./tags.ts";
import { defaultTimings, defaultWatchdogs, type Timings, type Watchdogs } from "./timings.ts";
import { TrainingJobStore } from "./trainingJobs.ts";
import { TransformJobStore } from "./transformJobs.ts";

export interface SagemakerOptions {
  readonly timings?: Partial<Timings>;
  readonly watchdogs?: Partial<Watchdogs>;
}

/** Resource types by the input field that names them; IAM checks these ARNs. */
const named: readonly (readonly [field: string, type: string, actions: RegExp])[] = [
  ["EndpointName", "endpoint", /Endpoint/],
  ["EndpointConfigName", "endpoint-config", /EndpointConfig|CreateEndpoint$|UpdateEndpoint$/],
  ["ModelName", "model", /Model$/],
  ["ModelPackageGroupName", "model-package-group", /ModelPackageGroup|CreateModelPackage$/],
  ["ModelPackageName", "model-package", /ModelPackage$/],
  ["ModelPackageArn", "model-package", /ModelPackage$/],
  ["TrainingJobName", "training-job", /TrainingJob$/],
  ["TransformJobName", "transform-job", /TransformJob$/],
  ["ResourceArn", "", /Tags$/],
];

function resources(kernel: Kernel): SandboxService["resources"] {
  return (action, input) => {
    if (action.startsWith("List") && action !== "ListTags") return ["*"];
    const arns = named.flatMap(([field, type, actions]) => {
      const value = input[field];
      if (typeof value !== "string" || !actions.test(action)) return [];
      return [value.startsWith("arn:") ? value : arnOf(kernel, `${type}/${value.toLowerCase()}`)];
    });
    // A new version is checked as a package of its group too.
    if (action === "CreateModelPackage" && typeof input.ModelPackageGroupName === "string") {
      const group = input.ModelPackageGroupName.split("/").at(-1)?.toLowerCase() ?? "";
      arns.push(arnOf(kernel, `model-package/${group}/*`));
    }
    return arns.length > 0 ? arns : ["*"];
  };
}

/** Tags in a create request need the permission to tag as well. */
function permissions(kernel: Kernel): NonNullable<SandboxService["permissions"]> {
  const resourcesOf = resources(kernel);
  return (action, input) => {
    if (!action.startsWith("Create") || !Array.isArray(input.Tags) || input.Tags.length === 0)
      return undefined;
    const found = resourcesOf(action, input);
    return [
      ...found.map((resource) => ({ action: `sagemaker:${action}`, resource })),
      ...found.slice(0, 1).map((resource) => ({ action: "sagemaker:AddTags", resource })),
    ];
  };
}

export function createSagemakerServices(
  kernel: Kernel,
  options: SagemakerOptions = {},
  scaling: Scaling = UNSCALED,
): SandboxService[] {
  const service: Sagemaker = {
    kernel,
    host: new ContainerHost(kernel),
    tags: new TagStore(),
    timings: { ...defaultTimings, ...options.timings },
    watchdogs: { ...defaultWatchdogs, ...options.watchdogs },
    scaling,
  };
  const registry = new Registry(service);
  const models = new ModelStore(service, (arn) => registry.find(arn));
  const configs = new EndpointConfigStore(service, models);
  const captures = new CaptureWriter(service);
  const endpoints = new EndpointStore(service, models, configs, captures);
  const training = new TrainingJobStore(service);
  const transforms = new TransformJobStore(service, models);
  const exists = (arn: string): boolean =>
    registry.has(arn) ||
    training.has(arn) ||
    transforms.has(arn) ||
    [...models.byName.values()].some((m) => m.ModelArn === arn) ||
    [...configs.byName.values()].some((c) => c.EndpointConfigArn === arn) ||
    [...endpoints.byName.values()].some((e) => e.arn === arn);
  return [
    {
      signingName: "sagemaker",
      modelName: "sagemaker",
      operations: {
        ...models.operations(),
        ...configs.operations(),
        ...endpoints.operations(),
        ...registry.operations(),
        ...training.operations(),
        ...transforms.operations(),
        ...tagOperations(service.tags, exists),
      },
      resources: resources(kernel),
      permissions: permissions(kernel),
      stop: async () => {
        await endpoints.stop();
        await service.host.stop();
      },
    },
    {
      signingName: "sagemaker",
      modelName: "sagemaker-runtime",
      operations: new Runtime(service, endpoints, captures).operations(),
      resources: resources(kernel),
    },
  ];
}
