export interface MomentsState {
  readonly count: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly squares: number;
  /** null when empty (JSON has no infinity). */
  readonly min: number | null;
  readonly max: number | null;
}

/** Count, mean, variance, extremes of a stream in constant memory (Welford; merging by Chan, Golub and LeVeque). */
export class OnlineMoments {
  count = 0;
  mean = 0;
  #squares = 0;
  min = Infinity;
  max = -Infinity;

  static fromState(state: MomentsState): OnlineMoments {
    const moments = new OnlineMoments();
    moments.count = state.count;
    moments.mean = state.mean;
    moments.#squares = state.squares;
    moments.min = state.min ?? Infinity;
    moments.max = state.max ?? -Infinity;
    return moments;
  }

  add(value: number): void {
    this.count++;
    const gap = value - this.mean;
    this.mean += gap / this.count;
    this.#squares += gap * (value - this.mean);
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  merge(other: OnlineMoments): void {
    if (other.count === 0) return;
    const total = this.count + other.count;
    const gap = other.mean - this.mean;
    this.#squares += other.#squares + (gap * gap * this.count * other.count) / total;
    this.mean += (gap * other.count) / total;
    this.count = total;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
  }

  /** Sum of squares over count - ddof; NaN when there are too few values. */
  variance(ddof: 0 | 1 = 1): number {
    return this.count > ddof ? this.#squares / (this.count - ddof) : Number.NaN;
  }

  standardDeviation(ddof: 0 | 1 = 1): number {
    return Math.sqrt(this.variance(ddof));
  }

  toState(): MomentsState {
    const isEmpty = this.count === 0;
    return {
      count: this.count,
      mean: this.mean,
      squares: this.#squares,
      min: isEmpty ? null : this.min,
      max: isEmpty ? null : this.max,
    };
  }
}
