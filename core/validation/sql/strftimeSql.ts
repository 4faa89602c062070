import { MONTHS, shortName } from "../calendar.ts";
import { strftimePattern } from "../strftime.ts";
import type { Dialect } from "./dialect.ts";
import { textLiteral } from "./literals.ts";
import { sqlRegex } from "./regexSql.ts";

/** What JavaScript's \s means, which strftimePattern writes for white space. */
const SPACES = "[ \\t-\\r\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]";
/**
 * Whether text is a date in a strptime format, including that the day exists: the streaming engine's own pattern and its
 * calendar, not the engine's date parser, whose idea of a format is another one. NULL for NULL.
 */
export function strftimeSql(text: string, format: string, dialect: Dialect): string {
  const names: string[] = [];
  const pattern = strftimePattern(format)
    .replaceAll("\\s+", `${SPACES}+`)
    .replace(/\(\?<(\w+)>/g, (_, name: string) => {
      names.push(name);
      return `(?P<${name}>`;
    });
  const regex = textLiteral(sqlRegex(`(?ai)\\A${pattern}\\Z`, dialect));
  const matches = dialect.isMatch(text, regex);
  if (!names.includes("day")) return matches;
  const part = (name: string): string | undefined => {
    const at = names.indexOf(name);
    return at < 0 ? undefined : `regexp_extract(${text}, ${regex}, ${at + 1})`;
  };
  const whole = (name: string): string | undefined => {
    const extracted = part(name);
    // A day may be written with a space before it.
    return extracted === undefined ? undefined : `TRY_CAST(trim(${extracted}) AS BIGINT)`;
  };
  const month = monthSql(part("monthName")) ?? whole("month") ?? "1";
  const days = daysSql(month, yearSql(whole("year"), whole("shortYear")));
  return `(${matches} AND coalesce(${whole("day")} <= ${days}, FALSE))`;
}

function monthSql(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const cases = MONTHS.map((month, i) => `WHEN '${shortName(month)}' THEN ${i + 1}`).join(" ");
  return `CASE substr(lower(${name}), 1, 3) ${cases} END`;
}

/** Without a year Python takes 1900, and two digits are 1969 to 2068. */
function yearSql(year: string | undefined, short: string | undefined): string {
  if (year !== undefined) return year;
  return short === undefined ? "1900" : `(CASE WHEN ${short} < 69 THEN 2000 ELSE 1900 END + ${short})`;
}

/** Days of the month; none in the year 0, which Python does not know. */
function daysSql(month: string, year: string): string {
  const isLeap = `(${year} % 4 = 0 AND (${year} % 100 <> 0 OR ${year} % 400 = 0))`;
  return `CASE WHEN ${year} = 0 THEN 0 WHEN ${month} IN (4, 6, 9, 11) THEN 30 WHEN ${month} <> 2 THEN 31 WHEN ${isLeap} THEN 29 ELSE 28 END`;
}
