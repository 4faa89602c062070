import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { DeployContext } from "../shared/context.ts";

export interface ModelEndpointArgs {
  readonly context: DeployContext;
  readonly environment: string;
  readonly spec: ModelSpec;
  /** Where the placeholder model is put. */
  readonly bootstrapBucket: pulumi.Input<string>;
  readonly endpointRoleArn: pulumi.Input<string>;
  /** `model.tar.gz` with the placeholder model. */
  readonly bootstrapArchive: string;
  readonly image: string;
}

/** Every argument of a bootstrap resource: they are replace-only, and a replacement would be deleted under a live endpoint. */
const MODEL_ARGUMENTS = [
  "name",
  "executionRoleArn",
  "primaryContainer",
  "containers",
  "vpcConfig",
  "tags",
  "enableNetworkIsolation",
];
const CONFIG_ARGUMENTS = [
  "name",
  "namePrefix",
  "productionVariants",
  "dataCaptureConfig",
  "kmsKeyArn",
  "tags",
  "executionRoleArn",
];
const OBJECT_ARGUMENTS = ["source", "content", "contentType", "tags", "bucket", "key"];

/**
 * The shell of one model's endpoint. Pulumi owns the name and the first placeholder; rollouts own the live configuration, weights and
 * models, so a second `up` never changes what serves. Costs `instances` times the instance price for as long as it exists, also idle.
 */
export class ModelEndpoint extends pulumi.ComponentResource {
  readonly endpointName: pulumi.Output<string>;

  constructor(name: string, args: ModelEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sluice:serving:ModelEndpoint", name, {}, opts);
    const { context, spec } = args;
    const kept = (ignoreChanges: string[]): pulumi.CustomResourceOptions => ({
      parent: this,
      ignoreChanges,
      retainOnDelete: true,
    });
    const key = `bootstrap/${args.environment}/${spec.name}/model.tar.gz`;
    const artifact = new aws.s3.BucketObjectv2(
      `${name}-bootstrap-artifact`,
      {
        bucket: args.bootstrapBucket,
        key,
        source: new pulumi.asset.FileAsset(args.bootstrapArchive),
        contentType: "application/gzip",
      },
      kept(OBJECT_ARGUMENTS),
    );
    const model = new aws.sagemaker.Model(
      `${name}-bootstrap`,
      {
        executionRoleArn: args.endpointRoleArn,
        primaryContainer: {
          image: args.image,
          modelDataUrl: pulumi.interpolate`s3://${args.bootstrapBucket}/${artifact.key}`,
        },
      },
      kept(MODEL_ARGUMENTS),
    );
    const configuration = new aws.sagemaker.EndpointConfiguration(
      `${name}-bootstrap`,
      {
        productionVariants: [
          // Guardrails need the same variant name before and after: it is fixed for good.
          {
            variantName: "primary",
            modelName: model.name,
            initialInstanceCount: 1,
            instanceType: spec.serving.instanceType,
            initialVariantWeight: 1,
          },
        ],
      },
      kept(CONFIG_ARGUMENTS),
    );
    const endpoint = new aws.sagemaker.Endpoint(
      `${name}-endpoint`,
      { name: `${spec.name}-${args.environment}`, endpointConfigName: configuration.name },
      {
        parent: this,
        protect: context.isProtected,
        ignoreChanges: ["endpointConfigName", "deploymentConfig"],
      },
    );
    this.endpointName = endpoint.name;
    this.registerOutputs({ endpointName: this.endpointName });
  }
}
