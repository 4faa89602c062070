/** The environment program: endpoints, rollouts and monitoring of dev, staging or prod. */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentName } from "../contracts/modelSpec.ts";
import type { EnvironmentOutputs, FoundationOutputs } from "../contracts/stackOutputs.ts";
import { ModelMonitoring } from "../infra/monitoring/modelMonitoring.ts";
import { MonitoringServices } from "../infra/monitoring/monitoringServices.ts";
import { AccountServices, captureAdmissions } from "../infra/serving/accountServices.ts";
import { fromOutside } from "../infra/serving/environmentBase.ts";
import { EnvironmentServices } from "../infra/serving/environmentServices.ts";
import { ModelEndpoint } from "../infra/serving/modelEndpoint.ts";
import { PipelineAccess } from "../infra/serving/pipelineAccess.ts";
import type { DeployContext } from "../infra/shared/context.ts";
import { BUNDLES, DIST, type StackContext } from "./context.ts";
import { outputsOf, requireAdmitted, requireRegion } from "./references.ts";

export async function environment({
  settings,
  deploy,
  specs,
  imageRegistry,
}: StackContext): Promise<pulumi.Output<EnvironmentOutputs>> {
  const name = settings.environment as EnvironmentName;
  const foundation = await outputsOf<FoundationOutputs>(settings.foundationStack as string);
  requireAdmitted(settings.foundationStack as string, foundation, name, deploy.accountId);
  requireRegion(settings.foundationStack as string, foundation.recordsTableArn, deploy.region);
  const own = elsewhere(foundation, deploy, name);
  const base = own ? fromOutside(foundation, own.services) : foundation;
  const services = new EnvironmentServices("services", {
    context: deploy,
    environment: name,
    foundation: base,
    bundles: BUNDLES,
    captureRetentionDays: settings.captureRetentionDays,
    ...(own ? { captureAdmissions: own.captureAdmissions } : {}),
  });
  const monitoring = new MonitoringServices("monitoring", {
    context: deploy,
    environment: name,
    foundation: base,
    bundles: BUNDLES,
    captureBucket: { name: services.captureBucket.bucketName, arn: services.captureBucket.bucketArn },
    rolloutStateMachineArn: services.rollout.stateMachineArn,
  });
  const endpoints: Record<string, pulumi.Output<string>> = {};
  for (const spec of specs) {
    const endpoint = new ModelEndpoint(
      spec.name,
      {
        context: deploy,
        environment: name,
        spec,
        bootstrapBucket: services.bootstrapBucket,
        endpointRoleArn: services.endpointRole.arn,
        bootstrapArchive: join(DIST, "bootstrap", "model.tar.gz"),
        image: spec.training.image.includes("/")
          ? spec.training.image
          : `${imageRegistry}/${spec.training.image}`,
      },
      { dependsOn: [services] },
    );
    new ModelMonitoring(
      spec.name,
      {
        context: deploy,
        environment: name,
        spec,
        endpointName: endpoint.endpointName,
        alarmPrefix: monitoring.alarmPrefix,
        monitorFunctionArn: monitoring.monitor.functionArn,
        scheduleRoleArn: monitoring.scheduleRoleArn,
        deadLetterArn: base.deadLetterArn,
        remediateFunctionArn: monitoring.remediate.functionArn,
        alertTopicArn: base.alertTopicArn,
      },
      { dependsOn: [monitoring] },
    );
    endpoints[spec.name] = endpoint.endpointName;
  }
  return pulumi.output({
    environment: name,
    captureBucket: services.captureBucket.bucketName,
    rolloutStateMachineArn: services.rollout.stateMachineArn,
    verifyFunctionArn: services.verify.functionArn,
    verifyFunctionName: services.verify.functionName,
    endpoints,
    ...(own ? { crossAccount: accessTo(own, services, settings.models) } : {}),
  });
}

/** What an environment has of its own in another account than the foundation's; undefined in the same. */
function elsewhere({ accountId }: FoundationOutputs, deploy: DeployContext, environment: EnvironmentName) {
  if (accountId === deploy.accountId) return undefined;
  const args = { context: deploy, environment, foundationAccount: accountId };
  return {
    args,
    services: new AccountServices("account", args),
    captureAdmissions: (bucketArn: string) => captureAdmissions(args, bucketArn),
  };
}

/** Lets the pipelines of the foundation's account act here. */
function accessTo(
  { args, services }: NonNullable<ReturnType<typeof elsewhere>>,
  { rollout, verify }: EnvironmentServices,
  models: readonly string[],
) {
  const access = new PipelineAccess("pipelines", {
    ...args,
    models,
    rolloutStateMachineArn: rollout.stateMachineArn,
    verifyFunctionArn: verify.functionArn,
  });
  return {
    actionRoleArn: access.actionRoleArn,
    verifyStateMachineArn: access.verifyStateMachineArn,
    kmsKeyArn: services.kmsKeyArn,
  };
}
