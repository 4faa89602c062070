import { packWholes, unpackWholes } from "./packing.ts";

/** Categories are kept by name up to this many, and up to this many bytes of names in JSON. */
const MOST_NAMES = 100;
const MOST_BYTES = 1300;
/** Bytes of names and counts in a state, which leave those around them their place in 2 KB. */
const ROOM = 1800;
/** Past that, counts by hash of the name. */
const HASH_BUCKETS = 64;
/** Smallest distinct hashes kept, to estimate how many categories there are. */
const MINIMA = 48;

export interface CategoricalState {
  readonly count: number;
  readonly names?: readonly string[];
  /** Counts by name, in the order of `names`; or by hash bucket. */
  readonly counts: string;
  readonly minima?: string;
}

/** Bytes of a name in a JSON list in UTF-8, its comma included. */
function jsonBytes(name: string): number {
  let bytes = 1;
  for (const character of JSON.stringify(name)) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** FNV-1a over UTF-16 units with a final mix: stable across machines and versions, because profiles store it. */
export function hashName(name: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function hashBucket(name: string): number {
  return hashName(name) % HASH_BUCKETS;
}

/**
 * Category counts of a stream in at most 2 KB of JSON: exact by name for up to 100 categories, else by 64 hash buckets
 * with an estimate of the number of categories. Independent of order; parts merge to exactly the whole.
 */
export class CategoricalCounts {
  count = 0;
  #names: Map<string, number> | undefined = new Map();
  #bytes = 0;
  #buckets = new Float64Array(HASH_BUCKETS);
  #minima: number[] = [];

  get isExact(): boolean {
    return this.#names !== undefined;
  }

  add(name: string, count = 1): void {
    this.count += count;
    if (this.#names === undefined) {
      this.#addHashed(name, count);
      return;
    }
    const before = this.#names.get(name);
    this.#names.set(name, (before ?? 0) + count);
    if (before !== undefined) return;
    this.#bytes += jsonBytes(name);
    if (this.#names.size > MOST_NAMES || this.#bytes > MOST_BYTES) this.#leaveExact();
  }

  #leaveExact(): void {
    const names = this.#names ?? new Map<string, number>();
    this.#names = undefined;
    for (const [name, count] of names) this.#addHashed(name, count);
  }

  #addHashed(name: string, count: number): void {
    const hash = hashName(name);
    const bucket = hash % HASH_BUCKETS;
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + count;
    this.#addMinimum(hash);
  }

  #addMinimum(hash: number): void {
    const list = this.#minima;
    if (list.length === MINIMA && hash >= (list[MINIMA - 1] as number)) return;
    let at = list.length;
    while (at > 0 && (list[at - 1] as number) > hash) at--;
    if (at > 0 && list[at - 1] === hash) return;
    list.splice(at, 0, hash);
    if (list.length > MINIMA) list.pop();
  }

  merge(other: CategoricalCounts): void {
    if (other.#names !== undefined) {
      for (const [name, count] of other.#names) this.add(name, count);
      return;
    }
    if (this.#names !== undefined) this.#leaveExact();
    this.count += other.count;
    for (let i = 0; i < HASH_BUCKETS; i++)
      this.#buckets[i] = (this.#buckets[i] as number) + (other.#buckets[i] as number);
    for (const hash of other.#minima) this.#addMinimum(hash);
  }

  /** Number of categories: exact while they are kept by name, else estimated (about 15 % standard error). */
  distinct(): number {
    if (this.#names !== undefined) return this.#names.size;
    if (this.#minima.length < MINIMA) return this.#minima.length;
    return Math.round(((MINIMA - 1) * 2 ** 32) / ((this.#minima[MINIMA - 1] as number) + 1));
  }

  /** Counts by name, in the order of the names' code units; `undefined` once there were too many. */
  byName(): Map<string, number> | undefined {
    if (this.#names === undefined) return undefined;
    return new Map([...this.#names].sort((a, b) => (a[0] < b[0] ? -1 : 1)));
  }

  /** Counts by hash bucket, whichever way they are kept. */
  byHash(): Float64Array {
    const buckets = this.#buckets.slice();
    for (const [name, count] of this.#names ?? []) {
      const bucket = hashBucket(name);
      buckets[bucket] = (buckets[bucket] as number) + count;
    }
    return buckets;
  }

  /** Bytes of the state's names and counts; those of hash buckets are not counted, they are fewer than `900`. */
  static bytesOf({ names, counts }: CategoricalState): number {
    return (names ?? []).reduce((sum, name) => sum + jsonBytes(name), counts.length);
  }

  /** Leaves the names where they and their counts do not fit into `room` bytes of JSON, then gives the state. */
  toState(room = ROOM): CategoricalState {
    const named = this.byName();
    if (named !== undefined) {
      const state = { count: this.count, names: [...named.keys()], counts: packWholes(named.values()) };
      if (CategoricalCounts.bytesOf(state) <= room) return state;
      this.#leaveExact();
    }
    return { count: this.count, counts: packWholes(this.#buckets), minima: packWholes(this.#minima) };
  }

  static fromState(state: CategoricalState): CategoricalCounts {
    const result = new CategoricalCounts();
    const counts = unpackWholes(state.counts);
    if (state.names !== undefined) {
      state.names.forEach((name, i) => {
        result.add(name, counts[i] as number);
      });
      return result;
    }
    result.#names = undefined;
    result.count = state.count;
    result.#buckets = Float64Array.from(counts);
    result.#minima = unpackWholes(state.minima ?? "");
    return result;
  }
}
