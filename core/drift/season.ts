import { SeasonalCounts, type SlotCounts } from "../statistics/index.ts";
import type { FeatureProfile } from "./types.ts";

const HOUR = 3_600_000;
const HOURS_OF_DAY = 24;
export const HOURS_OF_WEEK = 168;

/** What a feature's window was compared with: the same hours of the week, of the day, or all of the reference. */
export type ReferencePart = "hourOfWeek" | "hourOfDay" | "whole";

/** Hour of the week in UTC, 0 to 167 from Thursday 00:00 (as the epoch began); undefined without a time. */
export function hourOfWeek(time: number | undefined): number | undefined {
  if (time === undefined || !Number.isFinite(time)) return undefined;
  const hours = Math.floor(time / HOUR) % HOURS_OF_WEEK;
  return hours < 0 ? hours + HOURS_OF_WEEK : hours;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;

/**
 * Epoch milliseconds of an ISO date-time, in UTC where it names no zone; NaN for a date alone, which knows no hour and so belongs to no
 * season; undefined for text that is neither.
 */
export function seasonalTime(text: string): number | undefined {
  if (DATE.test(text)) return Number.isNaN(Date.parse(text)) ? undefined : Number.NaN;
  const time = Date.parse(LOCAL.test(text) ? `${text.replace(" ", "T")}Z` : text);
  return Number.isNaN(time) ? undefined : time;
}

const rowsOf = ({ total, missing }: SlotCounts): number => total + missing;

export interface SeasonalReference {
  readonly part: Exclude<ReferencePart, "whole">;
  readonly cells: SeasonalCounts;
  readonly counts: SlotCounts;
}

/**
 * The part of the reference that lies in the window's hours: of the week where at least `least` rows stand behind it,
 * else the same hours of any day; undefined where that too is thin, or the profile has no season.
 */
export function seasonalReference(
  profile: FeatureProfile,
  hours: ReadonlySet<number>,
  least: number,
): SeasonalReference | undefined {
  if (profile.season === undefined || hours.size === 0) return undefined;
  const cells = SeasonalCounts.fromState(profile.season, HOURS_OF_WEEK);
  const ofWeek = cells.pooled(hours);
  if (rowsOf(ofWeek) >= least) return { part: "hourOfWeek", cells, counts: ofWeek };
  const ofDay = new Set([...hours].map((hour) => hour % HOURS_OF_DAY));
  const anyDay = Array.from({ length: HOURS_OF_WEEK }, (_, h) => h).filter((h) =>
    ofDay.has(h % HOURS_OF_DAY),
  );
  const counts = cells.pooled(anyDay);
  return rowsOf(counts) >= least ? { part: "hourOfDay", cells, counts } : undefined;
}
