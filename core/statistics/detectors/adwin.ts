import { type DetectorSignal, RestartingDetector, type StateOf } from "./detector.ts";

export interface AdwinOptions {
  /** Chance of a false cut at any test. */
  readonly delta?: number;
  /** Cuts are tested every so many values. */
  readonly clock?: number;
  readonly maxBuckets?: number;
  readonly minWindowLength?: number;
  readonly gracePeriod?: number;
}

interface Bucket {
  readonly total: number;
  /** Sum of squared deviations inside the bucket. */
  readonly squares: number;
}

interface Kept {
  /** Row i holds buckets of 2^i values, oldest first. */
  rows: Bucket[][];
  width: number;
  total: number;
  squares: number;
  time: number;
}

export type AdwinState = StateOf<AdwinOptions, Kept>;

const DEFAULTS: Required<AdwinOptions> = {
  delta: 0.002,
  clock: 32,
  maxBuckets: 5,
  minWindowLength: 5,
  gracePeriod: 10,
};

/** ADWIN (Bifet and Gavalda 2007): keeps the longest window whose halves do not differ in mean. Any bounded numbers. */
export class Adwin extends RestartingDetector<AdwinOptions, Kept> {
  constructor(options: AdwinOptions = {}) {
    super({ ...DEFAULTS, ...options });
  }

  get width(): number {
    return this.kept.width;
  }

  /** Mean of the values in the window. */
  get estimate(): number {
    return this.kept.width === 0 ? Number.NaN : this.kept.total / this.kept.width;
  }

  protected start(): Kept {
    return { rows: [[]], width: 0, total: 0, squares: 0, time: 0 };
  }

  protected take(value: number): DetectorSignal {
    const { kept } = this;
    this.#insert(value);
    kept.time++;
    const { clock, gracePeriod } = this.options;
    const isTested = kept.time % clock === 0 && kept.width > gracePeriod;
    return isTested && this.#cut() ? "drift" : "none";
  }

  #insert(value: number): void {
    const { kept } = this;
    if (kept.width > 0) {
      const gap = value - kept.total / kept.width;
      kept.squares += (kept.width * gap * gap) / (kept.width + 1);
    }
    kept.width++;
    kept.total += value;
    (kept.rows[0] as Bucket[]).push({ total: value, squares: 0 });
    this.#compress();
  }

  /** Joins the two oldest buckets of a row that holds too many, and carries on upwards. */
  #compress(): void {
    const { kept } = this;
    for (let i = 0; i < kept.rows.length; i++) {
      const row = kept.rows[i] as Bucket[];
      if (row.length <= this.options.maxBuckets) return;
      const [first, second] = row.splice(0, 2) as [Bucket, Bucket];
      const size = 2 ** i;
      const gap = first.total / size - second.total / size;
      const joined = {
        total: first.total + second.total,
        squares: first.squares + second.squares + (size * size * gap * gap) / (2 * size),
      };
      if (kept.rows[i + 1] === undefined) kept.rows.push([]);
      (kept.rows[i + 1] as Bucket[]).push(joined);
    }
  }

  #cut(): boolean {
    let hasCut = false;
    for (let goOn = true; goOn && this.kept.width > 0; ) {
      goOn = this.#hasCutPoint();
      if (goOn) {
        hasCut = true;
        this.#dropOldest();
      }
    }
    return hasCut;
  }

  #hasCutPoint(): boolean {
    const { kept } = this;
    const { minWindowLength, delta } = this.options;
    const variance = kept.squares / kept.width;
    const logTerm = Math.log((2 * Math.log(kept.width)) / delta);
    let n0 = 0;
    let total0 = 0;
    for (let i = kept.rows.length - 1; i >= 0; i--) {
      for (const bucket of kept.rows[i] as Bucket[]) {
        n0 += 2 ** i;
        total0 += bucket.total;
        const n1 = kept.width - n0;
        if (n1 < minWindowLength) return false;
        if (n0 < minWindowLength) continue;
        const gap = total0 / n0 - (kept.total - total0) / n1;
        const inverse = 1 / (n0 - minWindowLength + 1) + 1 / (n1 - minWindowLength + 1);
        const bound = Math.sqrt(2 * inverse * variance * logTerm) + (2 / 3) * logTerm * inverse;
        if (Math.abs(gap) > bound) return true;
      }
    }
    return false;
  }

  #dropOldest(): void {
    const { kept } = this;
    const top = kept.rows.length - 1;
    const row = kept.rows[top] as Bucket[];
    const bucket = row.shift() as Bucket;
    const size = 2 ** top;
    kept.width -= size;
    kept.total -= bucket.total;
    const gap = bucket.total / size - kept.total / kept.width;
    kept.squares -= bucket.squares + (size * kept.width * gap * gap) / (size + kept.width);
    if (row.length === 0 && top > 0) kept.rows.pop();
  }

  static fromState(state: AdwinState): Adwin {
    return new Adwin(state.options).resume(state);
  }
}
