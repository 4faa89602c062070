import { type MomentsState, OnlineMoments } from "../streams/onlineMoments.ts";
import type { DetectorSignal, OnlineDetector } from "./detector.ts";

export interface EddmOptions {
  /** Values before the largest level is kept, and errors before anything is said. */
  readonly warmStart?: number;
  /** Warn below this ratio of the largest distance level. */
  readonly alpha?: number;
  /** Drift below this ratio. */
  readonly beta?: number;
}

export interface EddmState {
  readonly options: Required<EddmOptions>;
  readonly count: number;
  readonly lastError: number;
  readonly distances: MomentsState;
  readonly largest: number;
  readonly isWarned: boolean;
  readonly isDrifted: boolean;
}

const DEFAULTS: Required<EddmOptions> = { warmStart: 30, alpha: 0.95, beta: 0.9 };

/**
 * Early drift detection (Baena-Garcia et al. 2006): distance between errors. Quick and full of false alarms. A warning stands until the next error, as
 * in river.
 */
export class Eddm implements OnlineDetector<EddmState> {
  #options: Required<EddmOptions>;
  #count = 0;
  #lastError = 0;
  #distances = new OnlineMoments();
  #largest = 0;
  #isWarned = false;
  #isDrifted = false;

  constructor(options: EddmOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  update(error: number): DetectorSignal {
    if (this.#isDrifted) {
      this.#count = 0;
      this.#lastError = 0;
      this.#distances = new OnlineMoments();
      this.#largest = 0;
      this.#isWarned = false;
      this.#isDrifted = false;
    }
    this.#count++;
    if (error === 1) this.#addError();
    if (this.#isDrifted) return "drift";
    return this.#isWarned ? "warning" : "none";
  }

  #addError(): void {
    const { warmStart, alpha, beta } = this.#options;
    this.#distances.add(this.#count - this.#lastError);
    this.#lastError = this.#count;
    if (this.#count <= warmStart) return;
    const deviation = this.#distances.count > 1 ? this.#distances.standardDeviation() : 0;
    const level = this.#distances.mean + 2 * deviation;
    if (level > this.#largest) this.#largest = level;
    else if (this.#distances.count > warmStart) {
      const ratio = level / this.#largest;
      this.#isDrifted = ratio < beta;
      if (!this.#isDrifted) this.#isWarned = ratio < alpha;
    }
  }

  toState(): EddmState {
    return {
      options: this.#options,
      count: this.#count,
      lastError: this.#lastError,
      distances: this.#distances.toState(),
      largest: this.#largest,
      isWarned: this.#isWarned,
      isDrifted: this.#isDrifted,
    };
  }

  static fromState(state: EddmState): Eddm {
    const detector = new Eddm(state.options);
    detector.#count = state.count;
    detector.#lastError = state.lastError;
    detector.#distances = OnlineMoments.fromState(state.distances);
    detector.#largest = state.largest;
    detector.#isWarned = state.isWarned;
    detector.#isDrifted = state.isDrifted;
    return detector;
  }
}
