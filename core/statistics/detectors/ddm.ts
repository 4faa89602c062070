import type { DetectorSignal, OnlineDetector } from "./detector.ts";

export interface DdmOptions {
  readonly warmStart?: number;
  /** Standard deviations above the best error rate. */
  readonly warning?: number;
  readonly drift?: number;
}

export interface DdmState {
  readonly options: Required<DdmOptions>;
  readonly count: number;
  readonly rate: number;
  readonly best: { readonly rate: number; readonly deviation: number } | null;
  readonly isDrifted: boolean;
}

const DEFAULTS: Required<DdmOptions> = { warmStart: 30, warning: 2, drift: 3 };

/** Drift detection method (Gama et al. 2004) on an error indicator. Alarms often without drift: use it as a warning. */
export class Ddm implements OnlineDetector<DdmState> {
  #options: Required<DdmOptions>;
  #count = 0;
  #rate = 0;
  #best: { rate: number; deviation: number } | null = null;
  #isDrifted = false;

  constructor(options: DdmOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  update(error: number): DetectorSignal {
    if (this.#isDrifted) {
      this.#count = 0;
      this.#rate = 0;
      this.#best = null;
      this.#isDrifted = false;
    }
    this.#count++;
    this.#rate += (error - this.#rate) / this.#count;
    const { warmStart, warning, drift } = this.#options;
    if (this.#count <= warmStart) return "none";
    const deviation = Math.sqrt((this.#rate * (1 - this.#rate)) / this.#count);
    const level = this.#rate + deviation;
    if (this.#best === null || level <= this.#best.rate + this.#best.deviation) {
      this.#best = { rate: this.#rate, deviation };
    }
    if (level > this.#best.rate + drift * this.#best.deviation) {
      this.#isDrifted = true;
      return "drift";
    }
    return level > this.#best.rate + warning * this.#best.deviation ? "warning" : "none";
  }

  toState(): DdmState {
    return {
      options: this.#options,
      count: this.#count,
      rate: this.#rate,
      best: this.#best,
      isDrifted: this.#isDrifted,
    };
  }

  static fromState(state: DdmState): Ddm {
    const detector = new Ddm(state.options);
    detector.#count = state.count;
    detector.#rate = state.rate;
    detector.#best = state.best === null ? null : { ...state.best };
    detector.#isDrifted = state.isDrifted;
    return detector;
  }
}
