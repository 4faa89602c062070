import type { DetectorSignal, OnlineDetector } from "./detector.ts";
import type { HddmOptions } from "./hddmA.ts";

export interface HddmWOptions extends HddmOptions {
  /** Weight of the newest value. */
  readonly lambda?: number;
}

/** Exponentially weighted mean with the bound on the influence of its values. */
interface Ewma {
  readonly mean: number;
  readonly bound: number;
}

interface Side {
  readonly cut: number | null;
  readonly before: Ewma | null;
  readonly after: Ewma | null;
}

export interface HddmWState {
  readonly options: Required<HddmWOptions>;
  readonly total: Ewma | null;
  readonly rising: Side;
  readonly falling: Side;
  readonly isDrifted: boolean;
}

const DEFAULTS: Required<HddmWOptions> = {
  driftConfidence: 0.001,
  warningConfidence: 0.005,
  twoSided: false,
  lambda: 0.05,
};
const EMPTY: Side = { cut: null, before: null, after: null };

/** HDDM with weighted averages (Frias-Blanco et al. 2015): McDiarmid bound between two weighted means. Values in [0, 1]. */
export class HddmW implements OnlineDetector<HddmWState> {
  #options: Required<HddmWOptions>;
  #total: Ewma | null = null;
  #rising = EMPTY;
  #falling = EMPTY;
  #isDrifted = false;

  constructor(options: HddmWOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  update(value: number): DetectorSignal {
    if (this.#isDrifted) {
      this.#total = null;
      this.#rising = EMPTY;
      this.#falling = EMPTY;
      this.#isDrifted = false;
    }
    this.#total = this.#advance(this.#total, value);
    this.#rising = this.#advanceSide(this.#rising, value, 1);
    this.#falling = this.#advanceSide(this.#falling, value, -1);
    const { driftConfidence, warningConfidence } = this.#options;
    if (this.#differs(driftConfidence)) {
      this.#isDrifted = true;
      return "drift";
    }
    return this.#differs(warningConfidence) ? "warning" : "none";
  }

  #advance(ewma: Ewma | null, value: number): Ewma {
    const { lambda } = this.#options;
    return {
      mean: ewma === null ? value : lambda * value + (1 - lambda) * ewma.mean,
      bound: lambda * lambda + (1 - lambda) * (1 - lambda) * (ewma?.bound ?? 1),
    };
  }

  #advanceSide(side: Side, value: number, sign: number): Side {
    const total = this.#total as Ewma;
    const margin = Math.sqrt((total.bound * Math.log(1 / this.#options.driftConfidence)) / 2);
    const edge = sign * total.mean + margin;
    if (side.cut === null || edge < side.cut) return { cut: edge, before: total, after: null };
    return { ...side, after: this.#advance(side.after, value) };
  }

  #differs(confidence: number): boolean {
    const exceeds = ({ before, after }: Side, sign: number): boolean => {
      if (before === null || after === null) return false;
      return (
        sign * (after.mean - before.mean) >
        Math.sqrt(((before.bound + after.bound) * Math.log(1 / confidence)) / 2)
      );
    };
    return exceeds(this.#rising, 1) || (this.#options.twoSided && exceeds(this.#falling, -1));
  }

  toState(): HddmWState {
    return {
      options: this.#options,
      total: this.#total,
      rising: this.#rising,
      falling: this.#falling,
      isDrifted: this.#isDrifted,
    };
  }

  static fromState(state: HddmWState): HddmW {
    const detector = new HddmW(state.options);
    detector.#total = state.total;
    detector.#rising = state.rising;
    detector.#falling = state.falling;
    detector.#isDrifted = state.isDrifted;
    return detector;
  }
}
