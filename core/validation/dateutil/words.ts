import { MONTHS, shortName, WEEKDAYS } from "../calendar.ts";

/** Words that dateutil knows (its default `parserinfo`), in lower case. */
const JUMPS = new Set(" |.|,|;|-|/|'|at|on|and|ad|m|t|of|st|nd|rd|th".split("|"));
const UNITS: Readonly<Record<string, number>> = {
  h: 0,
  hour: 0,
  hours: 0,
  m: 1,
  minute: 1,
  minutes: 1,
  s: 2,
  second: 2,
  seconds: 2,
};
const HALVES: Readonly<Record<string, number>> = { am: 0, a: 0, pm: 1, p: 1 };

const lookUp = (table: Readonly<Record<string, number>>, word: string | undefined): number | undefined => {
  const key = word?.toLowerCase();
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
};

/** Whether a word may stand between the parts of a date. */
export const isJump = (word: string): boolean => JUMPS.has(word.toLowerCase());

export const isWeekday = (word: string): boolean =>
  WEEKDAYS.some((day) => day === word.toLowerCase() || shortName(day) === word.toLowerCase());

/** Number of a month from 1. */
export function monthOf(word: string | undefined): number | undefined {
  const name = word?.toLowerCase();
  const at = MONTHS.findIndex(
    (m) => m === name || shortName(m) === name || (name === "sept" && m.startsWith(name)),
  );
  return at < 0 ? undefined : at + 1;
}

/** 0 hours, 1 minutes, 2 seconds. */
export const unitOf = (word: string | undefined): number | undefined => lookUp(UNITS, word);

/** 0 before noon, 1 after. */
export const halfOf = (word: string | undefined): number | undefined => lookUp(HALVES, word);

export const isUtc = (word: string): boolean => ["utc", "gmt", "z"].includes(word.toLowerCase());

/** Upper-case letters, at most five, or z. */
export const looksLikeZone = (word: string): boolean =>
  Array.from(word).length <= 5 && (/^[A-Z]*$/.test(word) || word === "z");

/** Where the unit of the number at i stands: after it, or before it as in "10 h 36". */
export function unitIndex(tokens: readonly string[], i: number): number | undefined {
  if (unitOf(tokens[i + 1]) !== undefined) return i + 1;
  if (tokens[i + 1] === " " && unitOf(tokens[i + 2]) !== undefined) return i + 2;
  if (i > 0 && unitOf(tokens[i - 1]) !== undefined) return i - 1;
  const isLast = i > 1 && i === tokens.length - 1 && tokens[i - 1] === " ";
  return isLast && unitOf(tokens[i - 2]) !== undefined ? i - 2 : undefined;
}
