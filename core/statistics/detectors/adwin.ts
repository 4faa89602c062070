import type { DetectorSignal, OnlineDetector } from "./detector.ts";

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

export interface AdwinState {
  readonly options: Required<AdwinOptions>;
  /** Row i holds buckets of 2^i values, oldest first. */
  readonly rows: readonly (readonly Bucket[])[];
  readonly width: number;
  readonly total: number;
  readonly squares: number;
  readonly time: number;
  readonly isDrifted: boolean;
}

const DEFAULTS: Required<AdwinOptions> = {
  delta: 0.002,
  clock: 32,
  maxBuckets: 5,
  minWindowLength: 5,
  gracePeriod: 10,
};

/** ADWIN (Bifet and Gavalda 2007): keeps the longest window whose halves do not differ in mean. Any bounded numbers. */
export class Adwin implements OnlineDetector<AdwinState> {
  #options: Required<AdwinOptions>;
  #rows: Bucket[][] = [[]];
  #width = 0;
  #total = 0;
  #squares = 0;
  #time = 0;
  #isDrifted = false;

  constructor(options: AdwinOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  get width(): number {
    return this.#width;
  }

  /** Mean of the values in the window. */
  get estimate(): number {
    return this.#width === 0 ? Number.NaN : this.#total / this.#width;
  }

  update(value: number): DetectorSignal {
    if (this.#isDrifted) this.#reset();
    this.#insert(value);
    this.#time++;
    const { clock, gracePeriod } = this.#options;
    if (this.#time % clock === 0 && this.#width > gracePeriod) this.#isDrifted = this.#cut();
    return this.#isDrifted ? "drift" : "none";
  }

  #reset(): void {
    this.#rows = [[]];
    this.#width = 0;
    this.#total = 0;
    this.#squares = 0;
    this.#time = 0;
    this.#isDrifted = false;
  }

  #insert(value: number): void {
    if (this.#width > 0) {
      const gap = value - this.#total / this.#width;
      this.#squares += (this.#width * gap * gap) / (this.#width + 1);
    }
    this.#width++;
    this.#total += value;
    (this.#rows[0] as Bucket[]).push({ total: value, squares: 0 });
    this.#compress();
  }

  /** Joins the two oldest buckets of a row that holds too many, and carries on upwards. */
  #compress(): void {
    for (let i = 0; i < this.#rows.length; i++) {
      const row = this.#rows[i] as Bucket[];
      if (row.length <= this.#options.maxBuckets) return;
      const [first, second] = row.splice(0, 2) as [Bucket, Bucket];
      const size = 2 ** i;
      const gap = first.total / size - second.total / size;
      const joined = {
        total: first.total + second.total,
        squares: first.squares + second.squares + (size * size * gap * gap) / (2 * size),
      };
      if (this.#rows[i + 1] === undefined) this.#rows.push([]);
      (this.#rows[i + 1] as Bucket[]).push(joined);
    }
  }

  #cut(): boolean {
    let hasCut = false;
    for (let goOn = true; goOn && this.#width > 0; ) {
      goOn = this.#hasCutPoint();
      if (goOn) {
        hasCut = true;
        this.#dropOldest();
      }
    }
    return hasCut;
  }

  #hasCutPoint(): boolean {
    const { minWindowLength, delta } = this.#options;
    const variance = this.#squares / this.#width;
    const logTerm = Math.log((2 * Math.log(this.#width)) / delta);
    let n0 = 0;
    let total0 = 0;
    for (let i = this.#rows.length - 1; i >= 0; i--) {
      for (const bucket of this.#rows[i] as Bucket[]) {
        n0 += 2 ** i;
        total0 += bucket.total;
        const n1 = this.#width - n0;
        if (n1 < minWindowLength) return false;
        if (n0 < minWindowLength) continue;
        const gap = total0 / n0 - (this.#total - total0) / n1;
        const inverse = 1 / (n0 - minWindowLength + 1) + 1 / (n1 - minWindowLength + 1);
        const bound = Math.sqrt(2 * inverse * variance * logTerm) + (2 / 3) * logTerm * inverse;
        if (Math.abs(gap) > bound) return true;
      }
    }
    return false;
  }

  #dropOldest(): void {
    const top = this.#rows.length - 1;
    const row = this.#rows[top] as Bucket[];
    const bucket = row.shift() as Bucket;
    const size = 2 ** top;
    this.#width -= size;
    this.#total -= bucket.total;
    const gap = bucket.total / size - this.#total / this.#width;
    this.#squares -= bucket.squares + (size * this.#width * gap * gap) / (size + this.#width);
    if (row.length === 0 && top > 0) this.#rows.pop();
  }

  toState(): AdwinState {
    return {
      options: this.#options,
      rows: this.#rows.map((row) => row.slice()),
      width: this.#width,
      total: this.#total,
      squares: this.#squares,
      time: this.#time,
      isDrifted: this.#isDrifted,
    };
  }

  static fromState(state: AdwinState): Adwin {
    const detector = new Adwin(state.options);
    detector.#rows = state.rows.map((row) => row.slice());
    detector.#width = state.width;
    detector.#total = state.total;
    detector.#squares = state.squares;
    detector.#time = state.time;
    detector.#isDrifted = state.isDrifted;
    return detector;
  }
}
