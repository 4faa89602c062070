import { parseDate } from "./dateutil/parse.ts";

const DAY = /^\d{4}-\d{1,2}-\d{1,2}$/;
const TIME = /^\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$/;
/** What Python's float() reads. */
const NUMBER = /^\s*([+-]?)(?:(inf(?:inity)?)|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|nan)\s*$/i;

/** The one form in which readers of files that know times give them as text; text of CSV files seldom has it. */
const READ_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Milliseconds of a time that a reader gave as text; undefined for other text. */
export const readTime = (text: string): number | undefined =>
  READ_TIME.test(text) ? Date.parse(text) : undefined;

/** A day, or a point in time: Python's `date` and `datetime`, which do not compare with each other. */
export class Moment {
  readonly milliseconds: number;
  readonly isDay: boolean;

  constructor(milliseconds: number, isDay: boolean) {
    this.milliseconds = milliseconds;
    this.isDay = isDay;
  }

  /** As Python's `isoformat` writes it. */
  toJSON(): string {
    const text = new Date(this.milliseconds).toISOString();
    if (this.isDay) return text.slice(0, 10);
    return this.milliseconds % 1000 === 0 ? text.slice(0, 19) : `${text.slice(0, 23)}000`;
  }
}

/** A text as `dateutil` reads it; undefined where it cannot. */
export function momentOf(text: string, isDay: boolean): Moment | undefined {
  const parsed = parseDate(text);
  if (parsed === undefined) return undefined;
  const [year, month, day, ...time] = parsed;
  return new Moment(Date.UTC(year, month - 1, day, ...(isDay ? [] : time)), isDay);
}

/** A bound as Great Expectations reads it from JSON: text of a number is one, ISO text a day or a point in time, other text itself. */
export function boundOf(value: unknown): unknown {
  if (typeof value !== "string") return value ?? null;
  const number = NUMBER.exec(value);
  if (number !== null) return number[2] === undefined ? Number(value) : Number(`${number[1]}Infinity`);
  const isDay = DAY.test(value);
  return isDay || TIME.test(value) ? (momentOf(value, isDay) ?? value) : value;
}
