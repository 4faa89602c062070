/** CloudWatch and CloudWatch Logs: metric alarm, dashboard, log group. */
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  type MetricAlarm,
  type MetricDataQuery,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmInput,
} from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type * as aws from "@pulumi/aws";
import type { AwsClients } from "../clients.ts";
import { fromAws, toAws } from "../convert.ts";
import {
  computed,
  computedReplaces,
  define,
  optional,
  replaces,
  required,
  requiredJson,
  requiredReplaces,
} from "../definition.ts";
import { orGone } from "../errors.ts";

type AlarmArgs = Readonly<Record<string, unknown>> & { readonly dimensions?: unknown };

const dimensionList = (dimensions: unknown) =>
  Object.entries((dimensions ?? {}) as Record<string, string>).map(([Name, Value]) => ({ Name, Value }));

function alarmRequest(args: AlarmArgs): PutMetricAlarmInput {
  const { name, dimensions, metricQueries, okActions, ...rest } = args;
  const queries = (metricQueries as { metric?: { dimensions?: unknown } }[] | undefined)?.map((query) => ({
    ...query,
    ...(query.metric ? { metric: undefined, metricStat: metricStat(query.metric) } : {}),
  }));
  return {
    ...toAws<PutMetricAlarmInput>(rest),
    AlarmName: name as string,
    ...(dimensions ? { Dimensions: dimensionList(dimensions) } : {}),
    ...(okActions ? { OKActions: okActions as string[] } : {}),
    ...(queries ? { Metrics: toAws<MetricDataQuery[]>(queries) } : {}),
  };
}

/** The provider flattens what AWS nests: `metric { metricName, namespace, dimensions, period, stat, unit }`. */
function metricStat(metric: Record<string, unknown> & { dimensions?: unknown }): object {
  const { metricName, namespace, dimensions, ...stat } = metric;
  return {
    metric: { metricName, namespace, dimensions: dimensionList(dimensions) },
    ...stat,
  };
}

function alarmArgs(alarm: MetricAlarm): Record<string, unknown> {
  const { Dimensions, Metrics, AlarmName, OKActions, AlarmArn } = alarm;
  const live = fromAws<Record<string, unknown>>(alarm);
  return {
    ...Object.fromEntries(Object.keys(ALARM_ARGS).map((key) => [key, live[key]])),
    name: AlarmName,
    arn: AlarmArn,
    ...(OKActions?.length ? { okActions: OKActions } : {}),
    ...(Dimensions?.length
      ? { dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])) }
      : {}),
    ...(Metrics?.length ? { metricQueries: Metrics.map(metricQuery) } : {}),
  };
}

function metricQuery({ MetricStat, ...query }: MetricDataQuery): unknown {
  if (!MetricStat) return fromAws(query);
  const { Metric, ...stat } = MetricStat;
  const dimensions = Object.fromEntries((Metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
  return {
    ...fromAws<object>(query),
    metric: {
      ...fromAws<object>(stat),
      metricName: Metric?.MetricName,
      namespace: Metric?.Namespace,
      dimensions,
    },
  };
}

const ALARM_ARGS = {
  name: replaces,
  comparisonOperator: required,
  evaluationPeriods: required,
  actionsEnabled: computed,
  alarmActions: optional,
  alarmDescription: optional,
  datapointsToAlarm: optional,
  dimensions: optional,
  evaluateLowSampleCountPercentiles: computed,
  extendedStatistic: optional,
  insufficientDataActions: optional,
  metricName: optional,
  metricQueries: optional,
  namespace: optional,
  okActions: optional,
  period: optional,
  statistic: optional,
  threshold: optional,
  thresholdMetricId: optional,
  treatMissingData: computed,
  unit: optional,
} as const;

const putAlarm = async (clients: AwsClients, args: AlarmArgs) => {
  await clients.client(CloudWatchClient).send(new PutMetricAlarmCommand(alarmRequest(args)));
  return {
    arn: clients.arn("cloudwatch", `alarm:${args.name as string}`),
    actionsEnabled: (args.actionsEnabled as boolean | undefined) ?? true,
    treatMissingData: (args.treatMissingData as string | undefined) ?? "missing",
    region: clients.region,
  };
};

const metricAlarm = define<aws.cloudwatch.MetricAlarmArgs, aws.cloudwatch.MetricAlarmState>(
  "aws:cloudwatch/metricAlarm:MetricAlarm",
  {
    args: ALARM_ARGS,
    autoName: { property: "name", maxLength: 255 },
    create: async (clients, args) => ({
      id: args.name as string,
      outputs: await putAlarm(clients, args as AlarmArgs),
    }),
    async read(clients, id) {
      const found = await clients
        .client(CloudWatchClient)
        .send(new DescribeAlarmsCommand({ AlarmNames: [id], AlarmTypes: ["MetricAlarm"] }));
      const alarm = found.MetricAlarms?.[0];
      return alarm && alarmArgs(alarm);
    },
    update: (clients, _id, args) => putAlarm(clients, args as AlarmArgs),
    delete: (clients, id) =>
      clients.client(CloudWatchClient).send(new DeleteAlarmsCommand({ AlarmNames: [id] })),
  },
);

const putDashboard = async (clients: AwsClients, name: string, body: string) => {
  await clients
    .client(CloudWatchClient)
    .send(new PutDashboardCommand({ DashboardName: name, DashboardBody: body }));
  return {
    dashboardArn: `arn:aws:cloudwatch::${clients.accountId}:dashboard/${name}`,
    region: clients.region,
  };
};

const dashboard = define<aws.cloudwatch.DashboardArgs, aws.cloudwatch.DashboardState>(
  "aws:cloudwatch/dashboard:Dashboard",
  {
    args: { dashboardName: requiredReplaces, dashboardBody: requiredJson },
    create: async (clients, args) => ({
      id: args.dashboardName,
      outputs: await putDashboard(clients, args.dashboardName, args.dashboardBody),
    }),
    async read(clients, id) {
      const found = await orGone(
        clients.client(CloudWatchClient).send(new GetDashboardCommand({ DashboardName: id })),
      );
      return (
        found && {
          dashboardName: id,
          dashboardBody: found.DashboardBody as string,
          dashboardArn: found.DashboardArn as string,
        }
      );
    },
    update: (clients, id, args) => putDashboard(clients, id, args.dashboardBody),
    delete: (clients, id) =>
      orGone(clients.client(CloudWatchClient).send(new DeleteDashboardsCommand({ DashboardNames: [id] }))),
  },
);

const setRetention = (clients: AwsClients, logGroupName: string, days: number | undefined) =>
  clients
    .client(CloudWatchLogsClient)
    .send(
      days
        ? new PutRetentionPolicyCommand({ logGroupName, retentionInDays: days })
        : (new DeleteRetentionPolicyCommand({ logGroupName }) as never),
    );

const logGroup = define<aws.cloudwatch.LogGroupArgs, aws.cloudwatch.LogGroupState>(
  "aws:cloudwatch/logGroup:LogGroup",
  {
    args: { name: replaces, retentionInDays: optional, kmsKeyId: replaces, logGroupClass: computedReplaces },
    autoName: { property: "name", maxLength: 512 },
    async create(clients, args) {
      const name = args.name as string;
      await clients.client(CloudWatchLogsClient).send(
        new CreateLogGroupCommand({
          logGroupName: name,
          ...(args.kmsKeyId ? { kmsKeyId: args.kmsKeyId as string } : {}),
          ...(args.logGroupClass ? { logGroupClass: args.logGroupClass as "STANDARD" } : {}),
        }),
      );
      if (args.retentionInDays) await setRetention(clients, name, args.retentionInDays);
      return {
        id: name,
        outputs: { arn: clients.arn("logs", `log-group:${name}`), region: clients.region },
      };
    },
    async read(clients, id) {
      const page = await clients
        .client(CloudWatchLogsClient)
        .send(new DescribeLogGroupsCommand({ logGroupNamePrefix: id }));
      const group = page.logGroups?.find(({ logGroupName }) => logGroupName === id);
      if (!group) return undefined;
      return {
        name: id,
        arn: clients.arn("logs", `log-group:${id}`),
        ...(group.retentionInDays ? { retentionInDays: group.retentionInDays } : {}),
        ...(group.kmsKeyId ? { kmsKeyId: group.kmsKeyId } : {}),
      };
    },
    async update(clients, id, args) {
      await setRetention(clients, id, args.retentionInDays);
      return {};
    },
    delete: (clients, id) =>
      orGone(clients.client(CloudWatchLogsClient).send(new DeleteLogGroupCommand({ logGroupName: id }))),
  },
);

export const definitions = [metricAlarm, dashboard, logGroup];
