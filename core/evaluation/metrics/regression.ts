import type { RegressionMetric } from "./names.ts";
import { LEAST, meanPlan, only, type Plans } from "./plan.ts";

const ROWS = 0;
const GAP = 1;
const SQUARES = 2;

/** Squares about the mean of so many rows by sums of gaps to any value and of their squares; NaN of fewer than two. */
export function squaresAboutMean(rows: number, gaps: number, squares: number): number {
  return rows < 2 ? Number.NaN : squares - gaps ** 2 / rows;
}

/** Metrics of a value; they agree with scikit-learn to 1e-9. `bias` is the mean of prediction - label. */
export const REGRESSION_METRICS: Plans<RegressionMetric> = {
  mae: meanPlan((label, prediction) => Math.abs(only(prediction) - label)),
  rmse: meanPlan((label, prediction) => (only(prediction) - label) ** 2, Math.sqrt),
  mape: meanPlan(
    (label, prediction) => Math.abs(only(prediction) - label) / Math.max(LEAST, Math.abs(label)),
  ),
  bias: meanPlan((label, prediction) => only(prediction) - label),
  r2: ({ centre }) => ({
    add: (label, prediction, put) => put(0, (label - only(prediction)) ** 2),
    share(label, put) {
      put(ROWS, 1);
      put(GAP, label - centre);
      put(SQUARES, (label - centre) ** 2);
    },
    walks: [],
    value({ own, shared, squares }) {
      const whole = squares?.() ?? squaresAboutMean(shared(ROWS), shared(GAP), shared(SQUARES));
      // As scikit-learn answers where all labels are one value.
      if (whole <= 0) return own(0) === 0 ? 1 : 0;
      return 1 - own(0) / whole;
    },
  }),
};
