/** The environment program: endpoints, rollouts and monitoring of dev, staging or prod. */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentName } from "../contracts/modelSpec.ts";
import type { EnvironmentOutputs, FoundationOutputs } from "../contracts/stackOutputs.ts";
import { ModelMonitoring } from "../infra/monitoring/modelMonitoring.ts";
import { MonitoringServices } from "../infra/monitoring/monitoringServices.ts";
import { EnvironmentServices } from "../infra/serving/environmentServices.ts";
import { ModelEndpoint } from "../infra/serving/modelEndpoint.ts";
import { BUNDLES, DIST, type StackContext } from "./context.ts";
import { outputsOf } from "./references.ts";

export async function environment({
  settings,
  deploy,
  specs,
  imageRegistry,
}: StackContext): Promise<pulumi.Output<EnvironmentOutputs>> {
  const name = settings.environment as EnvironmentName;
  const foundation = await outputsOf<FoundationOutputs>(
    settings.foundationStack as string,
    deploy,
    ({ kmsKeyArn }) => kmsKeyArn,
  );
  const services = new EnvironmentServices("services", {
    context: deploy,
    environment: name,
    foundation,
    bundles: BUNDLES,
    captureRetentionDays: settings.captureRetentionDays,
  });
  const monitoring = new MonitoringServices("monitoring", {
    context: deploy,
    environment: name,
    foundation,
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
        artifactBucket: foundation.artifactBucket,
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
        deadLetterArn: foundation.deadLetterArn,
        remediateFunctionArn: monitoring.remediate.functionArn,
        alertTopicArn: foundation.alertTopicArn,
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
  });
}
