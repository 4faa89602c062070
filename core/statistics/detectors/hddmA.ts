import { type DetectorSignal, RestartingDetector, type StateOf } from "./detector.ts";

export interface HddmOptions {
  readonly driftConfidence?: number;
  readonly warningConfidence?: number;
  /** Also alarm on a falling mean. */
  readonly twoSided?: boolean;
}

interface Prefix {
  readonly count: number;
  readonly sum: number;
}

interface Kept {
  total: Prefix;
  lowest: Prefix;
  highest: Prefix;
}

export type HddmAState = StateOf<HddmOptions, Kept>;

const DEFAULTS: Required<HddmOptions> = { driftConfidence: 0.001, warningConfidence: 0.005, twoSided: false };
const EMPTY: Prefix = { count: 0, sum: 0 };

/** HDDM with averages (Frias-Blanco et al. 2015): Hoeffding bound against the best prefix. Values in [0, 1]. */
export class HddmA extends RestartingDetector<HddmOptions, Kept> {
  constructor(options: HddmOptions = {}) {
    super({ ...DEFAULTS, ...options });
  }

  protected start(): Kept {
    return { total: EMPTY, lowest: EMPTY, highest: EMPTY };
  }

  protected take(value: number): DetectorSignal {
    const { kept } = this;
    const total = { count: kept.total.count + 1, sum: kept.total.sum + value };
    kept.total = total;
    const { driftConfidence, warningConfidence } = this.options;
    const edge = (p: Prefix, sign: number): number =>
      p.sum / p.count + sign * Math.sqrt(Math.log(1 / driftConfidence) / (2 * p.count));
    if (kept.lowest.count === 0 || edge(kept.lowest, 1) >= edge(total, 1)) kept.lowest = total;
    if (kept.highest.count === 0 || edge(kept.highest, -1) <= edge(total, -1)) kept.highest = total;
    if (this.#differs(driftConfidence)) return "drift";
    return this.#differs(warningConfidence) ? "warning" : "none";
  }

  #differs(confidence: number): boolean {
    const { count, sum } = this.kept.total;
    const exceeds = (cut: Prefix, sign: number): boolean => {
      if (cut.count === count) return false;
      const bound = Math.sqrt(((count - cut.count) / (2 * cut.count * count)) * Math.log(2 / confidence));
      return sign * (sum / count - cut.sum / cut.count) >= bound;
    };
    return exceeds(this.kept.lowest, 1) || (this.options.twoSided && exceeds(this.kept.highest, -1));
  }

  static fromState(state: HddmAState): HddmA {
    return new HddmA(state.options).resume(state);
  }
}
