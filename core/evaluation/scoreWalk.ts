import type { RowCounts, WeightedStatistic } from "../statistics/index.ts";

const POSITIVE = 1;
const LAST_OF_TIE = 2;

/** Rows of one score in falling order, ready to be walked down once per resample. */
export interface ScoreWalk {
  readonly order: Uint32Array;
  /** Of the row at each place: is it positive, is it the last of its score. */
  readonly marks: Uint8Array;
}

/** Bits of a score that are sorted by at a time, and how often. */
const DIGIT_BITS = 16;
const DIGITS = 4;
/** Fewer are sorted faster by comparing them. */
const FEW = 2 ** 12;

/** Parts of 16 bits of each score, the lowest first, turned so that they rise where scores fall. */
function fallingDigits(scores: Float64Array): Uint16Array {
  const digits = new Uint16Array(scores.slice().buffer);
  for (let top = DIGITS - 1; top < digits.length; top += DIGITS) {
    // The bits of negative doubles rise as they fall; with the sign kept they come after all others.
    if ((digits[top] as number) >= 2 ** 15) continue;
    for (let at = top - DIGITS + 1; at <= top; at++) digits[at] = ~(digits[at] as number);
    digits[top] = (digits[top] as number) - 2 ** 15;
  }
  return digits;
}

/** Rows by falling score, of equal ones the first first. */
export function fallingOrder(scores: Float64Array): Uint32Array {
  const rows = Uint32Array.from(scores.keys());
  if (rows.length < FEW) return rows.sort((i, j) => (scores[j] as number) - (scores[i] as number));
  const digits = fallingDigits(scores);
  let [from, to] = [rows, new Uint32Array(rows.length)];
  for (let d = 0; d < DIGITS; d++) {
    sortByDigit(digits.subarray(d), from, to);
    [from, to] = [to, from];
  }
  return from;
}

/** Puts rows in rising order of a digit, those of equal ones as they came. */
function sortByDigit(digits: Uint16Array, from: Uint32Array, to: Uint32Array): void {
  const starts = new Uint32Array(2 ** DIGIT_BITS + 1);
  for (let at = 0; at < digits.length; at += DIGITS) {
    const after = (digits[at] as number) + 1;
    starts[after] = (starts[after] as number) + 1;
  }
  for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] as number) + (starts[at - 1] as number);
  for (let i = 0; i < from.length; i++) {
    const row = from[i] as number;
    const digit = digits[DIGITS * row] as number;
    const place = starts[digit] as number;
    starts[digit] = place + 1;
    to[place] = row;
  }
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
