import { StatisticsError } from "../types.ts";

/** What an online detector says after each value. */
export type DetectorSignal = "none" | "warning" | "drift";

/**
 * An online change detector. `update` takes the next value (an error indicator 0/1, or any number where the detector
 * allows it). After a drift the detector starts anew with the next value. `toState` is plain JSON; `fromState` of the
 * class continues exactly where it stopped. `update` throws `StatisticsError` on what is no finite number: one NaN would silence the detector for good.
 */
export interface OnlineDetector<State> {
  update(value: number): DetectorSignal;
  toState(): State;
}

export function checkFinite(value: number): void {
  if (!Number.isFinite(value)) throw new StatisticsError("update", "a finite number", String(value));
}

/** Options, what was kept since the last start, and whether the last value was a drift. */
export type StateOf<Options, Kept> = Readonly<Kept> & {
  readonly options: Required<Options>;
  readonly isDrifted: boolean;
};

/** A detector whose memory is one record of plain JSON. */
export abstract class RestartingDetector<Options, Kept extends object>
  implements OnlineDetector<StateOf<Options, Kept>>
{
  protected readonly options: Required<Options>;
  protected kept: Kept;
  #isDrifted = false;

  constructor(options: Required<Options>) {
    this.options = options;
    this.kept = this.start();
  }

  /** What is kept before the first value. */
  protected abstract start(): Kept;

  /** Takes in a value. */
  protected abstract take(value: number): DetectorSignal;

  update(value: number): DetectorSignal {
    checkFinite(value);
    if (this.#isDrifted) this.kept = this.start();
    const signal = this.take(value);
    this.#isDrifted = signal === "drift";
    return signal;
  }

  toState(): StateOf<Options, Kept> {
    return { options: this.options, ...structuredClone(this.kept), isDrifted: this.#isDrifted };
  }

  /** Goes on from a state. */
  protected resume({ options, isDrifted, ...kept }: StateOf<Options, Kept>): this {
    this.kept = structuredClone(kept) as unknown as Kept;
    this.#isDrifted = isDrifted;
    return this;
  }
}
