import { daysIn } from "../calendar.ts";

/** A text that is no date: thrown inside this folder only. */
export class NotADate extends Error {}

export function whole(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) throw new NotADate();
  return Number(text);
}

/** Place in a date: year, month, day. */
type Label = 0 | 1 | 2;
export const YEAR = 0;
export const MONTH = 1;
const LABELS = [0, 1, 2] as const;
type Ymd = readonly (number | undefined)[];

/** The numbers of a date in their order, some of which are known to be year or month (dateutil's `_ymd`). */
export class DateParts {
  readonly values: number[] = [];
  isCenturyGiven = false;
  /** Which of the values is the year, the month, the day. */
  readonly #at: Partial<Record<Label, number>> = {};

  /** Adds a number; one of more than two digits, or above 100, must be the year. */
  add(value: string | number, label?: Label): void {
    const isYear = typeof value === "string" ? /^\d{3,}$/.test(value) : value > 100;
    if (isYear) this.isCenturyGiven = true;
    const kind = isYear ? YEAR : label;
    const isTwice = kind !== undefined && this.#at[kind] !== undefined;
    if (isTwice || (isYear && label)) throw new NotADate();
    const at = this.values.push(typeof value === "string" ? whole(value) : Math.trunc(value)) - 1;
    if (kind !== undefined) this.#at[kind] = at;
  }

  /** The value that is known to be this part. */
  #known(label: Label): number | undefined {
    return this.values[this.#at[label] ?? -1];
  }

  couldBeDay(value: number): boolean {
    const month = this.#known(MONTH);
    if (month !== undefined && (month < 1 || month > 12)) throw new NotADate();
    const days = month === undefined ? 31 : daysIn(this.#known(YEAR) ?? 2000, month);
    return value >= 1 && value <= days;
  }

  /** Year, month and day. Which number is which: month before day unless the values say otherwise; a two-digit year comes last. */
  resolve(): Ymd {
    const [a, b] = this.values as [number, number];
    const count = this.values.length;
    const known = Object.keys(this.#at).length;
    if ((count === known && known > 0) || (count === 3 && known === 2)) return this.#resolveLabelled();
    if (count > 3) throw new NotADate();
    if (count === 3) return this.#resolveThree();
    if (count === 1 || (count === 2 && this.#at[MONTH] !== undefined)) return this.#resolveOne();
    if (count === 0) return [];
    if (a > 31) return [a, b];
    return b > 31 ? [b, a] : [undefined, a, b];
  }

  #resolveLabelled(): Ymd {
    const at = LABELS.map((label) => this.#at[label]);
    // Of three values the one without a label has the label that is left.
    const left = at.indexOf(undefined);
    if (this.values.length === 3 && left >= 0) at[left] = LABELS.find((i) => !at.includes(i));
    return at.map((place) => this.values[place ?? -1]);
  }

  #resolveOne(): Ymd {
    const other = this.values[this.#at[MONTH] === 0 ? 1 : 0] as number;
    const month = this.#known(MONTH);
    return other > 31 ? [other, month] : [undefined, month, other];
  }

  #resolveThree(): Ymd {
    const [a, b, c] = this.values as [number, number, number];
    switch (this.#at[MONTH]) {
      case 0:
        return b > 31 ? [b, a, c] : [c, a, b];
      case 1:
        return a > 31 ? [a, b, c] : [c, b, a];
      case 2:
        return b > 31 ? [b, c, a] : [a, c, b];
      default:
        if (a > 31 || this.#at[YEAR] === 0) return [a, b, c];
        return a > 12 ? [c, b, a] : [c, a, b];
    }
  }
}
