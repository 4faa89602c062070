import type { SeededRandom } from "./random.ts";

/** Counts of rows as weights; a row comes 256 times in one resample in fewer than one in 10^500. */
export type RowCounts = Uint8Array | Uint32Array;

/** P(N <= k) of a Poisson number with mean 1, as far as doubles tell it from 1. */
const CUMULATIVE: readonly number[] = (() => {
  const sums: number[] = [];
  for (let k = 0, share = Math.exp(-1), sum = 0; sums.length < 20; k++, share /= k) {
    sum += share;
    sums.push(sum);
  }
  return sums;
})();

/** A draw of 32 bits serves three rows: ten bits say the count of most, the others need more. */
const BITS = 10;
const CELLS = 2 ** BITS;
const MASK = CELLS - 1;
const OPEN = 255;
const ROWS_OF_WORD = 3;
const WORDS = 1024;

const poissonAt = (u: number): number => {
  const k = CUMULATIVE.findIndex((sum) => u < sum);
  return k < 0 ? CUMULATIVE.length : k;
};

const COUNT_OF_CELL = Uint8Array.from({ length: CELLS }, (_, cell) => {
  const k = poissonAt(cell / CELLS);
  return (cell + 1) / CELLS <= (CUMULATIVE[k] ?? 0) ? k : OPEN;
});

/** More than any count: rows are taken back with a chance in step with theirs. */
const MOST = 32;

/** Count of a row by ten bits, and more where these leave it open. */
function countAt(cell: number, random: SeededRandom): number {
  const count = COUNT_OF_CELL[cell] as number;
  return count < OPEN ? count : poissonAt((cell + random.next()) / CELLS);
}

/** Poisson counts of the rows from `row` on, three a word; gives their sum. */
function fillCounts(counts: RowCounts, row: number, words: Uint32Array, random: SeededRandom): number {
  let sum = 0;
  for (let at = 0, i = row; at < words.length; at++, i += ROWS_OF_WORD) {
    const word = words[at] as number;
    const first = countAt(word & MASK, random);
    const second = countAt((word >>> BITS) & MASK, random);
    const third = countAt((word >>> (2 * BITS)) & MASK, random);
    counts[i] = first;
    counts[i + 1] = second;
    counts[i + 2] = third;
    sum += first + second + third;
  }
  return sum;
}

/** Independent Poisson numbers with mean 1; gives their sum. */
export function drawPoisson(counts: RowCounts, random: SeededRandom): number {
  const whole = Math.floor(counts.length / ROWS_OF_WORD);
  const buffer = new Uint32Array(Math.min(whole, WORDS));
  let [sum, row] = [0, 0];
  for (let left = whole; left > 0; left -= WORDS, row += ROWS_OF_WORD * WORDS) {
    const words = left < WORDS ? buffer.subarray(0, left) : buffer;
    random.fill(words);
    sum += fillCounts(counts, row, words, random);
  }
  for (row = ROWS_OF_WORD * whole; row < counts.length; row++) {
    counts[row] = countAt(random.integer(CELLS), random);
    sum += counts[row] as number;
  }
  return sum;
}

/**
 * How often each of n rows is drawn in one resample of n: multinomial counts, as n draws with replacement give them, in a
 * third of their time. Independent Poisson counts are multinomial given their sum, and stay so when single draws are
 * added or taken back until it is n.
 */
export function drawCounts(counts: RowCounts, random: SeededRandom): void {
  const n = counts.length;
  let sum = drawPoisson(counts, random);
  for (; sum < n; sum++) {
    const row = random.integer(n);
    counts[row] = (counts[row] as number) + 1;
  }
  while (sum > n) {
    const row = random.integer(n);
    if (random.integer(MOST) >= (counts[row] as number)) continue;
    counts[row] = (counts[row] as number) - 1;
    sum--;
  }
}
