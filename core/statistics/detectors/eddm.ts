import { type MomentsState, OnlineMoments } from "../streams/onlineMoments.ts";
import { type DetectorSignal, RestartingDetector, type StateOf } from "./detector.ts";

export interface EddmOptions {
  /** Values before the largest level is kept, and errors before anything is said. */
  readonly warmStart?: number;
  /** Warn below this ratio of the largest distance level. */
  readonly alpha?: number;
  /** Drift below this ratio. */
  readonly beta?: number;
}

interface Kept {
  count: number;
  lastError: number;
  distances: MomentsState;
  largest: number;
  isWarned: boolean;
}

export type EddmState = StateOf<EddmOptions, Kept>;

const DEFAULTS: Required<EddmOptions> = { warmStart: 30, alpha: 0.95, beta: 0.9 };

/**
 * Early drift detection (Baena-Garcia et al. 2006): distance between errors. Quick and full of false alarms. A warning stands until the next error, as
 * in river.
 */
export class Eddm extends RestartingDetector<EddmOptions, Kept> {
  constructor(options: EddmOptions = {}) {
    super({ ...DEFAULTS, ...options });
  }

  protected start(): Kept {
    return {
      count: 0,
      lastError: 0,
      distances: new OnlineMoments().toState(),
      largest: 0,
      isWarned: false,
    };
  }

  protected take(error: number): DetectorSignal {
    this.kept.count++;
    if (error === 1 && this.#isDrift()) return "drift";
    return this.kept.isWarned ? "warning" : "none";
  }

  /** Takes in the distance of an error from the last one. */
  #isDrift(): boolean {
    const { kept } = this;
    const { warmStart, alpha, beta } = this.options;
    const distances = OnlineMoments.fromState(kept.distances);
    distances.add(kept.count - kept.lastError);
    kept.distances = distances.toState();
    kept.lastError = kept.count;
    if (kept.count <= warmStart) return false;
    const deviation = distances.count > 1 ? distances.standardDeviation() : 0;
    const level = distances.mean + 2 * deviation;
    if (level > kept.largest) kept.largest = level;
    else if (distances.count > warmStart) {
      const ratio = level / kept.largest;
      if (ratio < beta) return true;
      kept.isWarned = ratio < alpha;
    }
    return false;
  }

  static fromState(state: EddmState): Eddm {
    return new Eddm(state.options).resume(state);
  }
}
