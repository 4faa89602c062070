import { daysIn } from "../calendar.ts";

/** A text that is no date: thrown inside this folder only. */
export class NotADate extends Error {}

export function whole(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) throw new NotADate();
  return Number(text);
}

type Label = "Y" | "M" | "D";

/** The numbers of a date in their order, some of which are known to be year or month (dateutil's `_ymd`). */
export class DateParts {
  readonly values: number[] = [];
  isCenturyGiven = false;
  #at: Partial<Record<Label, number>> = {};

  /** Adds a number; one of more than two digits, or above 100, must be the year. */
  add(value: string | number, label?: Label): void {
    const isYear = typeof value === "string" ? /^\d{3,}$/.test(value) : value > 100;
    if (isYear) this.isCenturyGiven = true;
    if (isYear && label !== undefined && label !== "Y") throw new NotADate();
    const kind = isYear ? "Y" : label;
    this.values.push(typeof value === "string" ? whole(value) : Math.trunc(value));
    if (kind === undefined) return;
    if (this.#at[kind] !== undefined) throw new NotADate();
    this.#at[kind] = this.values.length - 1;
  }

  couldBeDay(value: number): boolean {
    const month = this.#at.M === undefined ? undefined : this.values[this.#at.M];
    const year = this.#at.Y === undefined ? 2000 : this.values[this.#at.Y];
    if (month !== undefined && (month < 1 || month > 12)) throw new NotADate();
    return value >= 1 && value <= (month === undefined ? 31 : daysIn(year as number, month));
  }

  /** Which number is which: month before day unless the values say otherwise; a two-digit year comes last. */
  resolve(): { year?: number; month?: number; day?: number } {
    const { values } = this;
    const known = Object.keys(this.#at).length;
    if ((values.length === known && known > 0) || (values.length === 3 && known === 2))
      return this.#resolveLabelled();
    if (values.length > 3) throw new NotADate();
    if (values.length === 3) return this.#resolveThree();
    if (values.length === 1 || (this.#at.M !== undefined && values.length === 2)) return this.#resolveOne();
    const [a, b] = values as [number, number];
    if (values.length < 2) return {};
    if (a > 31) return { year: a, month: b };
    return b > 31 ? { month: a, year: b } : { month: a, day: b };
  }

  #resolveLabelled(): { year?: number; month?: number; day?: number } {
    const at: Partial<Record<Label, number>> = { ...this.#at };
    if (this.values.length === 3 && Object.keys(at).length === 2) {
      const label = (["Y", "M", "D"] as const).find((l) => at[l] === undefined) as Label;
      at[label] = [0, 1, 2].find((i) => !Object.values(at).includes(i)) as number;
    }
    const value = (label: Label): number | undefined =>
      at[label] === undefined ? undefined : this.values[at[label]];
    return dateOf(value("Y"), value("M"), value("D"));
  }

  #resolveOne(): { year?: number; month?: number; day?: number } {
    const at = this.#at.M;
    const month = at === undefined ? undefined : this.values[at];
    const other = this.values[at === 0 ? 1 : 0] as number;
    return other > 31 ? dateOf(other, month, undefined) : dateOf(undefined, month, other);
  }

  #resolveThree(): { year?: number; month?: number; day?: number } {
    const [a, b, c] = this.values as [number, number, number];
    switch (this.#at.M) {
      case 0:
        return b > 31 ? dateOf(b, a, c) : dateOf(c, a, b);
      case 1:
        return a > 31 ? dateOf(a, b, c) : dateOf(c, b, a);
      case 2:
        return b > 31 ? dateOf(b, c, a) : dateOf(a, c, b);
      default:
        if (a > 31 || this.#at.Y === 0) return dateOf(a, b, c);
        return a > 12 ? dateOf(c, b, a) : dateOf(c, a, b);
    }
  }
}

function dateOf(
  year?: number,
  month?: number,
  day?: number,
): { year?: number; month?: number; day?: number } {
  return {
    ...(year === undefined ? {} : { year }),
    ...(month === undefined ? {} : { month }),
    ...(day === undefined ? {} : { day }),
  };
}
