/** One logger and one metrics sink for all Lambdas: JSON lines, metrics as EMF lines, no CloudWatch client. */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";

export type Log = Pick<Logger, "info" | "warn" | "error" | "appendKeys" | "resetKeys">;
export const createLogger = (): Logger => new Logger();
export const METRIC_NAMESPACE = "Sluice";

/** Writes one EMF document: the metrics of one dimension set. */
export type PutMetrics = (dimensions: Record<string, string>, values: Record<string, number>) => void;

/** EMF by Powertools; non-finite values are left out, because CloudWatch rejects them. */
export const putMetrics: PutMetrics = (dimensions, values) => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, singleMetric: false });
  metrics.addDimensions(dimensions);
  for (const [name, value] of Object.entries(values))
    if (Number.isFinite(value)) metrics.addMetric(name, MetricUnit.NoUnit, value);
  metrics.publishStoredMetrics();
};
