/** What SageMaker and CloudWatch say about an endpoint in a rollout. */
import type { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import {
  type CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
} from "@aws-sdk/client-cloudwatch";
import { DescribeEndpointCommand, type SageMakerClient } from "@aws-sdk/client-sagemaker";
import type { RolloutRecord } from "../../contracts/records.ts";
import type { Observation } from "../../core/rollout/advance.ts";
import { rolloutAlarms, VARIANT } from "./names.ts";

export interface Clients {
  readonly sagemaker: Pick<SageMakerClient, "send">;
  readonly cloudwatch: Pick<CloudWatchClient, "send">;
  readonly autoscaling: Pick<ApplicationAutoScalingClient, "send">;
}

const TRAFFIC_WINDOW_SECONDS = 900;

export async function describeEndpoint(clients: Clients, endpointName: string) {
  const endpoint = await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpointName }));
  return {
    endpointStatus: endpoint.EndpointStatus ?? "Unknown",
    liveConfigName: endpoint.EndpointConfigName ?? "",
    pendingConfigName: endpoint.PendingDeploymentSummary?.EndpointConfigName ?? null,
    failureReason: endpoint.FailureReason ?? null,
  };
}

export async function observe(
  clients: Clients,
  record: RolloutRecord,
  known: Pick<Observation, "isBootstrapLive" | "compared" | "looks">,
  now: Date,
): Promise<Observation> {
  const [endpoint, raised, recentRequests, newFleetRequests] = await Promise.all([
    describeEndpoint(clients, record.endpointName),
    raisedAlarms(clients, record),
    requests(
      clients,
      { EndpointName: record.endpointName, VariantName: VARIANT },
      new Date(now.getTime() - TRAFFIC_WINDOW_SECONDS * 1000),
      now,
    ),
    requests(
      clients,
      {
        EndpointName: record.endpointName,
        VariantName: VARIANT,
        EndpointConfigName: record.requestedConfigName,
      },
      new Date(record.startedAt),
      now,
    ),
  ]);
  return {
    ...endpoint,
    alarmsRaised: [...new Set([...record.alarmsSeen, ...raised])],
    recentRequests: recentRequests ?? 0,
    newFleetRequests,
    ...known,
    now: now.getTime(),
  };
}

async function raisedAlarms(clients: Clients, record: RolloutRecord): Promise<string[]> {
  const { MetricAlarms } = await clients.cloudwatch.send(
    new DescribeAlarmsCommand({
      AlarmNames: Object.values(rolloutAlarms(record.requestedConfigName)),
      StateValue: "ALARM",
    }),
  );
  return (MetricAlarms ?? []).map((alarm) => alarm.AlarmName ?? "");
}

/** Sum of `Invocations`; null when nothing was published. Whole minutes, because CloudWatch keeps minutes. */
async function requests(
  clients: Clients,
  dimensions: Record<string, string>,
  from: Date,
  to: Date,
): Promise<number | null> {
  const minutes = Math.max(1, Math.ceil((to.getTime() - from.getTime()) / 60_000));
  const { Datapoints } = await clients.cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: "AWS/SageMaker",
      MetricName: "Invocations",
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(to.getTime() - minutes * 60_000),
      EndTime: to,
      // At most 1,440 data points are returned: longer spans take longer periods.
      Period: minutes <= 1440 ? 60 : 3600,
      Statistics: ["Sum"],
    }),
  );
  return Datapoints && Datapoints.length > 0
    ? Datapoints.reduce((sum, point) => sum + (point.Sum ?? 0), 0)
    : null;
}
