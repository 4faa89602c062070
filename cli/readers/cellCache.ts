/** A power of two, well above the distinct values of a column of categories. */
const SLOTS = 1024;
/** Longer texts seldom come twice. */
const MOST_BYTES = 32;
/** Cells kept before the cache is judged. */
const TRIAL = 4 * SLOTS;

/**
 * Texts of one column by their bytes: text that comes again is not decoded again, and is the same string. A slot keeps the last cell
 * that fell on it, so memory is bounded however many values there are.
 */
export class CellCache {
  #hashes = new Int32Array(SLOTS);
  /** 0 where the slot is free. */
  #lengths = new Uint8Array(SLOTS);
  #keys = new Uint8Array(SLOTS * MOST_BYTES);
  #texts: string[] = new Array<string>(SLOTS).fill("");
  #kept = 0;
  #hits = 0;

  /** Whether cells come again often enough; a column of identifiers or times is better decoded at once. */
  get isUseful(): boolean {
    return this.#kept < TRIAL || this.#hits > this.#kept;
  }

  /** The text of `bytes[from, to)` whose hash is `hash`; undefined when it is not there. */
  get(bytes: Uint8Array, from: number, to: number, hash: number): string | undefined {
    const slot = slotOf(hash);
    if (this.#hashes[slot] !== hash || this.#lengths[slot] !== to - from) return undefined;
    const keys = this.#keys;
    for (let i = from, k = slot * MOST_BYTES; i < to; i++, k++) if (bytes[i] !== keys[k]) return undefined;
    this.#hits++;
    return this.#texts[slot];
  }

  set(bytes: Uint8Array, from: number, to: number, hash: number, text: string): void {
    this.#kept++;
    if (to - from > MOST_BYTES || to === from) return;
    const slot = slotOf(hash);
    this.#hashes[slot] = hash;
    this.#lengths[slot] = to - from;
    for (let i = from, k = slot * MOST_BYTES; i < to; i++, k++) this.#keys[k] = bytes[i] as number;
    this.#texts[slot] = text;
  }
}

const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) & (SLOTS - 1);
