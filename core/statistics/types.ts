import { problem } from "../problemsError.ts";

/** A column of numbers, as plain or typed array. Functions never change what they are given. */
export type NumericSample = readonly number[] | Float64Array;

export interface TestResult {
  readonly statistic: number;
  readonly pValue: number;
}

export type Alternative = "two-sided" | "less" | "greater";

/** A wrong argument: says which function, what was expected and what came. */
export class StatisticsError extends Error {
  readonly code = "InvalidStatisticsArgument";
  constructor(where: string, expected: string, got: unknown) {
    super(problem(where, expected, got));
    this.name = "StatisticsError";
  }
}

/** Copies and sorts; refuses NaN, because an order with NaN in it means nothing. */
export function sortedCopy(where: string, sample: NumericSample, least = 1): Float64Array {
  if (sample.length < least) throw new StatisticsError(where, `at least ${least} values`, sample.length);
  const copy = Float64Array.from(sample);
  copy.sort();
  // Typed arrays sort NaN to the end.
  if (Number.isNaN(copy[copy.length - 1] as number))
    throw new StatisticsError(where, "numbers without NaN", "NaN");
  return copy;
}
