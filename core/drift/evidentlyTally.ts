import { OnlineMoments, type SortedParts, walkSorted } from "../statistics/index.ts";
import { type DoubleStore, HeldDoubles, nameKey } from "./doubleStore.ts";
import type { Cell } from "./types.ts";

/** Type of a column as Evidently infers it from pandas' ("unknown": it leaves the column out). */
export type EvidentlyType = "num" | "cat" | "text" | "unknown" | "empty";

/** Whole numbers with at most so many distinct values are categories. */
const CATEGORICAL_INTEGERS = 10;
/** What a name and its count take, about. */
const BYTES_A_NAME = 96;
/** As many names are counted whatever room they take: a reference that is tested by its counts has no more. */
const LEAST_NAMES = 1000;
/** Values of one number or name that are made at a time. */
const PART = 4096;

/** Values of one side that are tested. */
export interface EvidentlySide {
  readonly rows: number;
  /** The numbers in rising order, truth values as 0 and 1. */
  numbers(): SortedParts;
  /** Population standard deviation of the numbers. */
  readonly deviation: number;
  /** How often each number comes; undefined where there are more than ten. */
  few(): ReadonlyMap<number, number> | undefined;
  /** How often each value comes; undefined where they are more than 1,000, and too many for memory. */
  counts(): ReadonlyMap<string, number> | undefined;
  /** All values as keys of their names, in rising order. */
  keys(): SortedParts;
}

export interface TallyOptions {
  /** Where values are kept. Default: in memory. */
  readonly store?: () => DoubleStore;
  /** Bytes for names and their counts; names that come after are told apart by their hash. Default: no limit. */
  readonly nameBytes?: number;
}

/**
 * One column on one side as Evidently's rules need it, gathered batch after batch: numbers as doubles, text as counts of its values. Evidently
 * drops missing and infinite values before it tests.
 */
export class EvidentlyTally implements EvidentlySide {
  #missing = 0;
  /** Numbers of minus and of plus infinity. */
  readonly #infinite = { below: 0, above: 0 };
  #truths = 0;
  #texts = 0;
  #areFloats = false;
  readonly #newStore: () => DoubleStore;
  readonly #nameBytes: number;
  #numbers: DoubleStore | undefined;
  readonly #moments = new OnlineMoments();
  #few: Map<number, number> | undefined = new Map();
  readonly #names = new Map<string, number>();
  #bytes = 0;
  /** Names that came when there was no more room for them. */
  #hashed: DoubleStore | undefined;

  constructor({ store = () => new HeldDoubles(), nameBytes = Infinity }: TallyOptions = {}) {
    this.#newStore = store;
    this.#nameBytes = nameBytes;
  }

  /** `areFloats`: numbers here or before are of a column of floats, whole as they may be. */
  add(column: ArrayLike<Cell | bigint>, areFloats = false): void {
    this.#areFloats ||= areFloats;
    for (let i = 0; i < column.length; i++) {
      const cell = column[i];
      if (typeof cell === "number") this.#addNumber(cell);
      else if (typeof cell === "bigint") this.#addNumber(Number(cell));
      else if (cell === null || cell === undefined || cell === "") this.#missing++;
      else if (typeof cell === "boolean") this.#addName(cell ? "True" : "False", "truth");
      else this.#addName(cell, "text");
    }
  }

  #addNumber(value: number): void {
    if (Number.isNaN(value)) this.#missing++;
    else if (!Number.isFinite(value)) this.#infinite[value < 0 ? "below" : "above"]++;
    else {
      if (!Number.isInteger(value)) this.#areFloats = true;
      this.#numbers ??= this.#newStore();
      this.#numbers.push(value);
      this.#moments.add(value);
      if (this.#few === undefined) return;
      this.#few.set(value, (this.#few.get(value) ?? 0) + 1);
      if (this.#few.size > CATEGORICAL_INTEGERS) this.#few = undefined;
    }
  }

  #addName(name: string, kind: "truth" | "text"): void {
    if (kind === "truth") this.#truths++;
    else this.#texts++;
    const count = this.#names.get(name);
    if (count === undefined) {
      this.#bytes += BYTES_A_NAME + 2 * name.length;
      if (this.#isFull(this.#names.size, this.#bytes)) {
        this.#hashed ??= this.#newStore();
        this.#hashed.push(nameKey(name));
        return;
      }
    }
    this.#names.set(name, (count ?? 0) + 1);
  }

  #isFull(names: number, bytes: number): boolean {
    return names > LEAST_NAMES && bytes > this.#nameBytes;
  }

  get #infinities(): number {
    return this.#infinite.below + this.#infinite.above;
  }

  get #numberCount(): number {
    return this.#numbers?.length ?? 0;
  }

  get rows(): number {
    return this.#numberCount + this.#truths + this.#texts;
  }

  get type(): EvidentlyType {
    if (this.rows === 0) return "empty";
    if (this.#texts > 0) return this.#distinct() > this.rows / 2 ? "text" : "cat";
    // pandas keeps truth values with missing ones, or numbers among them, as objects.
    if (this.#truths > 0) return this.#missing + this.#numberCount > 0 ? "unknown" : "cat";
    const areFloats = this.#areFloats || this.#missing + this.#infinities > 0;
    return areFloats || this.#few === undefined ? "num" : "cat";
  }

  /** Are all values numbers or truth values, so that they can be tested as numbers? */
  get isNumeric(): boolean {
    return this.#texts === 0 && (this.#truths === 0 || this.#missing + this.#numberCount === 0);
  }

  #distinct(): number {
    const counts = this.counts();
    if (counts !== undefined) return counts.size;
    let distinct = 0;
    walkSorted(this.keys(), [], () => distinct++);
    return distinct;
  }

  /** Truth values that are true, where all values are truth values. */
  get #ones(): number {
    return this.#names.get("True") ?? 0;
  }

  numbers(): SortedParts {
    if (this.#truths === 0) return this.#numbers?.sorted() ?? [];
    return concatenated([repeated(0, this.#truths - this.#ones), repeated(1, this.#ones)]);
  }

  get deviation(): number {
    if (this.#truths === 0) return this.#moments.standardDeviation(0);
    const share = this.#ones / this.#truths;
    return Math.sqrt(share * (1 - share));
  }

  few(): ReadonlyMap<number, number> | undefined {
    if (this.#truths === 0) return this.#few;
    const counts = [
      [0, this.#truths - this.#ones],
      [1, this.#ones],
    ] as const;
    return new Map(counts.filter(([, count]) => count > 0));
  }

  counts(): ReadonlyMap<string, number> | undefined {
    if (this.#hashed !== undefined) return undefined;
    const counts = new Map(this.#names);
    const add = (value: number, count: number): unknown =>
      counts.set(String(value), (counts.get(String(value)) ?? 0) + count);
    if (this.#few !== undefined) for (const [value, count] of this.#few) add(value, count);
    else
      for (const part of this.numbers())
        for (const value of part) {
          add(value, 1);
          if (this.#isFull(counts.size, this.#bytes + BYTES_A_NAME * counts.size)) return undefined;
        }
    return counts;
  }

  keys(): SortedParts {
    const keys = this.#newStore();
    for (const [name, count] of this.#names) pushTimes(keys, nameKey(name), count);
    for (const part of this.#numbers?.sorted() ?? [])
      for (const value of part) keys.push(nameKey(String(value)));
    for (const part of this.#hashed?.sorted() ?? []) for (const key of part) keys.push(key);
    return keys.sorted();
  }

  /** The same with its infinities: Evidently drops them, except where it counts the columns that drifted and nothing in this one is missing. */
  counted(): EvidentlySide {
    if (this.#infinities === 0 || this.#missing > 0) return this;
    const { below, above } = this.#infinite;
    const counts = (): ReadonlyMap<string, number> | undefined => {
      const finite = this.counts();
      if (finite === undefined) return undefined;
      return new Map([...finite, ...named("-inf", below), ...named("inf", above)]);
    };
    return {
      rows: this.rows + this.#infinities,
      numbers: () => concatenated([repeated(-Infinity, below), this.numbers(), repeated(Infinity, above)]),
      deviation: Number.NaN,
      few: () => {
        const finite = this.few();
        return finite && new Map([...finite, ...named(-Infinity, below), ...named(Infinity, above)]);
      },
      counts,
      keys: () => {
        const keys = this.#newStore();
        pushTimes(keys, nameKey("-inf"), below);
        pushTimes(keys, nameKey("inf"), above);
        for (const part of this.keys()) for (const key of part) keys.push(key);
        return keys.sorted();
      },
    };
  }
}

const named = <K>(name: K, count: number): [K, number][] => (count === 0 ? [] : [[name, count]]);

function pushTimes(store: DoubleStore, key: number, times: number): void {
  for (let i = 0; i < times; i++) store.push(key);
}

function* repeated(value: number, times: number): Generator<Float64Array> {
  for (let left = times; left > 0; left -= PART) yield new Float64Array(Math.min(PART, left)).fill(value);
}

function* concatenated(lists: readonly SortedParts[]): Generator<Float64Array> {
  for (const parts of lists) yield* parts;
}
