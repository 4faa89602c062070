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
): (weights: Uint32Array | null) => PairAreas {
  const size = probabilities.length;
  const orders = probabilities.map((scores) =>
    Uint32Array.from(scores.keys()).sort((i, j) => (scores[j] as number) - (scores[i] as number)),
  );
  return (weights) => {
    const weightAt = (i: number): number => (weights === null ? 1 : (weights[i] as number));
    const areas = new Float64Array(size * size);
    const counts = new Float64Array(size);
    labels.forEach((label, i) => {
      counts[label] = (counts[label] as number) + weightAt(i);
    });
    orders.forEach((order, a) => {
      const scores = probabilities[a] as Float64Array;
      let above = 0;
      for (let start = 0, end = 0; start < order.length; start = end) {
        const score = scores[order[start] as number];
        let tied = 0;
        for (end = start; end < order.length && scores[order[end] as number] === score; end++) {
          const i = order[end] as number;
          if (labels[i] === a) tied += weightAt(i);
        }
        for (let at = start; at < end; at++) {
          const i = order[at] as number;
          const cell = a * size + (labels[i] as number);
          if (labels[i] !== a) areas[cell] = (areas[cell] as number) + weightAt(i) * (above + tied / 2);
        }
        above += tied;
      }
    });
    return { areas, counts };
  };
}
