/** What an online detector says after each value. */
export type DetectorSignal = "none" | "warning" | "drift";

/**
 * An online change detector. `update` takes the next value (an error indicator 0/1, or any number where the detector
 * allows it). After a drift the detector starts anew with the next value. `toState` is plain JSON; `fromState` of the
 * class continues exactly where it stopped.
 */
export interface OnlineDetector<State> {
  update(value: number): DetectorSignal;
  toState(): State;
}
