import { type DetectorSignal, RestartingDetector, type StateOf } from "./detector.ts";

export interface PageHinkleyOptions {
  readonly minInstances?: number;
  /** Change of the mean that is let pass. */
  readonly delta?: number;
  readonly threshold?: number;
  /** Forgetting factor. */
  readonly alpha?: number;
  readonly mode?: "up" | "down" | "both";
}

export type PageHinkleyState = StateOf<PageHinkleyOptions, typeof START>;

const DEFAULTS: Required<PageHinkleyOptions> = {
  minInstances: 30,
  delta: 0.005,
  threshold: 50,
  alpha: 0.9999,
  mode: "both",
};
const START = { count: 0, mean: 0, rise: 0, least: 0, fall: 0, most: 0 };

/** Page-Hinkley test (Page 1954): cumulated deviation from the running mean. Any numbers. */
export class PageHinkley extends RestartingDetector<PageHinkleyOptions, typeof START> {
  constructor(options: PageHinkleyOptions = {}) {
    super({ ...DEFAULTS, ...options });
  }

  protected start(): typeof START {
    return { ...START };
  }

  protected take(value: number): DetectorSignal {
    const { minInstances, delta, threshold, alpha, mode } = this.options;
    const s = this.kept;
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
    return isUp || isDown ? "drift" : "none";
  }

  static fromState(state: PageHinkleyState): PageHinkley {
    return new PageHinkley(state.options).resume(state);
  }
}
