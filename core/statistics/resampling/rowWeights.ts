import { drawPoisson } from "./drawCounts.ts";
import { mix, SeededRandom } from "./random.ts";

/** Poisson numbers that rows take theirs from: as many as a processor's cache keeps. */
const POOL = 2 ** 20;

/**
 * How often each of many rows is drawn in each of many resamples, by a Poisson number with mean 1 (the Poisson bootstrap; Chamandy et al. 2012,
 * "Estimating uncertainty for massive data streams"). A row's counts follow from its number and the seed alone: rows may come in any order, and again,
 * and nothing is kept of them. Given its sum a resample is one of so many draws with replacement, so that a statistic that is divided by
 * its weights varies by 1/n more than by n draws. Each row reads them from a place of its own, at random, in one long run of independent Poisson numbers:
 * of a given row they are independent, rows that share a place are few, and as they have nothing else in common the variance of a
 * sum is off by one part in 700 at most (its standard deviation, sqrt(2 / 2^20)), far below what 2,000 resamples leave open.
 */
export class RowWeights {
  readonly repetitions: number;
  readonly #pool: Uint8Array;
  readonly #counts: Uint8Array;
  readonly #base: number;

  constructor(repetitions: number, seed: number) {
    this.repetitions = repetitions;
    const random = new SeededRandom(seed);
    this.#base = random.nextUint32();
    this.#pool = new Uint8Array(POOL + repetitions);
    drawPoisson(this.#pool, random);
    this.#counts = new Uint8Array(4 * Math.ceil((1 + repetitions) / 4));
    this.#counts[0] = 1;
  }

  /** Sums that a statistic needs: of the rows themselves, each once, of each resample, and up to three that stay 0. */
  get width(): number {
    return this.#counts.length;
  }

  /** Counts of the row: 1, then one of each resample, then zeros. They last until the next row is asked for. */
  of(row: number): Uint8Array {
    const place = mix((this.#base + row) | 0) % POOL;
    this.#counts.set(this.#pool.subarray(place, place + this.repetitions), 1);
    return this.#counts;
  }
}
