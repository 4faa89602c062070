import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, type SandboxService, ServiceError } from "../../kernel/types.ts";
import { alarmOperations } from "./alarmOperations.ts";
import { AlarmStore } from "./alarms.ts";
import { checkQuery } from "./definition.ts";
import { isStatistic, MetricStore, metricKey } from "./metricStore.ts";
import { type MetricQuery, QueryEvaluation } from "./queries.ts";

const datumsPerCall = 1_000;

export interface CloudWatch {
  readonly services: readonly SandboxService[];
  readonly metrics: MetricStore;
  readonly alarms: AlarmStore;
}

/** CloudWatch: metrics by the minute, metric math, alarms on the clock, dashboards kept. */
export function createCloudWatch(kernel: SandboxKernel): CloudWatch {
  const metrics = new MetricStore();
  const alarms = new AlarmStore(kernel, metrics);
  const service: SandboxService = {
    signingName: "monitoring",
    modelName: "cloudwatch",
    operations: {
      ...metricOperations(kernel, metrics),
      ...alarmOperations(kernel, alarms),
      ...dashboardOperations(kernel),
    },
    resources: (action, input) => {
      const arn = (name: unknown) => `arn:aws:cloudwatch:${kernel.region}:${kernel.accountId}:alarm:${name}`;
      if (typeof input.ResourceARN === "string") return [input.ResourceARN];
      if (typeof input.AlarmName === "string") return [arn(input.AlarmName)];
      const names = input.AlarmNames as readonly string[] | undefined;
      if (names && names.length > 0) return names.map(arn);
      if (action === "DescribeAlarms") return [arn("*")];
      return typeof input.DashboardName === "string"
        ? [`arn:aws:cloudwatch::${kernel.accountId}:dashboard/${input.DashboardName}`]
        : ["*"];
    },
  };
  return { services: [service], metrics, alarms };
}

interface DatumInput {
  readonly MetricName: string;
  readonly Dimensions?: readonly { Name: string; Value: string }[];
  readonly Timestamp?: Date;
  readonly Value?: number;
  readonly StatisticValues?: { SampleCount: number; Sum: number; Minimum: number; Maximum: number };
  readonly Values?: readonly number[];
  readonly Counts?: readonly number[];
  readonly Unit?: string;
}

function metricOperations(kernel: SandboxKernel, metrics: MetricStore): Readonly<Record<string, Operation>> {
  return {
    PutMetricData: (input) => {
      const data: readonly DatumInput[] = input.MetricData ?? [];
      if (data.length > datumsPerCall)
        throw new ServiceError(
          "InvalidParameterValue",
          `MetricData: expected at most ${datumsPerCall} members, got ${data.length}`,
        );
      for (const datum of data) checkDatum(datum);
      for (const datum of data) putDatum(kernel, metrics, input.Namespace, datum);
    },
    ListMetrics: (input) => ({
      Metrics: metrics
        .list()
        .filter(
          (metric) =>
            (input.Namespace ?? metric.namespace) === metric.namespace &&
            (input.MetricName ?? metric.metricName) === metric.metricName &&
            (input.Dimensions ?? []).every((each: { Name: string; Value?: string }) =>
              each.Value === undefined
                ? each.Name in metric.dimensions
                : metric.dimensions[each.Name] === each.Value,
            ),
        )
        .map((metric) => ({
          Namespace: metric.namespace,
          MetricName: metric.metricName,
          Dimensions: dimensionList(metric.dimensions),
        })),
    }),
    GetMetricStatistics: (input) => {
      const statistics: string[] = [...(input.Statistics ?? []), ...(input.ExtendedStatistics ?? [])];
      const bad = statistics.filter((name) => !isStatistic(name));
      if (bad.length > 0 || statistics.length === 0)
        throw new ServiceError("InvalidParameterValue", `Statistics: got ${JSON.stringify(bad)}`);
      const key = metricKey({
        namespace: input.Namespace,
        metricName: input.MetricName,
        dimensions: dimensionRecord(input.Dimensions),
      });
      const period = input.Period * 1000;
      const from = Math.floor(input.StartTime.getTime() / period) * period;
      const points: object[] = [];
      for (let at = from; at < input.EndTime.getTime(); at += period) {
        const values = statistics.map((name) => [name, metrics.statistic(key, at, period, name)] as const);
        if (values.every(([, value]) => value === undefined)) continue;
        const plain = values.filter(([name]) => !name.startsWith("p"));
        const extended = values.filter(([name]) => name.startsWith("p"));
        points.push({
          Timestamp: at,
          ...Object.fromEntries(plain),
          Unit: "None",
          ...(extended.length > 0 ? { ExtendedStatistics: Object.fromEntries(extended) } : {}),
        });
      }
      return { Label: input.MetricName, Datapoints: points };
    },
    GetMetricData: (input) => {
      const queries: readonly MetricQuery[] = input.MetricDataQueries;
      const problems: string[] = [];
      for (const query of queries) checkQuery(query, problems);
      if (problems.length > 0) throw new ServiceError("ValidationError", problems.join("; "));
      const evaluation = new QueryEvaluation(
        metrics,
        queries,
        input.StartTime.getTime(),
        input.EndTime.getTime(),
      );
      const descending = input.ScanBy !== "TimestampAscending";
      const results = queries
        .filter((query) => query.ReturnData !== false)
        .map((query) => result(query, evaluation, descending));
      return { MetricDataResults: results, Messages: [] };
    },
  };
}

function result(query: MetricQuery, evaluation: QueryEvaluation, descending: boolean): object {
  let points: [number, number][];
  try {
    points = [...evaluation.series(query.Id)].sort(([a], [b]) => (descending ? b - a : a - b));
  } catch (error) {
    throw new ServiceError("ValidationError", (error as Error).message);
  }
  return {
    Id: query.Id,
    Label: query.Label ?? query.MetricStat?.Metric.MetricName ?? query.Id,
    Timestamps: points.map(([at]) => at),
    Values: points.map(([, value]) => value),
    StatusCode: "Complete",
  };
}

function checkDatum(datum: DatumInput): void {
  const values = [datum.Value, ...(datum.Values ?? [])].filter((value) => value !== undefined);
  if (values.some((value) => !Number.isFinite(value)))
    throw new ServiceError(
      "InvalidParameterValue",
      `The value of ${datum.MetricName} is not valid: NaN and Infinity are not supported.`,
    );
  if ((datum.Dimensions ?? []).length > 30)
    throw new ServiceError(
      "InvalidParameterValue",
      "The collection MetricData.member.Dimensions must not have a size greater than 30.",
    );
  if (values.length === 0 && !datum.StatisticValues)
    throw new ServiceError(
      "MissingParameter",
      `${datum.MetricName}: expected Value, Values or StatisticValues`,
    );
}

function putDatum(kernel: SandboxKernel, metrics: MetricStore, namespace: string, datum: DatumInput): void {
  const now = kernel.clock.now();
  const name = { namespace, metricName: datum.MetricName, dimensions: dimensionRecord(datum.Dimensions) };
  const at = datum.Timestamp?.getTime() ?? now;
  const unit = datum.Unit === undefined ? {} : { unit: datum.Unit };
  if (datum.StatisticValues) {
    const { Sum, SampleCount, Minimum, Maximum } = datum.StatisticValues;
    metrics.putStatistics(name, { sum: Sum, count: SampleCount, minimum: Minimum, maximum: Maximum }, at);
  }
  if (datum.Value !== undefined) metrics.put({ ...name, ...unit, value: datum.Value, timestamp: at }, now);
  datum.Values?.forEach((value, index) => {
    metrics.put({ ...name, ...unit, value, timestamp: at }, now, datum.Counts?.[index] ?? 1);
  });
}

function dimensionRecord(
  list: readonly { Name: string; Value: string }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((list ?? []).map((each) => [each.Name, each.Value]));
}

function dimensionList(record: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(record).map(([Name, Value]) => ({ Name, Value }));
}

function dashboardOperations(kernel: SandboxKernel): Readonly<Record<string, Operation>> {
  const dashboards = new Map<string, { body: string; modified: number }>();
  const arn = (name: string) => `arn:aws:cloudwatch::${kernel.accountId}:dashboard/${name}`;
  return {
    PutDashboard: (input) => {
      let body: { widgets?: unknown };
      try {
        body = JSON.parse(input.DashboardBody);
      } catch (error) {
        throw new ServiceError(
          "InvalidParameterInput",
          `DashboardBody: expected JSON: ${(error as Error).message}`,
        );
      }
      if (!Array.isArray(body.widgets))
        throw new ServiceError(
          "InvalidParameterInput",
          "DashboardBody: expected an object with a list of widgets",
        );
      dashboards.set(input.DashboardName, { body: input.DashboardBody, modified: kernel.clock.now() });
      return { DashboardValidationMessages: [] };
    },
    GetDashboard: (input) => {
      const found = dashboards.get(input.DashboardName);
      if (!found)
        throw new ServiceError("ResourceNotFound", `Dashboard ${input.DashboardName} does not exist`, {
          status: 404,
        });
      return {
        DashboardArn: arn(input.DashboardName),
        DashboardBody: found.body,
        DashboardName: input.DashboardName,
      };
    },
    ListDashboards: (input) => ({
      DashboardEntries: [...dashboards]
        .filter(([name]) => name.startsWith(input.DashboardNamePrefix ?? ""))
        .map(([name, each]) => ({
          DashboardName: name,
          DashboardArn: arn(name),
          LastModified: each.modified,
          Size: each.body.length,
        })),
    }),
    DeleteDashboards: (input) => {
      for (const name of input.DashboardNames)
        if (!dashboards.delete(name))
          throw new ServiceError("ResourceNotFound", `Dashboard ${name} does not exist`, { status: 404 });
    },
  };
}
