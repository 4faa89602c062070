import { sumOf } from "../statistics/index.ts";

/**
 * The random splits that scikit-learn's `StratifiedShuffleSplit` makes of two classes for a seed, draw by draw: NannyML decides by them whether scores
 * are calibrated. The generator is the Mersenne twister (Matsumoto and Nishimura 1998), as NumPy's `RandomState` uses it.
 */
const SIZE = 624;
const SHIFT = 397;

class MersenneTwister {
  readonly #state = new Uint32Array(SIZE);
  #at = SIZE;

  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const last = this.#state[i - 1] as number;
      this.#state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const joined = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % SIZE] as number) & 0x7fffffff);
      const twist = joined & 1 ? 0x9908b0df : 0;
      state[i] = (state[(i + SHIFT) % SIZE] as number) ^ (joined >>> 1) ^ twist;
    }
    this.#at = 0;
  }

  #nextUint32(): number {
    if (this.#at === SIZE) this.#refill();
    let y = this.#state[this.#at++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A whole number from 0 to `most`: bits that would be more are drawn again. */
  #upTo(most: number): number {
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    for (;;) {
      const value = (this.#nextUint32() & mask) >>> 0;
      if (value <= most) return value;
    }
  }

  shuffle<T>(values: T[]): T[] {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.#upTo(i);
      [values[i], values[j]] = [values[j] as T, values[i] as T];
    }
    return values;
  }
}

/** Counts of each class that a draw of so many gives by its share, the rest by the largest remainders; ties by chance. */
function sharedOut(counts: readonly number[], draws: number, random: MersenneTwister): number[] {
  const total = sumOf(counts);
  const exact = counts.map((count) => (count / total) * draws);
  const result = exact.map(Math.floor);
  const remainders = exact.map((x, i) => x - (result[i] as number));
  let missing = draws - sumOf(result);
  for (const value of [...new Set(remainders)].sort((a, b) => b - a)) {
    if (missing <= 0) break;
    const tied = Array.from(remainders.keys()).filter((i) => remainders[i] === value);
    const chosen = random.shuffle(tied).slice(0, missing);
    for (const i of chosen) result[i] = (result[i] as number) + 1;
    missing -= chosen.length;
  }
  return result;
}

export interface Split {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * `count` splits of rows by label 0 or 1, a tenth of them for the test. None where a class has fewer than two rows or the test fewer rows than classes:
 * there scikit-learn refuses.
 */
export function stratifiedSplits(labels: ArrayLike<number>, count: number, seed: number): Split[] {
  const rows = Array.from({ length: labels.length }, (_, i) => i);
  const classes = [0, 1].map((label) => rows.filter((i) => labels[i] === label));
  const counts = classes.map((members) => members.length);
  const tested = Math.ceil(0.1 * rows.length);
  if (Math.min(...counts) < 2 || tested < classes.length) return [];
  const random = new MersenneTwister(seed);
  return Array.from({ length: count }, () => {
    const trainCounts = sharedOut(counts, rows.length - tested, random);
    const left = counts.map((c, k) => c - (trainCounts[k] as number));
    const testCounts = sharedOut(left, tested, random);
    const parts = classes.map((members, k) => {
      const shuffled = random.shuffle([...members]);
      const edge = trainCounts[k] as number;
      return { train: shuffled.slice(0, edge), test: shuffled.slice(edge, edge + (testCounts[k] as number)) };
    });
    const train = random.shuffle(parts.flatMap((part) => part.train));
    return { train, test: random.shuffle(parts.flatMap((part) => part.test)) };
  });
}
