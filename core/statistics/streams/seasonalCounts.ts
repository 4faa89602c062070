import { packCounts, packedLength, packLists, unpackCounts } from "./packing.ts";
import { type Cells, listsOf, unpackCells } from "./seasonalCells.ts";

/** Characters of packed text in a state, which leave those around it their place in 2 KB. */
const ROOM = 1900;
/**
 * More cells than these fit into no room: a character holds six and a half bits, and seven counts of one hour of the day
 * take twenty at least, their order's five and a step included.
 */
const CELLS_PER_CHARACTER = (6.5 * 7) / 20;
/** Keys stay below this, where doubles still count. */
const KEY_LIMIT = 2 ** 45;
const LOWEST_LEVEL = -1000;
/** Cells of a level are joined in pairs block by block, a pair of each block at a time: halving all at once would leave much of the room empty. */
const BLOCK = 8;
const STEPS = BLOCK / 2;

export interface SeasonalState {
  /** Cells are 2^level wide, or twice as wide where they are joined: in quarters, the pairs of each block that are. */
  readonly level: number;
  /** Key of the first cell of all. */
  readonly base: number;
  /**
   * Per hour of the day: how many cells its slots have; the first one's distance from `base` and the empty cells between
   * others; each cell's counts, one a slot.
   */
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

/**
 * Distribution of a stream per slot of time (hours of a week), in at most 2 KB of JSON for all slots, or less if asked:
 * counts over cells 2^level wide, level being the finest that fits. The packed size never shrinks when values come in or
 * cells are split, so the level depends on the multiset of (slot, value) alone: any order, any merged parts give the same
 * state, as long as the room does not grow with the rows.
 */
export class SeasonalCounts {
  readonly slots: number;
  #level: number;
  #joined = 0;
  #width: number;
  #cells: Cells[];
  #missing: Float64Array;
  #pairs = 0;

  /** `level`: finest cells ever wanted, as a power of two. */
  constructor(slots: number, level = LOWEST_LEVEL) {
    this.slots = slots;
    this.#level = Math.floor(level);
    this.#joined = (level - this.#level) * STEPS;
    this.#width = 2 ** this.#level;
    this.#cells = Array.from({ length: slots }, () => new Map());
    this.#missing = new Float64Array(slots);
  }

  get level(): number {
    return this.#level + this.#joined / STEPS;
  }

  /** Counts a finite value. */
  add(slot: number, value: number): void {
    // A first value decides where to begin: a few levels finer than its size allows.
    if (this.#pairs === 0)
      this.#setLevel(Math.max(this.#level, Math.floor(Math.log2(Math.abs(value))) - 46), this.#joined);
    while (Math.abs(value / this.#width) >= KEY_LIMIT) this.#coarsen();
    const cells = this.#cells[slot] as Cells;
    const key = this.keyOf(value);
    const before = cells.get(key);
    cells.set(key, (before ?? 0) + 1);
    if (before === undefined) this.#pairs++;
    if (this.#pairs > ROOM * CELLS_PER_CHARACTER)
      this.#coarsenUntil((table) => table.#pairs <= ROOM * CELLS_PER_CHARACTER);
  }

  addMissing(slot: number): void {
    this.#missing[slot] = (this.#missing[slot] as number) + 1;
  }

  keyOf(value: number): number {
    const fine = Math.floor(value / this.#width);
    // The smallest negative numbers divide to zero, and must still lie below it.
    const key = value < 0 ? Math.min(-1, fine) : fine;
    if (this.#joined === 0) return key;
    const block = Math.floor(key / BLOCK);
    const at = key - block * BLOCK;
    const single = BLOCK - 2 * this.#joined;
    return block * (BLOCK - this.#joined) + (at < single ? at : single + ((at - single) >> 1));
  }

  centreOf(key: number): number {
    const block = Math.floor(key / (BLOCK - this.#joined));
    const at = key - block * (BLOCK - this.#joined);
    const single = BLOCK - 2 * this.#joined;
    const middle = at < single ? at + 0.5 : single + 2 * (at - single) + 1;
    return (block * BLOCK + middle) * this.#width;
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

  #setLevel(level: number, joined: number): void {
    this.#level = level;
    this.#joined = joined;
    this.#width = 2 ** level;
  }

  /** Cells under other keys, and how many they are. */
  #under(keyOf: (key: number) => number): [Cells[], number] {
    let pairs = 0;
    const moved = this.#cells.map((cells) => {
      const coarse: Cells = new Map();
      for (const [key, count] of cells) {
        const to = keyOf(key);
        coarse.set(to, (coarse.get(to) ?? 0) + count);
      }
      pairs += coarse.size;
      return coarse;
    });
    return [moved, pairs];
  }

  /** Joins one more pair in each block. */
  #coarsen(): void {
    const size = BLOCK - this.#joined;
    const last = size - this.#joined - 1;
    if (this.#joined + 1 < STEPS) this.#setLevel(this.#level, this.#joined + 1);
    else this.#setLevel(this.#level + 1, 0);
    [this.#cells, this.#pairs] = this.#under((key) => {
      const block = Math.floor(key / size);
      return key - block - (key - block * size >= last ? 1 : 0);
    });
  }

  /** The cells alone, so many levels coarser. */
  #halved(times: number): SeasonalCounts {
    const table = new SeasonalCounts(this.slots, this.#level + times);
    [table.#cells, table.#pairs] = this.#under((key) => Math.floor(key / 2 ** times));
    return table;
  }

  /** Coarsens to the finest level that fits. What fits at one level fits at coarser ones, so that most can be passed over. */
  #coarsenUntil(fits: (table: SeasonalCounts) => boolean): void {
    while (!this.#isCoarsest() && !fits(this)) {
      let far: SeasonalCounts | undefined;
      for (let times = 1; this.#joined === 0; times *= 2) {
        const table = this.#halved(times);
        if (table.#isCoarsest() || fits(table)) break;
        far = table;
      }
      if (far === undefined) this.#coarsen();
      else {
        this.#setLevel(far.#level, 0);
        [this.#cells, this.#pairs] = [far.#cells, far.#pairs];
      }
    }
  }

  /** Adds another table of as many slots. */
  merge(other: SeasonalCounts): void {
    const copy = other.#copy();
    if (copy.#pairs > 0) {
      if (this.#pairs === 0) this.#setLevel(copy.#level, copy.#joined);
      while (copy.level < this.level) copy.#coarsen();
      while (this.level < copy.level) this.#coarsen();
    }
    this.#pairs = 0;
    this.#cells.forEach((cells, slot) => {
      for (const [key, count] of copy.#cells[slot] as Cells) cells.set(key, (cells.get(key) ?? 0) + count);
      this.#pairs += cells.size;
      this.#missing[slot] = (this.#missing[slot] as number) + (copy.#missing[slot] as number);
    });
  }

  #copy(): SeasonalCounts {
    const copy = new SeasonalCounts(this.slots, this.level);
    copy.#cells = this.#cells.map((cells) => new Map(cells));
    copy.#missing = this.#missing.slice();
    copy.#pairs = this.#pairs;
    return copy;
  }

  /** Characters of packed text in a state. */
  static textLength({ cells, missing = "" }: SeasonalState): number {
    return cells.length + missing.length;
  }

  /** Coarsens to what fits into `room` characters of packed text, then gives the state. */
  toState(room = ROOM): SeasonalState {
    const hasMissing = this.#missing.some((count) => count > 0);
    const left = room - (hasMissing ? packedLength([this.#missing]) : 0);
    this.#coarsenUntil(
      (table) =>
        table.#pairs <= left * CELLS_PER_CHARACTER && packedLength(listsOf(table.#cells).lists) <= left,
    );
    const { base, lists } = listsOf(this.#cells);
    const state = { level: this.level, base, cells: packLists(lists) };
    return hasMissing ? { ...state, missing: packCounts(this.#missing) } : state;
  }

  /** Halving does not join what lies on both sides of zero. */
  #isCoarsest(): boolean {
    return this.#cells.every((cells) => cells.keys().every((key) => key === 0 || key === -1));
  }

  static fromState(state: SeasonalState, slots: number): SeasonalCounts {
    const result = new SeasonalCounts(slots, state.level);
    if (state.missing !== undefined) result.#missing = Float64Array.from(unpackCounts(state.missing));
    result.#cells = unpackCells(state, slots);
    result.#pairs = result.#cells.reduce((sum, cells) => sum + cells.size, 0);
    return result;
  }
}
