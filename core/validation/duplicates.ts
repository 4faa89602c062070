import { Numbers } from "./collectors.ts";
import type { MapTally } from "./mapResult.ts";
import type { Reporting } from "./types.ts";

/** JavaScript's maps end at 2 ** 24 keys. */
const MOST_KEYS = 2 ** 23;

interface Repeat {
  readonly index: number;
  readonly value: unknown;
}

/**
 * Every member of a group of equal keys is unexpected, listed in the order of rows. What was seen is kept: 16 bytes a number (24 at the end),
 * each text once with some 50 bytes, and of repeats no more than are shown.
 */
export class DuplicateFinder {
  readonly #most: number;
  readonly #numbers = new Numbers();
  readonly #numberIndices = new Numbers();
  /** Index of the first row of a text, or of a number beyond doubles; once it is repeated, -1 minus it. */
  readonly #texts: Map<string | bigint, number>[] = [new Map()];
  #count = 0;
  /** In the order of rows, as soon as there are more than are shown. */
  #repeats: Repeat[] = [];

  constructor({ indices }: Reporting) {
    this.#most = indices;
  }

  add(key: string | number | bigint, value: unknown, index: number): void {
    if (typeof key === "number") {
      this.#numbers.add(key);
      this.#numberIndices.add(index);
      return;
    }
    const known = this.#texts.find((texts) => texts.has(key));
    const first = known?.get(key);
    if (known === undefined || first === undefined) {
      this.#newest().set(key, index);
      return;
    }
    if (first >= 0) {
      known.set(key, -1 - first);
      this.#note({ index: first, value });
    }
    this.#note({ index, value });
  }

  #newest(): Map<string | bigint, number> {
    const last = this.#texts.at(-1);
    if (last !== undefined && last.size < MOST_KEYS) return last;
    const next = new Map<string | bigint, number>();
    this.#texts.push(next);
    return next;
  }

  #note(repeat: Repeat): void {
    this.#count++;
    const repeats = this.#repeats;
    if (this.#most === Infinity) {
      repeats.push(repeat);
      return;
    }
    if (repeats.length === this.#most && repeat.index > (repeats.at(-1)?.index ?? -1)) return;
    const at = repeats.findIndex((other) => other.index > repeat.index);
    repeats.splice(at < 0 ? repeats.length : at, 0, repeat);
    if (repeats.length > this.#most) repeats.pop();
  }

  #noteNumbers(): void {
    const values = this.#numbers.all();
    const indices = this.#numberIndices.all();
    const sorted = values.slice().sort();
    values.forEach((value, i) => {
      const at = placeOf(sorted, value);
      if (sorted[at + 1] === value) this.#note({ index: indices[i] as number, value });
    });
  }

  report(tally: MapTally): void {
    this.#noteNumbers();
    this.#repeats.sort((a, b) => a.index - b.index);
    for (const { value, index } of this.#repeats) tally.addUnexpected(value, index);
    tally.unexpected = this.#count;
  }
}

/** First place of a value that is there. */
function placeOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
