import { DoubleCounts, leadingBits } from "../statistics/index.ts";

/**
 * Most distinct values that a window may have beside the reference's cells before they are joined: windows of up to as many
 * rows are counted exactly, longer ones in constant memory whatever they hold.
 */
export const MOST_KEYS = 16_384;

/** Small whole keys of long windows are counted in an array: most of them touch nothing else. */
const ARRAY_KEYS = 8192;
const ARRAY_FROM = 4096;
/**
 * Bits kept after the leading one of a key's distance from the reference's next cell below, by how often keys had to be joined. With none
 * kept no column of doubles has more keys than are allowed.
 */
const KEPT_BITS = [10, 4, 0];

/** Counts by cell of the reference, and by value where the reference has no cell. */
export class KeyTally {
  readonly #known: Float64Array;
  readonly #isKnown = new DoubleCounts();
  /** Counts of the known small keys, NaN for all others; made once the window is long. */
  #dense: Float64Array | undefined;
  #sparse = new DoubleCounts();
  #added = 0;
  #newKeys = 0;
  /** How often keys outside the reference's cells were joined: a function of what was counted, not of its order. */
  #joined = 0;

  /** `known`: keys of the reference's cells, in rising order. They are never joined. */
  constructor(known: Float64Array) {
    this.#known = known;
    for (const key of known) this.#isKnown.add(key, 1);
  }

  add(key: number): void {
    if (this.#dense !== undefined && key >= -ARRAY_KEYS && key < ARRAY_KEYS && Number.isInteger(key)) {
      const count = this.#dense[key + ARRAY_KEYS] as number;
      if (count >= 0) {
        this.#dense[key + ARRAY_KEYS] = count + 1;
        return;
      }
    }
    this.#addSparse(this.#joined === 0 ? key : this.#joinedKey(key), 1);
    if (++this.#added === ARRAY_FROM) this.#makeDense();
    while (this.#newKeys > MOST_KEYS && this.#joined < KEPT_BITS.length) this.#join();
  }

  #addSparse(key: number, count: number): void {
    if (this.#sparse.add(key, count) && this.#isKnown.get(key) === 0) this.#newKeys++;
  }

  #makeDense(): void {
    this.#dense = new Float64Array(2 * ARRAY_KEYS).fill(Number.NaN);
    for (const key of this.#known) if (Math.abs(key) < ARRAY_KEYS) this.#dense[key + ARRAY_KEYS] = 0;
  }

  #join(): void {
    const before = this.#sparse;
    this.#joined++;
    this.#sparse = new DoubleCounts();
    this.#newKeys = 0;
    for (const key of before.keys()) this.#addSparse(this.#joinedKey(key), before.get(key));
  }

  /** The key rounded towards the reference's next cell below (the first one: above), which it never reaches. */
  #joinedKey(key: number): number {
    const known = this.#known;
    let [low, high] = [0, known.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((known[middle] as number) <= key) low = middle + 1;
      else high = middle;
    }
    const below = known[Math.max(0, low - 1)] ?? 0;
    if (below === key) return key;
    return below + leadingBits(key - below, KEPT_BITS[this.#joined - 1] as number);
  }

  /** Keys that were counted or are known, in rising order. */
  keys(): Float64Array {
    const added = this.#sparse.keys().filter((key) => this.#isKnown.get(key) === 0);
    const keys = new Float64Array(this.#known.length + added.length);
    keys.set(this.#known);
    keys.set(added, this.#known.length);
    return keys.sort();
  }

  countOf(key: number): number {
    const small =
      this.#dense !== undefined && Number.isInteger(key) ? (this.#dense[key + ARRAY_KEYS] ?? 0) : 0;
    // NaN stands for small keys that are not known.
    return this.#sparse.get(key) + (small > 0 ? small : 0);
  }
}
