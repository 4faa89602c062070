import { type DetectorSignal, RestartingDetector, type StateOf } from "./detector.ts";

export interface DdmOptions {
  readonly warmStart?: number;
  /** Standard deviations above the best error rate. */
  readonly warning?: number;
  readonly drift?: number;
}

interface Kept {
  count: number;
  rate: number;
  best: { readonly rate: number; readonly deviation: number } | null;
}

export type DdmState = StateOf<DdmOptions, Kept>;

const DEFAULTS: Required<DdmOptions> = { warmStart: 30, warning: 2, drift: 3 };

/** Drift detection method (Gama et al. 2004) on an error indicator. Alarms often without drift: use it as a warning. */
export class Ddm extends RestartingDetector<DdmOptions, Kept> {
  constructor(options: DdmOptions = {}) {
    super({ ...DEFAULTS, ...options });
  }

  protected start(): Kept {
    return { count: 0, rate: 0, best: null };
  }

  protected take(error: number): DetectorSignal {
    const { kept } = this;
    kept.count++;
    kept.rate += (error - kept.rate) / kept.count;
    const { warmStart, warning, drift } = this.options;
    if (kept.count <= warmStart) return "none";
    const deviation = Math.sqrt((kept.rate * (1 - kept.rate)) / kept.count);
    const level = kept.rate + deviation;
    if (kept.best === null || level <= kept.best.rate + kept.best.deviation) {
      kept.best = { rate: kept.rate, deviation };
    }
    const { best } = kept;
    if (level > best.rate + drift * best.deviation) return "drift";
    return level > best.rate + warning * best.deviation ? "warning" : "none";
  }

  static fromState(state: DdmState): Ddm {
    return new Ddm(state.options).resume(state);
  }
}
