/** Does to an endpoint what a rollout does, so that tests can look at what a later `up` makes of it. */
import assert from "node:assert/strict";
import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  SageMakerClient,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import type { TestSandbox } from "../../support/sandbox.ts";

export interface LiveEndpoint {
  readonly status: string | undefined;
  readonly configuration: string | undefined;
}

export async function liveEndpoint(sandbox: TestSandbox, endpointName: string): Promise<LiveEndpoint> {
  const client = new SageMakerClient(sandbox.client());
  const live = await client.send(new DescribeEndpointCommand({ EndpointName: endpointName }));
  client.destroy();
  return { status: live.EndpointStatus, configuration: live.EndpointConfigName };
}

/** A new model and configuration take over by blue/green with rollback alarms, as a rollout's last step leaves them. */
export async function rollOut(sandbox: TestSandbox, endpointName: string): Promise<string> {
  const client = new SageMakerClient(sandbox.client());
  const { EndpointConfigName } = await client.send(
    new DescribeEndpointCommand({ EndpointName: endpointName }),
  );
  const before = await client.send(new DescribeEndpointConfigCommand({ EndpointConfigName }));
  const variant = before.ProductionVariants?.[0];
  assert.ok(variant?.ModelName);
  const model = await client.send(new DescribeModelCommand({ ModelName: variant.ModelName }));
  await client.send(
    new CreateModelCommand({
      ModelName: `${endpointName}-r1`,
      ExecutionRoleArn: model.ExecutionRoleArn,
      PrimaryContainer: model.PrimaryContainer,
    }),
  );
  await client.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: `${endpointName}-r1`,
      ProductionVariants: [{ ...variant, ModelName: `${endpointName}-r1` }],
    }),
  );
  const alarms = new CloudWatchClient(sandbox.client());
  await alarms.send(
    new PutMetricAlarmCommand({
      AlarmName: `${endpointName}-abort`,
      Namespace: "Sluice",
      MetricName: "Abort",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
    }),
  );
  await client.send(
    new UpdateEndpointCommand({
      EndpointName: endpointName,
      EndpointConfigName: `${endpointName}-r1`,
      DeploymentConfig: {
        BlueGreenUpdatePolicy: {
          TrafficRoutingConfiguration: { Type: "ALL_AT_ONCE", WaitIntervalInSeconds: 300 },
          TerminationWaitInSeconds: 60,
        },
        AutoRollbackConfiguration: { Alarms: [{ AlarmName: `${endpointName}-abort` }] },
      },
    }),
  );
  await sandbox.clock.advance(3600_000);
  client.destroy();
  alarms.destroy();
  assert.deepEqual(await liveEndpoint(sandbox, endpointName), {
    status: "InService",
    configuration: `${endpointName}-r1`,
  });
  return `${endpointName}-r1`;
}
