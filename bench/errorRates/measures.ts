/** What can be counted, by name: so that a worker can be told what to do. Each gives sums over repetitions, which add up. */
import { canaryCounts } from "./canaryRates.ts";
import { detectionCounts, falseAlarms } from "./detectorRates.ts";
import { driftCounts } from "./driftRates.ts";
import { fixedCounts } from "./fixedCanary.ts";
import { seasonCounts } from "./seasonRates.ts";

export const MEASURES = {
  driftCounts,
  seasonCounts,
  canaryCounts,
  fixedCounts,
  detectionCounts,
  falseAlarms,
} as const;
export type MeasureName = keyof typeof MEASURES;

export type Range = readonly [from: number, to: number];
/** Arguments without the range of repetitions, which comes last. */
type WithoutRange<T> = T extends [...infer First, Range] ? First : T;
export type MeasureArgs<N extends MeasureName> = WithoutRange<Parameters<(typeof MEASURES)[N]>>;

export interface Job {
  readonly measure: MeasureName;
  readonly args: readonly unknown[];
}

export function runJob({ measure, args }: Job): number[] {
  const count = MEASURES[measure] as (...args: readonly unknown[]) => number[];
  return count(...args);
}
