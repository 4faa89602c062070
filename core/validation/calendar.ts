/** Names of months and weekdays, in lower case. */
export const MONTHS =
  "january february march april may june july august september october november december".split(" ");
export const WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split(" ");

export const shortName = (name: string): string => name.slice(0, 3);

/** Days of a month from 1 to 12, in the Gregorian calendar of all years. */
export function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}
