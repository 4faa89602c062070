/** Metrics as sums over rows that may come one by one: what a row adds, and what the metric is once all were added. */
import { CONFUSION_SHARES, type Confusion, SCORE_LOSSES } from "../classificationMetrics.ts";
import { CALIBRATION_BINS, calibrationBin } from "../losses.ts";
import { DECISION_METRICS, meanOverPairs, meanOverRest, PROBABILITY_LOSSES } from "../multiclassMetrics.ts";
import { rSquared, VALUE_LOSSES } from "../regressionMetrics.ts";
import type { ClassificationMetric, MetricName, MulticlassMetric, RegressionMetric } from "../types.ts";
import type { WalkPlan } from "./rankWalks.ts";

/** Adds the value to the sum of that number. */
export type Put = (cell: number, value: number) => void;

/** Sums of one resample: 0 where nothing was put. */
export interface PlanSums {
  own(cell: number): number;
  shared(cell: number): number;
  /** What the walk of that place in `walks` found. */
  walk(place: number, group: number): number;
}

/** A metric of one model. `prediction`: a score or value, the number of the decided class, or a probability of each class. */
export interface MetricPlan {
  add(label: number, prediction: ArrayLike<number>, put: Put): void;
  /** What a row adds whatever the model says of it. */
  readonly share?: (label: number, put: Put) => void;
  readonly walks: readonly WalkPlan[];
  value(sums: PlanSums, classes: number): number;
}

/** What a plan depends on beside the metric's name. */
export interface PlanOptions {
  readonly threshold: number;
  /** Columns of the model's predictions. */
  readonly columns: number;
  /** A label in the middle of others, which keeps sums of squares exact. */
  readonly centre: number;
}

const nothing = (): void => {};
const byLabel = (label: number, put: Put): void => put(label, 1);
const total = (_: number, put: Put): void => put(0, 1);
const undefinedMetric: MetricPlan = { add: nothing, walks: [], value: () => Number.NaN };

function meanPlan(
  loss: (label: number, prediction: ArrayLike<number>) => number,
  value = (mean: number): number => mean,
): MetricPlan {
  return {
    add: (label, prediction, put) => put(0, loss(label, prediction)),
    share: total,
    walks: [],
    value: ({ own, shared }) => value(own(0) / shared(0)),
  };
}

const only = (prediction: ArrayLike<number>): number => prediction[0] as number;

function calibrationPlan(
  confidenceOf: (prediction: ArrayLike<number>) => number,
  isTrue: (label: number, prediction: ArrayLike<number>) => boolean,
): MetricPlan {
  return {
    add(label, prediction, put) {
      const confidence = confidenceOf(prediction);
      put(calibrationBin(confidence), Number(isTrue(label, prediction)) - confidence);
    },
    share: total,
    walks: [],
    value({ own, shared }) {
      let sum = 0;
      for (let bin = 0; bin < CALIBRATION_BINS; bin++) sum += Math.abs(own(bin));
      return sum / shared(0);
    },
  };
}

function confusionPlan(formula: (c: Confusion) => number, threshold: number): MetricPlan {
  return {
    add: (label, prediction, put) => put(2 * label + Number(only(prediction) >= threshold), 1),
    walks: [],
    value: ({ own }) => formula({ tn: own(0), fp: own(1), fn: own(2), tp: own(3) }),
  };
}

function binaryPlan(metric: ClassificationMetric, { threshold }: PlanOptions): MetricPlan {
  if (metric in CONFUSION_SHARES)
    return confusionPlan(CONFUSION_SHARES[metric as keyof typeof CONFUSION_SHARES], threshold);
  if (metric in SCORE_LOSSES) {
    const loss = SCORE_LOSSES[metric as keyof typeof SCORE_LOSSES];
    return meanPlan((label, prediction) => loss(label, only(prediction)));
  }
  if (metric === "calibrationError") return calibrationPlan(only, (label) => label === 1);
  const isArea = metric === "rocAuc";
  return {
    add: nothing,
    share: byLabel,
    walks: [{ column: 0, kind: isArea ? "areaOverRest" : "precision", positive: 1 }],
    value({ shared, walk }) {
      const pairs = shared(0) * shared(1);
      return isArea ? (pairs === 0 ? Number.NaN : walk(0, 0) / pairs) : walk(0, 0);
    },
  };
}

const R2 = { own: 0, total: 0, gap: 1, about: 2 } as const;

function regressionPlan(metric: RegressionMetric, { centre }: PlanOptions): MetricPlan {
  if (metric !== "r2") {
    const loss = VALUE_LOSSES[metric];
    const root = metric === "rmse" ? Math.sqrt : undefined;
    return meanPlan((label, prediction) => loss(label, only(prediction)), root);
  }
  return {
    add: (label, prediction, put) => put(R2.own, (label - only(prediction)) ** 2),
    share(label, put) {
      put(R2.total, 1);
      put(R2.gap, label - centre);
      put(R2.about, (label - centre) ** 2);
    },
    walks: [],
    value({ own, shared }) {
      const rows = shared(R2.total);
      return rows < 2 ? Number.NaN : rSquared(own(R2.own), shared(R2.about) - shared(R2.gap) ** 2 / rows);
    },
  };
}

/** The first of the most probable classes, as NumPy's argmax answers; a decided class is what it is. */
export function decisionOf(prediction: ArrayLike<number>): number {
  if (prediction.length === 1) return only(prediction);
  let best = 0;
  for (let k = 1; k < prediction.length; k++)
    if ((prediction[k] as number) > (prediction[best] as number)) best = k;
  return best;
}

function decisionPlan(metric: keyof typeof DECISION_METRICS): MetricPlan {
  return {
    add(label, prediction, put) {
      const called = decisionOf(prediction);
      put(2 * called, 1);
      if (called === label) put(2 * called + 1, 1);
    },
    share: byLabel,
    walks: [],
    value({ own, shared }, classes) {
      const each = (of: (k: number) => number): number[] => Array.from({ length: classes }, (_, k) => of(k));
      return DECISION_METRICS[metric]({
        actual: each(shared),
        called: each((k) => own(2 * k)),
        hits: each((k) => own(2 * k + 1)),
      });
    },
  };
}

function rankPlan(metric: MulticlassMetric, columns: number): MetricPlan {
  const kind =
    metric === "prAucMacro" ? "precision" : metric.startsWith("rocAucOvr") ? "areaOverRest" : "areaOverEach";
  const average = metric.endsWith("Weighted") ? "weighted" : "macro";
  const each = <T>(of: (k: number) => T): T[] => Array.from({ length: columns }, (_, k) => of(k));
  return {
    add: nothing,
    share: byLabel,
    walks: each((k) => ({ column: k, kind, positive: k })),
    value({ shared, walk }) {
      const counts = each(shared);
      const rows = counts.reduce((a, b) => a + b, 0);
      if (kind === "precision") return each((k) => walk(k, 0)).reduce((a, b) => a + b, 0) / columns;
      if (kind === "areaOverEach") return meanOverPairs(average, counts, walk);
      const areas = counts.map((positives, k) => ({
        area: walk(k, 0),
        positives,
        negatives: rows - positives,
      }));
      return meanOverRest(average, areas);
    },
  };
}

function classesPlan(metric: MulticlassMetric, { columns }: PlanOptions): MetricPlan {
  if (metric in DECISION_METRICS) return decisionPlan(metric as keyof typeof DECISION_METRICS);
  if (columns === 1) return undefinedMetric;
  if (metric === "calibrationError")
    return calibrationPlan(
      (p) => p[decisionOf(p)] as number,
      (label, p) => decisionOf(p) === label,
    );
  if (!(metric in PROBABILITY_LOSSES)) return rankPlan(metric, columns);
  const loss = PROBABILITY_LOSSES[metric as keyof typeof PROBABILITY_LOSSES];
  return meanPlan((label, p) => loss(label, (k) => p[k] as number, columns));
}

/** The metric of a model whose predictions are scores of two classes, values, or of several classes. */
export function metricPlan(
  task: "binary" | "regression" | "classes",
  metric: MetricName,
  options: PlanOptions,
): MetricPlan {
  if (task === "classes") return classesPlan(metric as MulticlassMetric, options);
  return task === "binary"
    ? binaryPlan(metric as ClassificationMetric, options)
    : regressionPlan(metric as RegressionMetric, options);
}
