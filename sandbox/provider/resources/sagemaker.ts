/** SageMaker: model, endpoint configuration, endpoint, model package group, with the traps of the real provider. */
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  type CreateEndpointConfigInput,
  CreateModelCommand,
  type CreateModelInput,
  CreateModelPackageGroupCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DeleteModelPackageGroupCommand,
  type DeploymentConfig,
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  DescribeModelPackageGroupCommand,
  SageMakerClient,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import type * as aws from "@pulumi/aws";
import type { AwsClients } from "../clients.ts";
import { fromAws, toAws } from "../convert.ts";
import { computedReplaces, define, optional, replaces, required, requiredReplaces } from "../definition.ts";
import { orGone } from "../errors.ts";

const MODEL = { maps: ["environment"] };

const model = define<aws.sagemaker.ModelArgs, aws.sagemaker.ModelState>("aws:sagemaker/model:Model", {
  args: {
    name: replaces,
    executionRoleArn: requiredReplaces,
    primaryContainer: replaces,
    containers: replaces,
    enableNetworkIsolation: replaces,
    inferenceExecutionConfig: replaces,
    vpcConfig: replaces,
  },
  autoName: { property: "name", maxLength: 63 },
  async create(clients, args) {
    const { name, ...rest } = args;
    const made = await clients
      .client(SageMakerClient)
      .send(new CreateModelCommand({ ...toAws<CreateModelInput>(rest, MODEL), ModelName: name }));
    return { id: name as string, outputs: { arn: made.ModelArn as string, region: clients.region } };
  },
  async read(clients, id) {
    const found = await orGone(
      clients.client(SageMakerClient).send(new DescribeModelCommand({ ModelName: id })),
    );
    if (!found) return undefined;
    const { ExecutionRoleArn, PrimaryContainer, Containers, ModelArn } = found;
    return {
      ...fromAws<object>({ ExecutionRoleArn, PrimaryContainer, Containers }, MODEL),
      name: id,
      arn: ModelArn as string,
    };
  },
  delete: (clients, id) =>
    orGone(clients.client(SageMakerClient).send(new DeleteModelCommand({ ModelName: id }))),
});

const CONFIG = {
  rename: {
    volumeSizeInGb: "VolumeSizeInGB",
    enableSsmAccess: "EnableSSMAccess",
    memorySizeInMb: "MemorySizeInMB",
  },
};

type Variant = Readonly<Record<string, unknown>>;

/** The provider has lists where the API has one object. */
const toVariants = (given: readonly object[] | undefined) =>
  (given as readonly Variant[] | undefined)?.map(({ routingConfigs, ...rest }) => ({
    ...rest,
    ...(routingConfigs ? { routingConfig: (routingConfigs as object[])[0] } : {}),
  }));
const fromVariants = (live: readonly object[] | undefined) =>
  fromAws<Variant[] | undefined>(live, CONFIG)?.map(({ routingConfig, ...rest }) => ({
    ...rest,
    ...(routingConfig ? { routingConfigs: [routingConfig] } : {}),
  }));

const endpointConfiguration = define<
  aws.sagemaker.EndpointConfigurationArgs,
  aws.sagemaker.EndpointConfigurationState
>("aws:sagemaker/endpointConfiguration:EndpointConfiguration", {
  args: {
    name: replaces,
    productionVariants: requiredReplaces,
    shadowProductionVariants: replaces,
    dataCaptureConfig: replaces,
    asyncInferenceConfig: replaces,
    kmsKeyArn: replaces,
    executionRoleArn: replaces,
  },
  autoName: { property: "name", maxLength: 63 },
  async create(clients, args) {
    const { name, kmsKeyArn, productionVariants, shadowProductionVariants, ...rest } = args;
    const variants = {
      productionVariants: toVariants(productionVariants),
      shadowProductionVariants: toVariants(shadowProductionVariants),
    };
    const made = await clients.client(SageMakerClient).send(
      new CreateEndpointConfigCommand({
        ...toAws<CreateEndpointConfigInput>({ ...rest, ...variants }, CONFIG),
        EndpointConfigName: name,
        ...(kmsKeyArn ? { KmsKeyId: kmsKeyArn } : {}),
      }),
    );
    return { id: name as string, outputs: { arn: made.EndpointConfigArn as string, region: clients.region } };
  },
  async read(clients, id) {
    const found = await orGone(
      clients.client(SageMakerClient).send(new DescribeEndpointConfigCommand({ EndpointConfigName: id })),
    );
    if (!found) return undefined;
    const { DataCaptureConfig, AsyncInferenceConfig, ExecutionRoleArn } = found;
    return {
      ...fromAws<object>({ DataCaptureConfig, AsyncInferenceConfig, ExecutionRoleArn }, CONFIG),
      productionVariants: fromVariants(found.ProductionVariants) as never,
      shadowProductionVariants: fromVariants(found.ShadowProductionVariants) as never,
      kmsKeyArn: found.KmsKeyId as string,
      name: id,
      arn: found.EndpointConfigArn as string,
    };
  },
  delete: (clients, id) =>
    orGone(clients.client(SageMakerClient).send(new DeleteEndpointConfigCommand({ EndpointConfigName: id }))),
});

const POLL_SECONDS = 30;
const CREATE_PATIENCE_SECONDS = 3600;
const DELETE_PATIENCE_SECONDS = 600;

/**
 * Waits like the real provider: `InService` is success, whichever configuration is live then. A guardrail that rolled back is
 * therefore reported as success (aws-facts 0.2); `RollingBack` and failures are errors.
 */
async function inService(clients: AwsClients, name: string): Promise<DescribeEndpointCommandOutput> {
  for (let waited = 0; ; waited += POLL_SECONDS) {
    const live = await clients
      .client(SageMakerClient)
      .send(new DescribeEndpointCommand({ EndpointName: name }));
    if (live.EndpointStatus === "InService") return live;
    if (!["Creating", "Updating", "SystemUpdating"].includes(live.EndpointStatus ?? ""))
      throw new Error(
        `endpoint ${name}: expected status InService, got ${live.EndpointStatus}${live.FailureReason ? `: ${live.FailureReason}` : ""}`,
      );
    if (waited >= CREATE_PATIENCE_SECONDS)
      throw new Error(`endpoint ${name}: still ${live.EndpointStatus} after ${CREATE_PATIENCE_SECONDS} s`);
    await clients.waitVirtual(POLL_SECONDS);
  }
}

const endpoint = define<aws.sagemaker.EndpointArgs, aws.sagemaker.EndpointState>(
  "aws:sagemaker/endpoint:Endpoint",
  {
    args: { name: replaces, endpointConfigName: required, deploymentConfig: optional },
    autoName: { property: "name", maxLength: 63 },
    // The block is ForceNew in its count only: adding or removing it replaces the endpoint (aws-facts 0.3).
    replacedBy: (old, now) =>
      (old.deploymentConfig?.autoRollbackConfiguration === undefined) ===
      (now.deploymentConfig?.autoRollbackConfiguration === undefined)
        ? []
        : ["deploymentConfig"],
    async create(clients, args) {
      const name = args.name as string;
      await clients.client(SageMakerClient).send(
        new CreateEndpointCommand({
          EndpointName: name,
          EndpointConfigName: args.endpointConfigName,
          ...(args.deploymentConfig
            ? { DeploymentConfig: toAws<DeploymentConfig>(args.deploymentConfig) }
            : {}),
        }),
      );
      const live = await inService(clients, name);
      return { id: name, outputs: { arn: live.EndpointArn as string, region: clients.region } };
    },
    async read(clients, id) {
      const live = await orGone(
        clients.client(SageMakerClient).send(new DescribeEndpointCommand({ EndpointName: id })),
      );
      if (!live) return undefined;
      return {
        name: id,
        arn: live.EndpointArn as string,
        endpointConfigName: live.EndpointConfigName as string,
        // What a rollout deployed with comes back as if it were an argument (aws-facts 0.3).
        ...(live.LastDeploymentConfig ? { deploymentConfig: fromAws(live.LastDeploymentConfig) } : {}),
      };
    },
    async update(clients, id, args) {
      // Nothing is retained: instance counts and weights go back to the configuration's (aws-facts 8.2).
      await clients.client(SageMakerClient).send(
        new UpdateEndpointCommand({
          EndpointName: id,
          EndpointConfigName: args.endpointConfigName,
          ...(args.deploymentConfig
            ? { DeploymentConfig: toAws<DeploymentConfig>(args.deploymentConfig) }
            : {}),
        }),
      );
      await inService(clients, id);
      return {};
    },
    async delete(clients, id) {
      const client = clients.client(SageMakerClient);
      await orGone(client.send(new DeleteEndpointCommand({ EndpointName: id })));
      for (let waited = 0; waited < DELETE_PATIENCE_SECONDS; waited += POLL_SECONDS) {
        if (!(await orGone(client.send(new DescribeEndpointCommand({ EndpointName: id }))))) return;
        await clients.waitVirtual(POLL_SECONDS);
      }
      throw new Error(`endpoint ${id}: still there ${DELETE_PATIENCE_SECONDS} s after its deletion`);
    },
  },
);

const modelPackageGroup = define<aws.sagemaker.ModelPackageGroupArgs, aws.sagemaker.ModelPackageGroupState>(
  "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
  {
    args: { modelPackageGroupName: requiredReplaces, modelPackageGroupDescription: computedReplaces },
    async create(clients, args) {
      const made = await clients
        .client(SageMakerClient)
        .send(new CreateModelPackageGroupCommand(toAws({ ...args, tags: undefined, region: undefined })));
      return {
        id: args.modelPackageGroupName,
        outputs: { arn: made.ModelPackageGroupArn as string, region: clients.region },
      };
    },
    async read(clients, id) {
      const found = await orGone(
        clients
          .client(SageMakerClient)
          .send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: id })),
      );
      return (
        found && {
          modelPackageGroupName: id,
          arn: found.ModelPackageGroupArn as string,
          ...(found.ModelPackageGroupDescription
            ? { modelPackageGroupDescription: found.ModelPackageGroupDescription }
            : {}),
        }
      );
    },
    delete: (clients, id) =>
      orGone(
        clients
          .client(SageMakerClient)
          .send(new DeleteModelPackageGroupCommand({ ModelPackageGroupName: id })),
      ),
  },
);

export const definitions = [model, endpointConfiguration, endpoint, modelPackageGroup];
