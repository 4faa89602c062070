/** Doubles in rising order, in parts that last until the next one is asked for. */
export type SortedParts = Iterable<Float64Array>;

/** Steps through the values of a sorted sample. */
class SortedCursor {
  readonly #parts: Iterator<Float64Array>;
  #part: Float64Array = new Float64Array();
  #at = 0;
  /** Values that were stepped over. */
  count = 0;
  /** NaN at the end. */
  value = Number.NaN;

  constructor(parts: SortedParts) {
    this.#parts = parts[Symbol.iterator]();
    this.#read();
  }

  #read(): void {
    while (this.#at >= this.#part.length) {
      const { value, done } = this.#parts.next();
      if (done === true) {
        this.value = Number.NaN;
        return;
      }
      this.#part = value;
      this.#at = 0;
    }
    this.value = this.#part[this.#at] as number;
  }

  skip(value: number): void {
    while (this.value === value) {
      this.count++;
      this.#at++;
      if (this.#at < this.#part.length) this.value = this.#part[this.#at] as number;
      else this.#read();
    }
  }
}

/**
 * Walks up the distinct values of two sorted samples (no NaN): `step` is told each value, and how many of either sample lie below it
 * and up to it.
 */
export function walkSorted(
  x: SortedParts,
  y: SortedParts,
  step: (value: number, below: readonly [number, number], upTo: readonly [number, number]) => void,
): void {
  const [a, b] = [new SortedCursor(x), new SortedCursor(y)];
  for (;;) {
    const value = Number.isNaN(a.value) ? b.value : b.value < a.value ? b.value : a.value;
    if (Number.isNaN(value)) return;
    const below = [a.count, b.count] as const;
    a.skip(value);
    b.skip(value);
    step(value, below, [a.count, b.count]);
  }
}
