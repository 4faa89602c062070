import { ksTwoSample } from "../hypothesis/ksTwoSample.ts";
import { SeededRandom } from "../resampling/random.ts";
import { checkFinite, type DetectorSignal, type OnlineDetector } from "./detector.ts";

export interface KswinOptions {
  readonly alpha?: number;
  readonly windowSize?: number;
  readonly statSize?: number;
  readonly seed?: number;
}

export interface KswinState {
  readonly options: Required<KswinOptions>;
  readonly window: readonly number[];
  readonly random: readonly [number, number, number, number];
}

const DEFAULTS: Required<KswinOptions> = { alpha: 0.005, windowSize: 100, statSize: 30, seed: 1 };
/** Smaller distances are not taken for a change, however significant. */
const LEAST_DISTANCE = 0.1;

/** KSWIN (Raab et al. 2020): newest values against a random part of the older ones by Kolmogorov-Smirnov. Any numbers. */
export class Kswin implements OnlineDetector<KswinState> {
  #options: Required<KswinOptions>;
  #window: number[] = [];
  #random: SeededRandom;

  constructor(options: KswinOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.#random = new SeededRandom(this.#options.seed);
  }

  update(value: number): DetectorSignal {
    checkFinite(value);
    const { windowSize, statSize, alpha } = this.#options;
    this.#window.push(value);
    if (this.#window.length > windowSize) this.#window.shift();
    if (this.#window.length < windowSize) return "none";
    const newest = this.#window.slice(-statSize);
    const older = this.#window.slice(0, -statSize);
    for (let i = 0; i < statSize; i++) {
      const j = i + this.#random.integer(older.length - i);
      [older[i], older[j]] = [older[j] as number, older[i] as number];
    }
    const { statistic, pValue } = ksTwoSample(older.slice(0, statSize), newest);
    if (pValue > alpha || statistic <= LEAST_DISTANCE) return "none";
    this.#window = [];
    return "drift";
  }

  toState(): KswinState {
    return { options: this.#options, window: this.#window.slice(), random: this.#random.state };
  }

  static fromState(state: KswinState): Kswin {
    const detector = new Kswin(state.options);
    detector.#window = state.window.slice();
    detector.#random = new SeededRandom(state.random);
    return detector;
  }
}
