import { type DetectorSignal, RestartingDetector, type StateOf } from "./detector.ts";
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

interface Kept {
  total: Ewma | null;
  rising: Side;
  falling: Side;
}

export type HddmWState = StateOf<HddmWOptions, Kept>;

const DEFAULTS: Required<HddmWOptions> = {
  driftConfidence: 0.001,
  warningConfidence: 0.005,
  twoSided: false,
  lambda: 0.05,
};
const EMPTY: Side = { cut: null, before: null, after: null };

/** HDDM with weighted averages (Frias-Blanco et al. 2015): McDiarmid bound between two weighted means. Values in [0, 1]. */
export class HddmW extends RestartingDetector<HddmWOptions, Kept> {
  constructor(options: HddmWOptions = {}) {
    super({ ...DEFAULTS, ...options });
  }

  protected start(): Kept {
    return { total: null, rising: EMPTY, falling: EMPTY };
  }

  protected take(value: number): DetectorSignal {
    this.kept.total = this.#advance(this.kept.total, value);
    this.kept.rising = this.#advanceSide(this.kept.rising, value, 1);
    this.kept.falling = this.#advanceSide(this.kept.falling, value, -1);
    const { driftConfidence, warningConfidence } = this.options;
    if (this.#differs(driftConfidence)) return "drift";
    return this.#differs(warningConfidence) ? "warning" : "none";
  }

  #advance(ewma: Ewma | null, value: number): Ewma {
    const { lambda } = this.options;
    return {
      mean: ewma === null ? value : lambda * value + (1 - lambda) * ewma.mean,
      bound: lambda * lambda + (1 - lambda) * (1 - lambda) * (ewma?.bound ?? 1),
    };
  }

  #advanceSide(side: Side, value: number, sign: number): Side {
    const total = this.kept.total as Ewma;
    const margin = Math.sqrt((total.bound * Math.log(1 / this.options.driftConfidence)) / 2);
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
    return exceeds(this.kept.rising, 1) || (this.options.twoSided && exceeds(this.kept.falling, -1));
  }

  static fromState(state: HddmWState): HddmW {
    return new HddmW(state.options).resume(state);
  }
}
