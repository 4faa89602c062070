/** A metric as sums over rows: what a row adds, and what the metric is once all were added. Rows may be at hand all at once, or come one by one. */

/** Adds the value to the sum of that number. */
export type Put = (cell: number, value: number) => void;

/** A walk that a metric needs: down which column of a model's scores, and what is counted on the way. */
export interface WalkPlan {
  readonly column: number;
  readonly kind: "areaOverRest" | "areaOverEach" | "precision";
  /** Class that should lie above the others. */
  readonly positive: number;
}

/** Sums of one resample: 0 where nothing was put. */
export interface PlanSums {
  own(cell: number): number;
  shared(cell: number): number;
  /**
   * What the walk of that place in `walks` found. "areaOverRest", group 0: pairs of a positive row and another below it, ties half, and where rows are
   * at hand all pairs in group 1. "areaOverEach": the same by the class of the other. "precision", group 0: average precision, NaN without a positive row.
   */
  walk(place: number, group: number): number;
  /** Where rows are at hand, in one pass: own(0) over their number, and the squares of the labels about their mean. */
  mean?(): number;
  squares?(): number;
}

/** A metric of one model. `prediction`: a score or value, the number of the decided class, or a probability of each class. */
export interface MetricPlan {
  add?(label: number, prediction: ArrayLike<number>, put: Put): void;
  /** What a row adds whatever the model says of it. */
  share?(label: number, put: Put): void;
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

/** The plans of a task, by the metric's name. */
export type Plans<Metric extends string> = Readonly<Record<Metric, (options: PlanOptions) => MetricPlan>>;

/** Probabilities and denominators of relative errors are kept this far from the ends of their range: one double-precision step, as in scikit-learn. */
export const LEAST = 2.220446049250313e-16;

export const only = (prediction: ArrayLike<number>): number => prediction[0] as number;

export const byLabel = (label: number, put: Put): void => put(label, 1);
const total = (_: number, put: Put): void => put(0, 1);

/** Zero where nothing was predicted or nothing was there, as scikit-learn answers. */
export const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** A function of the mean of a loss per row. */
export function meanPlan(
  loss: (label: number, prediction: ArrayLike<number>) => number,
  value = (mean: number): number => mean,
): () => MetricPlan {
  return () => ({
    add: (label, prediction, put) => put(0, loss(label, prediction)),
    share: total,
    walks: [],
    value: ({ own, shared, mean }) => value(mean === undefined ? own(0) / shared(0) : mean()),
  });
}

/** ROC AUC by a walk over the rest, NaN without pairs; `pairs` is asked where the walk does not know how many there are. */
export function rocArea(walk: PlanSums["walk"], place: number, pairs: () => number): number {
  return walk(place, 0) / (walk(place, 1) || pairs() || Number.NaN);
}

const BINS = 10;

/** Expected calibration error over ten bins of equal width: how often what was predicted is true, against the confidence in it. */
export function calibrationPlan(
  confidenceOf: (prediction: ArrayLike<number>) => number,
  isTrue: (label: number, prediction: ArrayLike<number>) => boolean,
): MetricPlan {
  return {
    add(label, prediction, put) {
      const confidence = confidenceOf(prediction);
      const bin = Math.min(BINS - 1, Math.max(0, Math.floor(confidence * BINS)));
      put(bin, Number(isTrue(label, prediction)) - confidence);
    },
    share: total,
    walks: [],
    value({ own, shared }) {
      let sum = 0;
      for (let bin = 0; bin < BINS; bin++) sum += Math.abs(own(bin));
      return sum / shared(0);
    },
  };
}
