import type { RowCounts, WeightedStatistic } from "../statistics/index.ts";

const POSITIVE = 1;
const LAST_OF_TIE = 2;

/** Rows of one score in falling order, ready to be walked down once per resample. */
export interface ScoreWalk {
  readonly order: Uint32Array;
  /** Of the row at each place: is it positive, is it the last of its score. */
  readonly marks: Uint8Array;
}

/** Rows by falling score. */
export function fallingOrder(scores: Float64Array): Uint32Array {
  return Uint32Array.from(scores.keys()).sort((i, j) => (scores[j] as number) - (scores[i] as number));
}

/** Is the row at this place of the order the last of its score? */
export function isLastOfTie(order: Uint32Array, scores: Float64Array, at: number): boolean {
  return at + 1 === order.length || scores[order[at + 1] as number] !== scores[order[at] as number];
}

export function scoreWalk(scores: Float64Array, isPositive: (row: number) => boolean): ScoreWalk {
  const order = fallingOrder(scores);
  const marks = Uint8Array.from(order, (row, at) => {
    const positive = isPositive(row) ? POSITIVE : 0;
    return positive + (isLastOfTie(order, scores, at) ? LAST_OF_TIE : 0);
  });
  return { order, marks };
}

/** Rows each once, or as often as they were drawn. */
export function countsOf(weights: RowCounts | null, rows: number): RowCounts {
  return weights ?? new Uint8Array(rows).fill(1);
}

/** Pairs of a positive and a negative row in which the first has the larger score, ties half; and how many of each there are. */
export interface RocArea {
  readonly area: number;
  readonly positives: number;
  readonly negatives: number;
}

export function rocArea({ order, marks }: ScoreWalk, weights: RowCounts | null): RocArea {
  const counts = countsOf(weights, order.length);
  let [area, above, positives, tied, tiedPositives] = [0, 0, 0, 0, 0];
  for (let at = 0; at < order.length; at++) {
    const count = counts[order[at] as number] as number;
    const mark = marks[at] as number;
    tied += count;
    // Without a branch, which no processor could foresee.
    tiedPositives += count & -(mark & POSITIVE);
    if (mark < LAST_OF_TIE) continue;
    area += (tied - tiedPositives) * (positives + tiedPositives / 2);
    positives += tiedPositives;
    above += tied;
    tied = 0;
    tiedPositives = 0;
  }
  return { area, positives, negatives: above - positives };
}

/** Average precision: the step-wise area under the precision-recall curve. NaN without a positive row. */
export function averagePrecision({ order, marks }: ScoreWalk): WeightedStatistic {
  return (weights) => {
    const counts = countsOf(weights, order.length);
    let [area, above, positives, last] = [0, 0, 0, 0];
    for (let at = 0; at < order.length; at++) {
      const count = counts[order[at] as number] as number;
      const mark = marks[at] as number;
      above += count;
      positives += count & -(mark & POSITIVE);
      if (mark < LAST_OF_TIE || positives === last) continue;
      area += (positives - last) * (positives / above);
      last = positives;
    }
    return positives === 0 ? Number.NaN : area / positives;
  };
}
