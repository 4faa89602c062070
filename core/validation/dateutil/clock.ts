import { NotADate, whole } from "./dateParts.ts";

/**
 * Year that completes dates without one, and about which two-digit years lie. dateutil takes the day it runs, so its answer to
 * "31" differs from month to month; here a verdict on data does not depend on when it is given. January of a leap year lets
 * pass all that some day would.
 */
export const DEFAULT_YEAR = 2024;

/** The hour by a clock of twenty-four. */
export function adjusted(hour: number, half: number): number {
  if (half === 1) return hour < 12 ? hour + 12 : hour;
  return hour === 12 ? 0 : hour;
}

/** Whole seconds of a text with at most one point. */
export function seconds(text: string): number {
  const [units, fraction, ...rest] = text.split(".");
  if (rest.length > 0) throw new NotADate();
  if (fraction !== undefined) whole(fraction === "" ? "0" : fraction);
  return whole(units);
}

/** Two digits mean the year within fifty of the default one. */
export function fullYear(year: number): number {
  if (year >= 100) return year;
  const near = year + DEFAULT_YEAR - (DEFAULT_YEAR % 100);
  return near >= DEFAULT_YEAR + 50 ? near - 100 : near;
}
