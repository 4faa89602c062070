import type { Workers } from "./workers.ts";

/** What all tables of one run have in common. */
export interface Run {
  readonly workers: Workers;
  readonly seed: number;
  /** Repetitions at this run's scale. */
  times(repetitions: number): number;
}
