/** One of several sequences that are merged, each in rising order of its keys. */
export interface Run {
  /** Key of the element it stands at. */
  readonly key: number;
  /** Goes on to the next element; false when there is none. */
  next(): boolean;
}

/** Merges runs: the one whose element comes next is at the top. */
export class RunHeap<R extends Run> {
  readonly #runs: R[];

  /** `runs`: each stands at its first element. */
  constructor(runs: readonly R[]) {
    this.#runs = [...runs];
    for (let i = this.#runs.length >> 1; i >= 0; i--) this.#sink(i);
  }

  get top(): R | undefined {
    return this.#runs[0];
  }

  /** Steps over the element at the top. */
  step(): void {
    const runs = this.#runs;
    if (!runs[0]?.next()) {
      const last = runs.pop();
      if (last !== undefined && runs.length > 0) runs[0] = last;
    }
    this.#sink(0);
  }

  #keyAt(i: number): number {
    return i < this.#runs.length ? (this.#runs[i] as R).key : Infinity;
  }

  #sink(from: number): void {
    const runs = this.#runs;
    for (let i = from; ; ) {
      const [left, right] = [this.#keyAt(2 * i + 1), this.#keyAt(2 * i + 2)];
      if (!(Math.min(left, right) < this.#keyAt(i))) return;
      const child = right < left ? 2 * i + 2 : 2 * i + 1;
      const moved = runs[i] as R;
      runs[i] = runs[child] as R;
      runs[child] = moved;
      i = child;
    }
  }
}
