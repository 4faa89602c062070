import { BINARY_METRICS } from "../metrics/binary.ts";
import { CLASSES_METRICS } from "../metrics/classes.ts";
import type { MetricPlan, PlanOptions, Plans } from "../metrics/plan.ts";
import { REGRESSION_METRICS } from "../metrics/regression.ts";
import type { ComparedTask, MetricName } from "../types.ts";

const TASKS: Readonly<Record<ComparedTask, Plans<string>>> = {
  binary: BINARY_METRICS,
  regression: REGRESSION_METRICS,
  classes: CLASSES_METRICS,
};

/** The metric of a model whose predictions are scores of two classes, values, or of several classes. */
export function metricPlan(task: ComparedTask, metric: MetricName, options: PlanOptions): MetricPlan {
  return (TASKS[task][metric] as Plans<string>[string])(options);
}
