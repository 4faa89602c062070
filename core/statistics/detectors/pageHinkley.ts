import type { DetectorSignal, OnlineDetector } from "./detector.ts";

export interface PageHinkleyOptions {
  readonly minInstances?: number;
  /** Change of the mean that is let pass. */
  readonly delta?: number;
  readonly threshold?: number;
  /** Forgetting factor. */
  readonly alpha?: number;
  readonly mode?: "up" | "down" | "both";
}

export interface PageHinkleyState {
  readonly options: Required<PageHinkleyOptions>;
  readonly count: number;
  readonly mean: number;
  readonly rise: number;
  readonly least: number;
  readonly fall: number;
  readonly most: number;
  readonly isDrifted: boolean;
}

const DEFAULTS: Required<PageHinkleyOptions> = {
  minInstances: 30,
  delta: 0.005,
  threshold: 50,
  alpha: 0.9999,
  mode: "both",
};
const START = { count: 0, mean: 0, rise: 0, least: 0, fall: 0, most: 0 };

/** Page-Hinkley test (Page 1954): cumulated deviation from the running mean. Any numbers. */
export class PageHinkley implements OnlineDetector<PageHinkleyState> {
  #options: Required<PageHinkleyOptions>;
  #sums = { ...START };
  #isDrifted = false;

  constructor(options: PageHinkleyOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  update(value: number): DetectorSignal {
    if (this.#isDrifted) {
      this.#sums = { ...START };
      this.#isDrifted = false;
    }
    const { minInstances, delta, threshold, alpha, mode } = this.#options;
    const s = this.#sums;
    s.count++;
    s.mean += (value - s.mean) / s.count;
    const deviation = value - s.mean;
    s.rise = alpha * s.rise + deviation - delta;
    s.fall = alpha * s.fall + deviation + delta;
    s.least = Math.min(s.least, s.rise);
    s.most = Math.max(s.most, s.fall);
    if (s.count < minInstances) return "none";
    const isUp = mode !== "down" && s.rise - s.least > threshold;
    const isDown = mode !== "up" && s.most - s.fall > threshold;
    this.#isDrifted = isUp || isDown;
    return this.#isDrifted ? "drift" : "none";
  }

  toState(): PageHinkleyState {
    return { options: this.#options, ...this.#sums, isDrifted: this.#isDrifted };
  }

  static fromState(state: PageHinkleyState): PageHinkley {
    const detector = new PageHinkley(state.options);
    const { count, mean, rise, least, fall, most } = state;
    detector.#sums = { count, mean, rise, least, fall, most };
    detector.#isDrifted = state.isDrifted;
    return detector;
  }
}
