import { daysIn, MONTHS, shortName, WEEKDAYS } from "./calendar.ts";
import { shown } from "./messages.ts";
import { ExpectationError } from "./types.ts";

const either = (names: readonly string[]): string => `(?:${names.join("|")})`;

/** Directive to regular expression; named groups feed the calendar check. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  Y: "(?<year>\\d{4})",
  y: "(?<shortYear>\\d{2})",
  m: "(?<month>1[0-2]|0?[1-9])",
  d: "(?<day>3[01]|[12]\\d|0?[1-9]| [1-9])",
  H: "(?:2[0-3]|[01]?\\d)",
  I: "(?:1[0-2]|0?[1-9])",
  M: "[0-5]?\\d",
  S: "(?:6[01]|[0-5]?\\d)",
  f: "\\d{1,6}",
  j: "(?:36[0-6]|3[0-5]\\d|[12]\\d\\d|0?[1-9]\\d|0{0,2}[1-9])",
  p: "(?:am|pm)",
  z: "(?:[+-]\\d\\d:?[0-5]\\d(?::?[0-5]\\d(?:\\.\\d{1,6})?)?|Z)",
  Z: "(?:utc|gmt|)",
  a: either(WEEKDAYS.map(shortName)),
  A: either(WEEKDAYS),
  b: `(?<monthName>${MONTHS.map(shortName).join("|")})`,
  B: `(?<monthName>${MONTHS.join("|")})`,
  w: "[0-6]",
  "%": "%",
};

/**
 * Regular expression (JavaScript, flag i, without anchors) of a strptime format; its groups are those of DIRECTIVES.
 * Throws ExpectationError for a directive that is not known.
 */
export function strftimePattern(format: string): string {
  return format.replace(/%(.)|([.*+?^${}()|[\]\\/])|\s+/g, (whole, directive?: string, special?: string) => {
    if (special !== undefined) return `\\${special}`;
    if (directive === undefined) return "\\s+";
    const known = DIRECTIVES[directive];
    if (known === undefined)
      throw new ExpectationError(
        `strftime_format ${shown(format)}: expected directives of Python's strptime, got ${whole}; write %H:%M:%S for %T, %Y-%m-%d for %F`,
      );
    return known;
  });
}

/** Test whether text is a date in a strptime format, including that the day exists. */
export function strftimeTest(format: string): (text: string) => boolean {
  const regex = new RegExp(`^${strftimePattern(format)}$`, "i");
  return (text) => {
    const groups = regex.exec(text)?.groups;
    return regex.test(text) && (groups === undefined || dayExists(groups));
  };
}

function dayExists(groups: Record<string, string | undefined>): boolean {
  if (groups.day === undefined) return true;
  const name = groups.monthName?.toLowerCase().slice(0, 3);
  const month =
    name === undefined ? Number(groups.month ?? 1) : MONTHS.findIndex((m) => m.startsWith(name)) + 1;
  // Without a year Python takes 1900, which was no leap year.
  const short = groups.shortYear === undefined ? undefined : Number(groups.shortYear);
  const year =
    groups.year !== undefined
      ? Number(groups.year)
      : short === undefined
        ? 1900
        : short < 69
          ? 2000 + short
          : 1900 + short;
  if (year === 0) return false;
  return Number(groups.day) <= daysIn(year, month);
}
