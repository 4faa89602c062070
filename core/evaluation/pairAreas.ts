import type { RowCounts } from "../statistics/index.ts";
import { countsOf, fallingOrder, isLastOfTie } from "./scoreWalk.ts";

/** Areas between pairs of classes in one resample. */
export interface PairAreas {
  /**
   * At `a * classes + b`: pairs of a row of class a and one of class b in which the first has the larger score of a,
   * ties half. Divided by the number of pairs it is the ROC AUC of a against b.
   */
  readonly areas: Float64Array;
  /** Rows of each class. */
  readonly counts: Float64Array;
}

/**
 * Prepares all pairwise ROC areas of a multiclass model: one walk down the sorted scores of each class gives its area
 * against every other, so that one-vs-one costs no more than one-vs-rest.
 */
export function pairAreas(
  labels: Uint32Array,
  probabilities: readonly Float64Array[],
): (weights: RowCounts | null) => PairAreas {
  const size = probabilities.length;
  const walks = probabilities.map((scores) => {
    const order = fallingOrder(scores);
    return {
      order,
      labels: Uint32Array.from(order, (row) => labels[row] as number),
      isLast: Uint8Array.from(order, (_, at) => (isLastOfTie(order, scores, at) ? 1 : 0)),
    };
  });
  return (weights) => {
    const rows = countsOf(weights, labels.length);
    const areas = new Float64Array(size * size);
    const counts = new Float64Array(size);
    for (let i = 0; i < labels.length; i++)
      counts[labels[i] as number] = (counts[labels[i] as number] as number) + (rows[i] as number);
    walks.forEach((walk, a) => {
      addAreas(walk, rows, a, areas.subarray(a * size, (a + 1) * size));
    });
    return { areas, counts };
  };
}

interface ClassWalk {
  readonly order: Uint32Array;
  readonly labels: Uint32Array;
  readonly isLast: Uint8Array;
}

/** Adds the areas of class `a` against each other one. */
function addAreas(
  { order, labels, isLast }: ClassWalk,
  rows: RowCounts,
  a: number,
  areas: Float64Array,
): void {
  let above = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    let tied = 0;
    do tied += (rows[order[end] as number] as number) & -Number(labels[end] === a);
    while (isLast[end++] === 0);
    // Those of class `a` itself are added as well, which costs less than a branch that no processor could foresee.
    for (let at = start; at < end; at++) {
      const label = labels[at] as number;
      areas[label] = (areas[label] as number) + (rows[order[at] as number] as number) * (above + tied / 2);
    }
    above += tied;
  }
  areas[a] = 0;
}
