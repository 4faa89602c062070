/** The evaluation core in the shapes of the records: metrics by name with intervals, a comparison oriented so that more is better. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { Comparison, Measured } from "../../contracts/records.ts";
import {
  compareModels,
  evaluateClassification,
  evaluateRegression,
  type MetricEstimate,
  type MetricName,
} from "../../core/evaluation/index.ts";

/** All metrics of the task that are defined on these rows, or the named ones alone: each costs some hundred resamples. */
export function measure(
  spec: ModelSpec,
  labels: readonly number[],
  scores: readonly number[],
  only?: readonly string[],
): Record<string, Measured> {
  const options = only ? { only: only as readonly MetricName[] } : {};
  const { metrics } =
    spec.task === "binary-classification"
      ? evaluateClassification({ labels, scores }, options)
      : evaluateRegression({ labels, predictions: scores }, options);
  const defined: Record<string, Measured> = {};
  for (const [name, estimate] of Object.entries(metrics as Record<string, MetricEstimate>))
    if (estimate.value !== null)
      defined[name] = {
        value: estimate.value,
        low: estimate.low ?? estimate.value,
        high: estimate.high ?? estimate.value,
      };
  return defined;
}

/** Candidate against champion on the same rows, by `evaluation.metric` and its margin. */
export function compare(
  spec: ModelSpec,
  labels: readonly number[],
  champion: readonly number[],
  candidate: readonly number[],
): Omit<Comparison, "champion" | "championMetrics"> {
  const { metric, margin } = spec.evaluation;
  const result = compareModels(labels, champion, candidate, metric as MetricName, margin);
  return {
    metric,
    margin,
    difference:
      result.difference === null || result.interval === null
        ? null
        : { value: result.difference, low: result.interval.low, high: result.interval.high },
    verdict: result.verdict,
    reason: result.reason,
  };
}
