/** What a warm Lambda remembers of what never changes: the newest, as far as there is room. */
export class Kept<T> {
  readonly #most: number;
  readonly #weightOf: (value: T) => number;
  readonly #values = new Map<string, T>();
  #weight = 0;

  /** `most`: sum of the weights of all that is kept; the oldest go first. What weighs more by itself is never kept. */
  constructor(most: number, weightOf: (value: T) => number) {
    this.#most = most;
    this.#weightOf = weightOf;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  set(key: string, value: T): void {
    this.#forget(key);
    const weight = this.#weightOf(value);
    if (weight > this.#most) return;
    this.#weight += weight;
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= this.#most) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#weight -= this.#weightOf(value);
    this.#values.delete(key);
  }
}
