import type { RowCounts } from "../statistics/index.ts";
import type { WalkPlan } from "./metrics/plan.ts";

const POSITIVE = 1;
const LAST_OF_TIE = 2;

/** Rows in falling order of one score, ready to be walked down once per resample. */
interface ScoreWalk {
  readonly order: Uint32Array;
  /** Of the row at each place: is it positive, is it the last of its score. */
  readonly marks: Uint8Array;
  readonly labels: Uint32Array;
  readonly positive: number;
  readonly classes: number;
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

function areaOverRest({ order, marks }: ScoreWalk, counts: RowCounts): readonly [number, number] {
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
  return [area, positives * (above - positives)];
}

function areaOverEach(
  { order, marks, labels, positive, classes }: ScoreWalk,
  counts: RowCounts,
): Float64Array {
  const areas = new Float64Array(classes);
  let above = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    let tied = 0;
    do tied += (counts[order[end] as number] as number) & -((marks[end] as number) & POSITIVE);
    while ((marks[end++] as number) < LAST_OF_TIE);
    // Those of the positive class itself are added as well, which costs less than a branch that no processor could foresee.
    for (let at = start; at < end; at++) {
      const label = labels[at] as number;
      areas[label] = (areas[label] as number) + (counts[order[at] as number] as number) * (above + tied / 2);
    }
    above += tied;
  }
  areas[positive] = 0;
  return areas;
}

/** The step-wise area under the precision-recall curve. */
function precision({ order, marks }: ScoreWalk, counts: RowCounts): readonly [number] {
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
  return [area / positives];
}

const WALKS = { areaOverRest, areaOverEach, precision };

/** Prepares the walk down a score of rows at hand; gives what it finds in a resample, by group. */
export function scoreWalk(
  { kind, positive }: WalkPlan,
  scores: Float64Array,
  labels: ArrayLike<number>,
  classes: number,
): (counts: RowCounts) => ArrayLike<number> {
  const order = fallingOrder(scores);
  const marks = Uint8Array.from(order, (row, at) => {
    const isLast = at + 1 === order.length || scores[order[at + 1] as number] !== scores[row];
    return (labels[row] === positive ? POSITIVE : 0) + (isLast ? LAST_OF_TIE : 0);
  });
  const walk = { order, marks, labels: order.map((row) => labels[row] as number), positive, classes };
  return (counts) => WALKS[kind](walk, counts);
}
