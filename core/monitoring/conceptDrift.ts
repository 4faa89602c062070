/** Watches a model's error stream for a change of its mean: concept drift, as far as labels show it. */
import { Adwin, type AdwinState } from "../statistics/index.ts";

/**
 * Found by simulation (docs/error-rates.md): five times ADWIN's usual delta finds an error rate that went from 0.1 to 0.2
 * about 90 steps sooner, and still alarms about once in a million steps without a change. Smaller clocks gain less and
 * cost more; HDDM is later, Page-Hinkley alarms more often without cause.
 */
export const CONCEPT_DRIFT_OPTIONS = { delta: 0.01 } as const;

/** A fresh detector, or the one that stopped in `state`. Its options are part of the state and stay as they were. */
export function conceptDriftDetector(state: AdwinState | null = null): Adwin {
  return state === null ? new Adwin(CONCEPT_DRIFT_OPTIONS) : Adwin.fromState(state);
}

/** Feeds errors in [0, 1], in time order; has the mean changed anywhere among them? */
export function watchErrors(
  state: AdwinState | null,
  errors: readonly number[],
): { state: AdwinState; changed: boolean } {
  const detector = conceptDriftDetector(state);
  const signals = errors.map((error) => detector.update(error));
  return { state: detector.toState(), changed: signals.includes("drift") };
}
