/** Doubles in one array that grows: 8 bytes a value, half as much again while there is room to grow. */
export class GrowingDoubles {
  #values = new Float64Array(0);
  #count = 0;

  get length(): number {
    return this.#count;
  }

  /** Bytes that are held, room to grow included. */
  get bytes(): number {
    return this.#values.byteLength;
  }

  push(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(Math.max(1024, Math.ceil(1.5 * this.#count)));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = value;
  }

  /** What was pushed; no copy, so it lasts until the next push. */
  view(): Float64Array {
    return this.#values.subarray(0, this.#count);
  }
}
