import { packCounts, packedLength, unpackCounts } from "./packing.ts";

/** Bytes of one table before base64: 2 KB of JSON less what surrounds it. */
const MOST_BYTES = 1440;
/** Keys stay below this, where doubles still count. */
const KEY_LIMIT = 2 ** 45;
const LOWEST_LEVEL = -1000;
/** Values at least 1 stand for counts in the packed form; below are empty cells: one, or a run whose length follows. */
const EMPTY = 0;
const RUN = 1;
const SHIFT = 1;

export interface SeasonalState {
  readonly level: number;
  /** Key of the first cell of all. */
  readonly base: number;
  /** Per slot: how many cells, then the first one's distance from `base`, then counts with the gaps between them. */
  readonly cells: string;
  /** Values missing per slot; absent while none was. */
  readonly missing?: string;
}

/** Counts of one slot or several, by cell. */
export interface SlotCounts {
  readonly counts: ReadonlyMap<number, number>;
  readonly total: number;
  readonly missing: number;
}

type Cells = Map<number, number>;

/**
 * Distribution of a stream per slot of time (hours of a week), in at most 2 KB of JSON for all slots: counts over cells
 * 2^level wide, level being the finest that fits. The packed size never shrinks when values come in or cells are split,
 * so the level depends on the multiset of (slot, value) alone: any order, any merged parts give the same state.
 */
export class SeasonalCounts {
  readonly slots: number;
  #level: number;
  #width: number;
  #cells: Cells[];
  #missing: Float64Array;
  #pairs = 0;

  /** `level`: finest cells ever wanted, as a power of two. */
  constructor(slots: number, level = LOWEST_LEVEL) {
    this.slots = slots;
    this.#level = level;
    this.#width = 2 ** level;
    this.#cells = Array.from({ length: slots }, () => new Map());
    this.#missing = new Float64Array(slots);
  }

  /** Counts a finite value. */
  add(slot: number, value: number): void {
    // A first value decides where to begin: a few levels finer than its size allows.
    if (this.#pairs === 0) this.#setLevel(Math.max(this.#level, Math.floor(Math.log2(Math.abs(value))) - 46));
    while (Math.abs(value / this.#width) >= KEY_LIMIT) this.#coarsen();
    const cells = this.#cells[slot] as Cells;
    const key = this.keyOf(value);
    const before = cells.get(key);
    cells.set(key, (before ?? 0) + 1);
    if (before === undefined) this.#pairs++;
    // A cell takes a byte at least: what has more cannot fit.
    while (this.#pairs > MOST_BYTES) this.#coarsen();
  }

  addMissing(slot: number): void {
    this.#missing[slot] = (this.#missing[slot] as number) + 1;
  }

  keyOf(value: number): number {
    // The smallest negative numbers divide to zero, and must still lie below it.
    return value < 0 ? Math.min(-1, Math.floor(value / this.#width)) : Math.floor(value / this.#width);
  }

  centreOf(key: number): number {
    return (key + 0.5) * this.#width;
  }

  /** Counts of the given slots together. */
  pooled(slots: Iterable<number>): SlotCounts {
    const counts: Cells = new Map();
    let [total, missing] = [0, 0];
    for (const slot of slots) {
      missing += this.#missing[slot] as number;
      for (const [key, count] of this.#cells[slot] as Cells) {
        counts.set(key, (counts.get(key) ?? 0) + count);
        total += count;
      }
    }
    return { counts, total, missing };
  }

  #setLevel(level: number): void {
    this.#level = level;
    this.#width = 2 ** level;
  }

  #coarsen(): void {
    this.#setLevel(this.#level + 1);
    this.#pairs = 0;
    this.#cells = this.#cells.map((cells) => {
      const coarse: Cells = new Map();
      for (const [key, count] of cells) {
        const half = Math.floor(key / 2);
        coarse.set(half, (coarse.get(half) ?? 0) + count);
      }
      this.#pairs += coarse.size;
      return coarse;
    });
  }

  /** Adds another table of as many slots. */
  merge(other: SeasonalCounts): void {
    const copy = SeasonalCounts.fromState(other.toState(), this.slots);
    if (copy.#pairs > 0) {
      if (this.#pairs === 0) this.#setLevel(copy.#level);
      while (copy.#level < this.#level) copy.#coarsen();
      while (this.#level < copy.#level) this.#coarsen();
    }
    this.#pairs = 0;
    this.#cells.forEach((cells, slot) => {
      for (const [key, count] of copy.#cells[slot] as Cells) cells.set(key, (cells.get(key) ?? 0) + count);
      this.#pairs += cells.size;
      this.#missing[slot] = (this.#missing[slot] as number) + (copy.#missing[slot] as number);
    });
  }

  #packed(): { base: number; numbers: number[]; bytes: number } {
    const sorted = this.#cells.map((cells) => [...cells].sort((a, b) => a[0] - b[0]));
    const base = sorted.reduce((least, entries) => Math.min(least, entries[0]?.[0] ?? least), Infinity);
    const numbers: number[] = [];
    for (const entries of sorted) {
      numbers.push(entries.length);
      let next = base;
      entries.forEach(([key, count], i) => {
        const gap = key - next;
        if (i === 0) numbers.push(gap);
        else if (gap === 1) numbers.push(EMPTY);
        else if (gap > 1) numbers.push(RUN, gap);
        numbers.push(count + SHIFT);
        next = key + 1;
      });
    }
    const missing = this.#missing.some((m) => m > 0) ? this.#missing : [];
    const bytes = [...numbers, ...missing].reduce((sum, n) => sum + packedLength(n), 0);
    return { base: base === Infinity ? 0 : base, numbers, bytes };
  }

  /** Coarsens to what fits, then gives the state. */
  toState(): SeasonalState {
    let packed = this.#packed();
    while (packed.bytes > MOST_BYTES && !this.#isCoarsest()) {
      this.#coarsen();
      packed = this.#packed();
    }
    const state = { level: this.#level, base: packed.base, cells: packCounts(packed.numbers) };
    return this.#missing.some((m) => m > 0) ? { ...state, missing: packCounts(this.#missing) } : state;
  }

  /** Halving does not join what lies on both sides of zero. */
  #isCoarsest(): boolean {
    return this.#cells.every((cells) => cells.keys().every((key) => key === 0 || key === -1));
  }

  static fromState(state: SeasonalState, slots: number): SeasonalCounts {
    const result = new SeasonalCounts(slots, state.level);
    const numbers = unpackCounts(state.cells);
    let at = 0;
    const take = (): number => numbers[at++] as number;
    for (const cells of result.#cells) {
      const size = take();
      for (let i = 0, key = state.base - 1; i < size; i++) {
        let token = take();
        if (i === 0) {
          key += 1 + token;
          token = take();
        } else {
          key++;
          if (token === EMPTY) key++;
          else if (token === RUN) key += take();
          if (token <= RUN) token = take();
        }
        cells.set(key, token - SHIFT);
        result.#pairs++;
      }
    }
    if (state.missing !== undefined) result.#missing = Float64Array.from(unpackCounts(state.missing));
    return result;
  }
}
