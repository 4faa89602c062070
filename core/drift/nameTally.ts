import { hashBucket } from "../statistics/index.ts";
import { categoryOf } from "./cells.ts";
import { MOST_KEYS } from "./keyTally.ts";
import type { Column } from "./types.ts";

const NONE: ReadonlyMap<string, number> = new Map();

/**
 * Counts of a window's categories: by name where the reference keeps names, as long as no more than `MOST_KEYS` are new to it; past that the
 * new ones by hash bucket, as all are where the reference keeps buckets only.
 */
export class NameTally {
  rows = 0;
  missing = 0;
  readonly #known: ReadonlyMap<string, number>;
  #names = new Map<string, number>();
  #hashed: Map<number, number> | undefined;
  #newNames = 0;

  constructor(known: ReadonlyMap<string, number> | undefined) {
    this.#known = known ?? NONE;
    if (known === undefined) this.#hashed = new Map();
  }

  addColumn(column: Column): void {
    this.rows += column.length;
    for (let i = 0; i < column.length; i++) {
      const name = categoryOf(column[i]);
      if (name === undefined) this.missing++;
      else this.#add(name);
    }
  }

  #add(name: string): void {
    if (this.#hashed !== undefined && !this.#known.has(name)) {
      addTo(this.#hashed, hashBucket(name), 1);
      return;
    }
    const before = this.#names.get(name);
    this.#names.set(name, (before ?? 0) + 1);
    if (before === undefined && !this.#known.has(name) && ++this.#newNames > MOST_KEYS) this.#leaveNames();
  }

  #leaveNames(): void {
    const hashed = new Map<number, number>();
    for (const [name, count] of this.#names) {
      if (this.#known.has(name)) continue;
      addTo(hashed, hashBucket(name), count);
      this.#names.delete(name);
    }
    this.#hashed = hashed;
  }

  /** Rows of the categories that are kept by name. */
  names(): ReadonlyMap<string, number> {
    return this.#names;
  }

  /** Rows of the others by hash bucket. */
  hashed(): ReadonlyMap<number, number> {
    return this.#hashed ?? new Map();
  }

  /** All rows by hash bucket. */
  byHash(): Map<number, number> {
    const buckets = new Map(this.#hashed);
    for (const [name, count] of this.#names) addTo(buckets, hashBucket(name), count);
    return buckets;
  }
}

function addTo<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
