import type { WeightedStatistic } from "../statistics/index.ts";
import { cellSum, cellsOf, meanOf, squaresOf } from "./heldSums.ts";
import type { MetricPlan, PlanOptions } from "./metrics/plan.ts";
import { scoreWalk } from "./scoreWalk.ts";

/** Rows at hand, by column. `columns`: predictions as a plan takes them. */
export interface HeldRows {
  readonly labels: ArrayLike<number>;
  readonly columns: readonly Float64Array[];
  readonly threshold: number;
  /** How many there are among labels and decisions. */
  readonly classes: number;
}

/** Works out what is asked for once, when it is. */
function lazy<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The metric of rows at hand: they are prepared once, and gone over for each resample. */
export function heldMetric(
  planOf: (options: PlanOptions) => MetricPlan,
  { labels, columns, threshold, classes }: HeldRows,
): WeightedStatistic {
  const rows = labels.length;
  let centre = 0;
  for (let i = 0; i < rows; i++) centre += ((labels[i] as number) - centre) / (i + 1);
  const plan = planOf({ threshold, columns: columns.length, centre });
  const prediction = new Float64Array(columns.length);
  const own = lazy(() =>
    cellsOf(rows, (row, put) => {
      for (let k = 0; k < columns.length; k++) prediction[k] = (columns[k] as Float64Array)[row] as number;
      plan.add?.(labels[row] as number, prediction, put);
    }),
  );
  const shared = lazy(() => cellsOf(rows, (row, put) => plan.share?.(labels[row] as number, put)));
  const losses = lazy(() => own()(0).values ?? new Float64Array(rows).fill(1));
  const gaps = lazy(() => Float64Array.from(labels, (label) => label - centre));
  const walks = plan.walks.map((walk) =>
    scoreWalk(walk, columns[walk.column] as Float64Array, labels, classes),
  );
  return (weights) => {
    const counts = weights ?? new Uint8Array(rows).fill(1);
    const walked = walks.map((walk) => walk(counts));
    return plan.value(
      {
        own: (cell) => cellSum(own()(cell), counts),
        shared: (cell) => cellSum(shared()(cell), counts),
        walk: (place, group) => walked[place]?.[group] ?? 0,
        mean: () => meanOf(losses(), counts),
        squares: () => squaresOf(gaps(), counts),
      },
      classes,
    );
  };
}
