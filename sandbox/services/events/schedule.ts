/** When something is due next: epoch milliseconds after `now`, or undefined when it never is again. */
export interface Schedule {
  next(now: number): number | undefined;
}

const units: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Parses `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)` and, where allowed, `at(2026-01-01T00:00:00)`.
 * @param anchor first moment of a rate
 * @throws Error naming what is wrong
 */
export function parseSchedule(
  expression: string,
  anchor: number,
  options: { at?: boolean; timeZone?: string } = {},
): Schedule {
  const rate = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression);
  if (rate) return parseRate(expression, anchor, Number(rate[1]), rate[2] as string, rate[3] === "s");
  const cron = /^cron\((.+)\)$/.exec(expression);
  if (cron) return parseCron(expression, (cron[1] as string).trim().split(/\s+/), options.timeZone ?? "UTC");
  const at = options.at ? /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression) : null;
  if (at) {
    const moment = zonedTime(at[1] as string, options.timeZone ?? "UTC");
    return { next: (now) => (moment > now ? moment : undefined) };
  }
  throw new Error(
    `schedule expression: expected rate(…)${options.at ? ", cron(…) or at(…)" : " or cron(…)"}, got ${JSON.stringify(expression)}`,
  );
}

function parseRate(
  expression: string,
  anchor: number,
  count: number,
  unit: string,
  plural: boolean,
): Schedule {
  if (count < 1 || plural !== count > 1)
    throw new Error(
      `schedule expression ${JSON.stringify(expression)}: expected "1 ${unit}" or "n ${unit}s"`,
    );
  const period = count * (units[unit] as number);
  return { next: (now) => anchor + (Math.floor((now - anchor) / period) + 1) * period };
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

function parseCron(expression: string, fields: readonly string[], timeZone: string): Schedule {
  const fail = (why: string): never => {
    throw new Error(`schedule expression ${JSON.stringify(expression)}: ${why}`);
  };
  if (fields.length !== 6)
    fail(`expected six fields (minutes hours day-of-month month day-of-week year), got ${fields.length}`);
  const [minutes, hours, days, month, week, years] = fields as readonly [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if ((days === "?") === (week === "?")) fail("expected ? in exactly one of day-of-month and day-of-week");
  const set = (field: string, low: number, high: number, names: readonly string[] = [], base = 0) =>
    parseField(field, low, high, names, base, fail);
  const minuteSet = set(minutes, 0, 59);
  const hourSet = set(hours, 0, 23);
  const monthSet = set(month, 1, 12, months, 1);
  const yearSet = set(years, 1970, 2199);
  const dayTest = days === "?" ? weekdayTest(week, set, fail) : dayOfMonthTest(days, set, fail);
  return {
    next(now) {
      const start = localParts(now, timeZone);
      let date = Date.UTC(start.year, start.month - 1, start.day);
      for (let checked = 0; checked < 366 * 5; checked++, date += 86_400_000) {
        const day = new Date(date);
        if (!yearSet.has(day.getUTCFullYear()) || !monthSet.has(day.getUTCMonth() + 1) || !dayTest(day))
          continue;
        for (const hour of hourSet)
          for (const minute of minuteSet) {
            const local = `${day.toISOString().slice(0, 10)}T${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}:00`;
            const moment = zonedTime(local, timeZone);
            if (moment > now) return moment;
          }
      }
      return undefined;
    },
  };
}

type FieldParser = (
  field: string,
  low: number,
  high: number,
  names?: readonly string[],
  base?: number,
) => ReadonlySet<number>;

function parseField(
  field: string,
  low: number,
  high: number,
  names: readonly string[],
  base: number,
  fail: (why: string) => never,
): ReadonlySet<number> {
  const value = (text: string): number => {
    const named = names.indexOf(text.toUpperCase());
    const parsed = named === -1 ? Number(text) : named + base;
    return Number.isInteger(parsed) && parsed >= low && parsed <= high
      ? parsed
      : fail(`expected ${low} to ${high}, got ${JSON.stringify(text)}`);
  };
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step] = part.split("/");
    const [first = "", last] = range.split("-");
    const from = range === "*" ? low : value(first);
    const to = range === "*" ? high : last === undefined ? (step === undefined ? from : high) : value(last);
    const by = step === undefined ? 1 : Number(step);
    if (!(by >= 1)) fail(`expected a step of at least 1, got ${JSON.stringify(step)}`);
    for (let each = from; each <= to; each += by) found.add(each);
  }
  return new Set([...found].sort((a, b) => a - b));
}

function dayOfMonthTest(
  field: string,
  set: FieldParser,
  fail: (why: string) => never,
): (day: Date) => boolean {
  const lastDay = (day: Date) =>
    new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
  if (field === "L") return (day) => day.getUTCDate() === lastDay(day);
  if (field.includes("W")) return fail("the sandbox does not evaluate W");
  const days = set(field, 1, 31);
  return (day) => days.has(day.getUTCDate());
}

function weekdayTest(field: string, set: FieldParser, fail: (why: string) => never): (day: Date) => boolean {
  const nth = /^(\w+)#([1-5])$/.exec(field);
  if (nth) {
    const [weekday] = set(nth[1] as string, 1, 7, weekdays, 1);
    return (day) => day.getUTCDay() + 1 === weekday && Math.ceil(day.getUTCDate() / 7) === Number(nth[2]);
  }
  if (/^\w+L$/.test(field)) return fail("the sandbox does not evaluate L in day-of-week");
  const days = set(field, 1, 7, weekdays, 1);
  return (day) => days.has(day.getUTCDay() + 1);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localParts(
  moment: number,
  timeZone: string,
): { year: number; month: number; day: number; text: string } {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
    formats.set(timeZone, format);
  }
  const text = format.format(moment).replace(" ", "T");
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split("-").map(Number);
  return { year, month, day, text };
}

/** The moment at which a wall clock of the zone shows `local`. */
function zonedTime(local: string, timeZone: string): number {
  const asUtc = Date.parse(`${local}Z`);
  if (timeZone === "UTC") return asUtc;
  const offset = Date.parse(`${localParts(asUtc, timeZone).text}Z`) - asUtc;
  const guess = asUtc - offset;
  const again = Date.parse(`${localParts(guess, timeZone).text}Z`) - guess;
  return asUtc - again;
}
