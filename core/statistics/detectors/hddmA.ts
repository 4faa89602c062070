import type { DetectorSignal, OnlineDetector } from "./detector.ts";

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

export interface HddmAState {
  readonly options: Required<HddmOptions>;
  readonly total: Prefix;
  readonly lowest: Prefix;
  readonly highest: Prefix;
  readonly isDrifted: boolean;
}

const DEFAULTS: Required<HddmOptions> = { driftConfidence: 0.001, warningConfidence: 0.005, twoSided: false };
const EMPTY: Prefix = { count: 0, sum: 0 };

/** HDDM with averages (Frias-Blanco et al. 2015): Hoeffding bound against the best prefix. Values in [0, 1]. */
export class HddmA implements OnlineDetector<HddmAState> {
  #options: Required<HddmOptions>;
  #total = EMPTY;
  #lowest = EMPTY;
  #highest = EMPTY;
  #isDrifted = false;

  constructor(options: HddmOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  update(value: number): DetectorSignal {
    if (this.#isDrifted) {
      this.#total = EMPTY;
      this.#lowest = EMPTY;
      this.#highest = EMPTY;
      this.#isDrifted = false;
    }
    const total = { count: this.#total.count + 1, sum: this.#total.sum + value };
    this.#total = total;
    const { driftConfidence, warningConfidence } = this.#options;
    const edge = (p: Prefix, sign: number): number =>
      p.sum / p.count + sign * Math.sqrt(Math.log(1 / driftConfidence) / (2 * p.count));
    if (this.#lowest.count === 0 || edge(this.#lowest, 1) >= edge(total, 1)) this.#lowest = total;
    if (this.#highest.count === 0 || edge(this.#highest, -1) <= edge(total, -1)) this.#highest = total;
    if (this.#differs(driftConfidence)) {
      this.#isDrifted = true;
      return "drift";
    }
    return this.#differs(warningConfidence) ? "warning" : "none";
  }

  #differs(confidence: number): boolean {
    const { count, sum } = this.#total;
    const exceeds = (cut: Prefix, sign: number): boolean => {
      if (cut.count === count) return false;
      const bound = Math.sqrt(((count - cut.count) / (2 * cut.count * count)) * Math.log(2 / confidence));
      return sign * (sum / count - cut.sum / cut.count) >= bound;
    };
    return exceeds(this.#lowest, 1) || (this.#options.twoSided && exceeds(this.#highest, -1));
  }

  toState(): HddmAState {
    return {
      options: this.#options,
      total: this.#total,
      lowest: this.#lowest,
      highest: this.#highest,
      isDrifted: this.#isDrifted,
    };
  }

  static fromState(state: HddmAState): HddmA {
    const detector = new HddmA(state.options);
    detector.#total = { ...state.total };
    detector.#lowest = { ...state.lowest };
    detector.#highest = { ...state.highest };
    detector.#isDrifted = state.isDrifted;
    return detector;
  }
}
