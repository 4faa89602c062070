import type { ComparedTask, MetricName } from "../types.ts";
import { BINARY_METRICS } from "./binary.ts";
import { CLASSES_METRICS } from "./classes.ts";
import type { MetricPlan, PlanOptions, Plans } from "./plan.ts";
import { REGRESSION_METRICS } from "./regression.ts";

const TASKS: Readonly<Record<ComparedTask, Plans<string>>> = {
  binary: BINARY_METRICS,
  regression: REGRESSION_METRICS,
  classes: CLASSES_METRICS,
};

/** The metric of a model whose predictions are scores of two classes, values, or of several classes. */
export function metricPlan(task: ComparedTask, metric: MetricName, options: PlanOptions): MetricPlan {
  return (TASKS[task][metric] as Plans<string>[string])(options);
}
