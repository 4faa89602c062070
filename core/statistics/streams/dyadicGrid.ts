import { highBits } from "./doubleBits.ts";

/**
 * "even": all buckets are 2^level wide. "floating": buckets are 2^level wide near zero and an eighth of their binade
 * farther out, so that heavy tails and outliers do not cost the resolution of the bulk.
 */
export type GridKind = "even" | "floating";

/** Most buckets in use at a time. */
const MOST_BUCKETS = 160;
const EVEN_RANGE = 2 ** 12;
const EVEN_EXACT = 45;
const FLOATING_BINADES = 40;
const LOWEST_LEVEL = -1000;

/** Largest e with 2^e <= x, from the bits of the double; not below LOWEST_LEVEL. */
function exponentOf(x: number): number {
  return Math.max((highBits(x) >>> 20) - 1023, LOWEST_LEVEL);
}

/**
 * Histogram on a fixed, data-independent grid whose level is the finest that needs at most 160 buckets. The state
 * depends on the multiset of values alone, not on their order, and the grid of a union is found from the grids of its
 * parts: two halves merged are the whole, exactly.
 */
export class DyadicGrid {
  readonly kind: GridKind;
  level = LOWEST_LEVEL;
  #buckets = new Map<number, number>();
  #width = 2 ** LOWEST_LEVEL;

  constructor(kind: GridKind) {
    this.kind = kind;
  }

  /** Finest level allowed for values between min and max, whatever their number. */
  #floor(min: number, max: number): number {
    const reach = Math.max(Math.abs(min), Math.abs(max));
    if (this.kind === "floating") return exponentOf(reach) - FLOATING_BINADES;
    const range = max - min;
    const byRange = range > 0 ? exponentOf(range / EVEN_RANGE) + 1 : LOWEST_LEVEL;
    return Math.max(byRange, exponentOf(reach) - EVEN_EXACT);
  }

  keyOf(x: number): number {
    // The smallest negative numbers divide to zero, and must still lie below it.
    if (this.kind === "even")
      return x < 0 ? Math.min(-1, Math.floor(x / this.#width)) : Math.floor(x / this.#width);
    return x < 0 ? -1 - this.#floatingKey(-x) : this.#floatingKey(x);
  }

  #floatingKey(x: number): number {
    const linear = x / this.#width;
    if (linear < 8) return Math.floor(linear);
    // linear >= 8: exponent and the three leading bits after it are the high bits of the double.
    const bits = highBits(linear) >>> 17;
    return 8 * ((bits >>> 3) - 1025) + (bits & 7);
  }

  /** Lower and upper edge of a bucket. */
  edgesOf(key: number): [number, number] {
    if (this.kind === "even") return [key * this.#width, (key + 1) * this.#width];
    if (key < 0) return [-this.#floatingEdge(-key), -this.#floatingEdge(-1 - key)];
    return [this.#floatingEdge(key), this.#floatingEdge(key + 1)];
  }

  #floatingEdge(key: number): number {
    if (key < 8) return key * this.#width;
    const e = Math.floor(key / 8) + 2;
    return (1 + (key % 8) / 8) * 2 ** e * this.#width;
  }

  /** Makes room for values from min to max. */
  cover(min: number, max: number): void {
    const floor = Math.max(LOWEST_LEVEL, this.#floor(min, max));
    if (this.#buckets.size === 0) this.#setLevel(Math.max(this.level, floor));
    while (this.level < floor) this.coarsen();
  }

  /** Counts a value inside the covered range. */
  add(x: number, count: number): void {
    this.#addKey(this.keyOf(x), count);
  }

  #addKey(key: number, count: number): void {
    this.#buckets.set(key, (this.#buckets.get(key) ?? 0) + count);
    while (this.#buckets.size > MOST_BUCKETS) this.coarsen();
  }

  #setLevel(level: number): void {
    this.level = level;
    this.#width = 2 ** level;
  }

  /** Joins buckets in pairs. */
  coarsen(): void {
    const old = this.#buckets;
    this.#buckets = new Map();
    this.#setLevel(this.level + 1);
    for (const [key, count] of old) {
      const coarse = this.#coarserKey(key);
      this.#buckets.set(coarse, (this.#buckets.get(coarse) ?? 0) + count);
    }
  }

  #coarserKey(key: number): number {
    if (this.kind === "even") return Math.floor(key / 2);
    const positive = key < 0 ? -1 - key : key;
    const coarse = positive < 16 ? positive >> 1 : positive - 8;
    return key < 0 ? -1 - coarse : coarse;
  }

  /** Adds another grid of the same kind; both must cover the union's range. */
  merge(other: DyadicGrid): void {
    const copy = other.copy();
    while (copy.level < this.level) copy.coarsen();
    if (this.#buckets.size === 0) this.#setLevel(copy.level);
    while (this.level < copy.level) this.coarsen();
    for (const [key, count] of copy.#buckets) {
      this.#buckets.set(key, (this.#buckets.get(key) ?? 0) + count);
    }
    while (this.#buckets.size > MOST_BUCKETS) this.coarsen();
  }

  copy(): DyadicGrid {
    const copy = new DyadicGrid(this.kind);
    copy.#setLevel(this.level);
    copy.#buckets = new Map(this.#buckets);
    return copy;
  }

  /** Buckets in rising order. */
  entries(): [number, number][] {
    return [...this.#buckets].sort((a, b) => a[0] - b[0]);
  }

  /** A grid of that level with those buckets. */
  static of(
    kind: GridKind,
    level: number,
    buckets: Iterable<readonly [key: number, count: number]>,
  ): DyadicGrid {
    const grid = new DyadicGrid(kind);
    grid.#setLevel(level);
    for (const [key, count] of buckets) grid.#buckets.set(key, count);
    return grid;
  }
}
