import { ServiceError } from "../../kernel/types.ts";
import type { MissingData } from "./judge.ts";
import { parseExpression } from "./metricMath.ts";
import { isStatistic } from "./metricStore.ts";
import type { MetricQuery } from "./queries.ts";

interface CommonInput {
  readonly AlarmName: string;
  readonly AlarmDescription?: string;
  readonly ActionsEnabled?: boolean;
  readonly OKActions?: readonly string[];
  readonly AlarmActions?: readonly string[];
  readonly InsufficientDataActions?: readonly string[];
}

export interface MetricAlarmInput extends CommonInput {
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Dimensions?: readonly { Name: string; Value: string }[];
  readonly Period?: number;
  readonly Unit?: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData?: MissingData;
  readonly Metrics?: readonly MetricQuery[];
}

export interface CompositeAlarmInput extends CommonInput {
  readonly AlarmRule: string;
}

export type AlarmDefinition =
  | { readonly kind: "metric"; readonly name: string; readonly input: MetricAlarmInput }
  | {
      readonly kind: "composite";
      readonly name: string;
      readonly rule: string;
      readonly input: CompositeAlarmInput;
    };

const comparisons: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

const week = 7 * 86_400;

/** Checks what AWS checks beyond its model. @throws ServiceError listing every problem, or naming what the sandbox does not evaluate */
export function metricAlarm(input: MetricAlarmInput): AlarmDefinition {
  const problems: string[] = [];
  if (!(input.ComparisonOperator in comparisons))
    throw unsupportedAlarm(
      `ComparisonOperator ${input.ComparisonOperator}; supported: ${Object.keys(comparisons).join(", ")}`,
    );
  for (const field of ["EvaluationCriteria", "WarmUpConfiguration", "EvaluationWindow", "ThresholdMetricId"])
    if ((input as unknown as Record<string, unknown>)[field] !== undefined) throw unsupportedAlarm(field);
  if (input.EvaluationPeriods === undefined) problems.push("EvaluationPeriods is required");
  if (input.Threshold === undefined) problems.push("Threshold is required");
  if ((input.DatapointsToAlarm ?? 1) > input.EvaluationPeriods)
    problems.push("DatapointsToAlarm must be less than or equal to EvaluationPeriods");
  const queries = queriesOf(input);
  if (input.Metrics && input.MetricName !== undefined)
    problems.push("MetricName and Metrics must not be given together");
  if (queries.filter((query) => query.ReturnData !== false).length !== 1)
    problems.push("exactly one of Metrics must have ReturnData true");
  for (const query of queries) checkQuery(query, problems);
  const period = Math.max(...queries.map((query) => query.MetricStat?.Period ?? 0));
  if (period * (input.EvaluationPeriods ?? 1) > week)
    problems.push("EvaluationPeriods times Period must be at most 7 days");
  if (problems.length > 0) throw new ServiceError("ValidationError", problems.join("; "));
  return { kind: "metric", name: input.AlarmName, input };
}

/** Checks one query of an alarm or of GetMetricData. */
export function checkQuery(query: MetricQuery, problems: string[]): void {
  if (query.MetricStat) {
    const { Period, Stat } = query.MetricStat;
    if (Period < 60 || Period % 60 !== 0)
      throw unsupportedAlarm(
        `Period ${Period}: the sandbox keeps metrics by the minute; use a multiple of 60`,
      );
    if (!isStatistic(Stat ?? "")) throw unsupportedAlarm(`statistic ${JSON.stringify(Stat)}`);
  } else if (query.Expression === undefined) problems.push(`${query.Id}: expected MetricStat or Expression`);
  else {
    try {
      parseExpression(query.Expression);
    } catch (error) {
      problems.push(`${query.Id}: ${(error as Error).message}`);
    }
  }
}

/** The queries of an alarm; a plain alarm is one query. */
export function queriesOf(input: MetricAlarmInput): readonly MetricQuery[] {
  if (input.Metrics && input.Metrics.length > 0) return input.Metrics;
  return [
    {
      Id: "m1",
      MetricStat: {
        Metric: {
          ...(input.Namespace === undefined ? {} : { Namespace: input.Namespace }),
          ...(input.MetricName === undefined ? {} : { MetricName: input.MetricName }),
          ...(input.Dimensions === undefined ? {} : { Dimensions: input.Dimensions }),
        },
        Period: input.Period ?? 60,
        Stat: input.Statistic ?? input.ExtendedStatistic ?? "",
      },
    },
  ];
}

/** The query whose values are compared with the threshold. */
export function watchedQuery(queries: readonly MetricQuery[]): MetricQuery {
  return (queries.find((query) => query.ReturnData === true) ??
    queries.find((query) => query.ReturnData !== false) ??
    queries[0]) as MetricQuery;
}

export function breachTest(input: MetricAlarmInput): (value: number) => boolean {
  const compare = comparisons[input.ComparisonOperator];
  return (value) => compare?.(value, input.Threshold) ?? false;
}

function unsupportedAlarm(what: string): ServiceError {
  return new ServiceError(
    "NotImplemented",
    `the Sluice sandbox does not support cloudwatch:PutMetricAlarm (${what})`,
    { status: 501 },
  );
}
