import type { ClassificationMetric } from "./names.ts";
import {
  byLabel,
  calibrationPlan,
  LEAST,
  type MetricPlan,
  meanPlan,
  only,
  type Plans,
  ratio,
  rocArea,
} from "./plan.ts";

/** Rows by label and decision. */
interface Confusion {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
}

function decided(formula: (c: Confusion) => number): Plans<string>[string] {
  return ({ threshold }) => ({
    add: (label, prediction, put) => put(2 * label + Number(only(prediction) >= threshold), 1),
    walks: [],
    value: ({ own }) => formula({ tn: own(0), fp: own(1), fn: own(2), tp: own(3) }),
  });
}

function logLoss(label: number, score: number): number {
  const p = Math.min(1 - LEAST, Math.max(LEAST, score));
  return label === 1 ? -Math.log(p) : -Math.log1p(-p);
}

/** Metrics of labels 0 and 1 and a score of class 1; values agree with scikit-learn to 1e-9. */
export const BINARY_METRICS: Plans<ClassificationMetric> = {
  accuracy: decided((c) => ratio(c.tp + c.tn, c.tp + c.tn + c.fp + c.fn)),
  precision: decided((c) => ratio(c.tp, c.tp + c.fp)),
  recall: decided((c) => ratio(c.tp, c.tp + c.fn)),
  f1: decided((c) => ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn)),
  rocAuc: () => ({
    share: byLabel,
    walks: [{ column: 0, kind: "areaOverRest", positive: 1 }],
    value: ({ shared, walk }) => rocArea(walk, 0, () => shared(0) * shared(1)),
  }),
  prAuc: (): MetricPlan => ({
    walks: [{ column: 0, kind: "precision", positive: 1 }],
    value: ({ walk }) => walk(0, 0),
  }),
  logLoss: meanPlan((label, prediction) => logLoss(label, only(prediction))),
  brier: meanPlan((label, prediction) => (only(prediction) - label) ** 2),
  calibrationError: () => calibrationPlan(only, (label) => label === 1),
};
