import { GrowingDoubles, type SortedParts } from "../statistics/index.ts";

/** Doubles that are kept, wherever it be, and come back in rising order. */
export interface DoubleStore {
  readonly length: number;
  push(value: number): void;
  /** Once the last was pushed; may be asked for again. */
  sorted(): SortedParts;
}

/** Doubles in memory. */
export class HeldDoubles implements DoubleStore {
  readonly #values = new GrowingDoubles();

  get length(): number {
    return this.#values.length;
  }

  push(value: number): void {
    this.#values.push(value);
  }

  sorted(): SortedParts {
    return [this.#values.view().sort()];
  }
}

const MOST_FINITE = 0x7ff00000;
const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/** A positive double that stands for a name: 63 bits of a hash, so that of ten million names two are alike with a chance of 1 in 200,000. */
export function nameKey(name: string): number {
  let [high, low] = [0x2545f491, 0x9e3779b9];
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    high = Math.imul(high ^ code, 0x85ebca6b);
    high ^= high >>> 15;
    low = Math.imul(low ^ code, 0xc2b2ae35);
    low ^= low >>> 13;
  }
  high = Math.imul(high ^ (low >>> 16), 0x21f0aaad);
  low = Math.imul(low ^ (high >>> 15), 0x735a2d97);
  const exponent = (high ^ (low >>> 14)) >>> 1;
  words[1] = exponent < MOST_FINITE ? exponent : exponent - MOST_FINITE;
  words[0] = low ^ (high >>> 13);
  return double[0] as number;
}
