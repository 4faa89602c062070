/** The delivery program: pipelines, training, retraining. */
import * as pulumi from "@pulumi/pulumi";
import type { DeliveryOutputs, EnvironmentOutputs, FoundationOutputs } from "../contracts/stackOutputs.ts";
import { DeliveryServices } from "../infra/delivery/deliveryServices.ts";
import { ModelPipeline } from "../infra/delivery/modelPipeline.ts";
import { RetrainingServices } from "../infra/retraining/retrainingServices.ts";
import { BUNDLES, type StackContext } from "./context.ts";
import { outputsOf, requireAccount } from "./references.ts";

export async function delivery({
  settings,
  deploy,
  specs,
  imageRegistry,
}: StackContext): Promise<pulumi.Output<DeliveryOutputs>> {
  const foundation = await outputsOf<FoundationOutputs>(settings.foundationStack as string);
  requireAccount(settings.foundationStack as string, foundation.kmsKeyArn, deploy.accountId);
  const environment = async (stack: string): Promise<EnvironmentOutputs> => {
    const outputs = await outputsOf<EnvironmentOutputs>(stack);
    if (outputs.crossAccount === undefined)
      requireAccount(stack, outputs.rolloutStateMachineArn, deploy.accountId);
    return outputs;
  };
  const staging = await environment(settings.stagingStack as string);
  const prod = await environment(settings.prodStack as string);
  const athenaAboveBytes = settings.athenaAboveMegabytes * 2 ** 20;
  const services = new DeliveryServices("delivery", {
    context: deploy,
    foundation,
    bundles: BUNDLES,
    imageRegistry,
    athenaAboveBytes,
    dvcRemotes: specs.flatMap(({ data }) => data.dvc ?? []),
  });
  const retraining = new RetrainingServices("retraining", {
    context: deploy,
    foundation,
    prod,
    bundles: BUNDLES,
    recordApproval: services.recordApproval,
    lake: services.lake,
    athenaAboveBytes,
    models: specs.map(({ name }) => name),
  });
  const pipelines = Object.fromEntries(
    specs.map((spec) => [
      spec.name,
      // The rules that close a release exist before the first one: a pipeline runs once when it is created.
      new ModelPipeline(
        spec.name,
        { context: deploy, modelName: spec.name, foundation, staging, prod, services },
        { dependsOn: [services, retraining] },
      ).pipelineName,
    ]),
  );
  return pulumi.output({ trainingStateMachineArn: services.training.stateMachineArn, pipelines });
}
