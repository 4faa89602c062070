import { daysIn } from "../calendar.ts";
import { adjusted, DEFAULT_YEAR, fullYear, seconds } from "./clock.ts";
import { DateParts, MONTH, NotADate, whole, YEAR } from "./dateParts.ts";
import { dateTokens } from "./tokens.ts";
import { halfOf, isJump, isUtc, isWeekday, looksLikeZone, monthOf, unitIndex, unitOf } from "./words.ts";

/** A date with its time of day: year, month from 1, day, hour, minute, second. */
export type DateAndTime = readonly [number, number, number, number, number, number];

/** What `dateutil.parser.parse` (4.0.0, without options) reads, to the second and without its zone; undefined where it refuses the text. */
export function parseDate(text: string): DateAndTime | undefined {
  try {
    return new DateReader(dateTokens(text)).read();
  } catch (error) {
    if (error instanceof NotADate) return undefined;
    throw error;
  }
}

class DateReader {
  #tokens: string[];
  #date = new DateParts();
  #hour: number | undefined;
  #minute: number | undefined;
  #second: number | undefined;
  #hasZone = false;
  #hasOffset = false;
  #hasWeekday = false;

  constructor(tokens: string[]) {
    this.#tokens = tokens;
  }

  read(): DateAndTime {
    for (let i = 0; i < this.#tokens.length; i++) i = this.#token(i);
    const date = this.#date.resolve();
    const found = [...date, this.#hour, this.#minute, this.#second].some((part) => part !== undefined);
    if (!found && !this.#hasWeekday) throw new NotADate();
    return this.#dated(...date);
  }

  #at(i: number): string {
    const token = this.#tokens[i];
    if (token === undefined) throw new NotADate();
    return token;
  }

  /** Reads what begins at token i; gives the last token it took. */
  #token(i: number): number {
    const token = this.#at(i);
    if (/^\d+(\.\d*)?$/.test(token)) return this.#number(i);
    // Python's float() reads these too, but they are no number of a date.
    if (/^(inf|infinity|nan)$/i.test(token)) throw new NotADate();
    if (isWeekday(token)) this.#hasWeekday = true;
    else if (monthOf(token) !== undefined) return this.#month(i);
    else if (halfOf(token) !== undefined) this.#half(halfOf(token) as number);
    else if (this.#mayBeZone(token)) this.#zone(i);
    else if (this.#hour !== undefined && /^[+-]$/.test(token)) return this.#offset(i);
    else if (!isJump(token)) throw new NotADate();
    return i;
  }

  /** Jan, Jan-01, Jan-01-99, Jan of 01. */
  #month(i: number): number {
    this.#date.add(monthOf(this.#at(i)) as number, MONTH);
    const separator = this.#tokens[i + 1];
    if (separator === "-" || separator === "/") {
      this.#date.add(this.#at(i + 2));
      if (this.#tokens[i + 3] !== separator) return i + 2;
      this.#date.add(this.#at(i + 4));
      return i + 4;
    }
    const isYearNext =
      separator === " " && this.#tokens[i + 3] === " " && this.#tokens[i + 2]?.toLowerCase() === "of";
    const year = this.#tokens[i + 4];
    if (!isYearNext || year === undefined) return i;
    if (/^\d+$/.test(year)) this.#date.add(String(fullYear(whole(year))), YEAR);
    return i + 4;
  }

  #half(half: number): void {
    if (this.#hour === undefined || this.#hour > 12) throw new NotADate();
    this.#hour = adjusted(this.#hour, half);
  }

  #mayBeZone(token: string): boolean {
    return this.#hour !== undefined && !this.#hasZone && !this.#hasOffset && looksLikeZone(token);
  }

  /** GMT+3 means "my time plus 3 is GMT": the sign is turned. */
  #zone(i: number): void {
    const zone = this.#at(i);
    this.#hasZone = true;
    if (zone === "z") this.#hasOffset = true;
    const sign = this.#tokens[i + 1];
    if (sign !== "+" && sign !== "-") return;
    this.#tokens[i + 1] = sign === "+" ? "-" : "+";
    this.#hasOffset = false;
    if (isUtc(zone)) this.#hasZone = false;
  }

  /** +0300, +03:00, +3, and a name in brackets after it. */
  #offset(i: number): number {
    const digits = this.#at(i + 1);
    let last = i + 1;
    let total: number;
    if (digits.length === 4) total = 3600 * whole(digits.slice(0, 2)) + 60 * whole(digits.slice(2));
    else if (this.#tokens[i + 2] === ":") {
      total = 3600 * whole(digits) + 60 * whole(this.#at(i + 3));
      last = i + 3;
    } else if (digits.length <= 2) total = 3600 * whole(digits);
    else throw new NotADate();
    // Python's longest duration.
    if (total >= 86_400 * 999_999_999) throw new NotADate();
    this.#hasOffset = true;
    const [jump, open, name, close] = this.#tokens.slice(last + 1, last + 5);
    const isNamed =
      jump !== undefined &&
      isJump(jump) &&
      open === "(" &&
      close === ")" &&
      name !== undefined &&
      name.length >= 3;
    if (!isNamed || this.#hasZone || !looksLikeZone(name)) return last;
    this.#hasZone = true;
    return last + 4;
  }

  #number(i: number): number {
    const token = this.#at(i);
    const next = this.#tokens[i + 1];
    const unitAt = unitIndex(this.#tokens, i);
    const isClock = next !== ":" && unitOf(next) === undefined;
    if (
      this.#date.values.length === 3 &&
      [2, 4].includes(token.length) &&
      this.#hour === undefined &&
      isClock
    ) {
      this.#hour = whole(token.slice(0, 2));
      if (token.length === 4) this.#minute = whole(token.slice(2));
      return i;
    }
    if (token.length === 6 || (token.length > 6 && token.indexOf(".") === 6))
      return this.#sixDigits(i, token);
    if ([8, 12, 14].includes(token.length)) return this.#manyDigits(i, token);
    if (unitAt !== undefined) return this.#withUnit(i, unitAt);
    if (next === ":" && i + 2 < this.#tokens.length) return this.#clockTime(i);
    if (next === "-" || next === "/" || next === ".") return this.#separated(i, next);
    return this.#plainNumber(i);
  }

  /** YYMMDD, or HHMMSS[.ss] once there is a date. */
  #sixDigits(i: number, token: string): number {
    if (this.#date.values.length === 0 && !token.includes(".")) {
      for (const part of [token.slice(0, 2), token.slice(2, 4), token.slice(4)]) this.#date.add(part);
      return i;
    }
    this.#hour = whole(token.slice(0, 2));
    this.#minute = whole(token.slice(2, 4));
    this.#second = seconds(token.slice(4));
    return i;
  }

  /** YYYYMMDD[hhmm[ss]]. */
  #manyDigits(i: number, token: string): number {
    this.#date.add(token.slice(0, 4), YEAR);
    this.#date.add(token.slice(4, 6));
    this.#date.add(token.slice(6, 8));
    if (token.length > 8) {
      this.#hour = whole(token.slice(8, 10));
      this.#minute = whole(token.slice(10, 12));
    }
    if (token.length > 12) this.#second = whole(token.slice(12));
    return i;
  }

  #withUnit(i: number, unitAt: number): number {
    const unit = (unitOf(this.#at(unitAt)) as number) + (unitAt > i ? 0 : 1);
    const token = this.#at(i);
    const value = Number(token);
    if (unit === 0) {
      this.#hour = Math.trunc(value);
      if (value % 1 !== 0) this.#minute = Math.trunc(60 * (value % 1));
    } else if (unit === 1) this.#minutes(value);
    else if (unit === 2) this.#second = seconds(token);
    return Math.max(i, unitAt);
  }

  /** Minutes with a fraction give the seconds; without one there are none. */
  #minutes(value: number): void {
    this.#minute = Math.trunc(value);
    if (value % 1 === 0) this.#second = undefined;
    else this.#second = Math.trunc(60 * (value % 1));
  }

  /** HH:MM[:SS[.ss]]. */
  #clockTime(i: number): number {
    this.#hour = Math.trunc(Number(this.#at(i)));
    const minutes = this.#at(i + 2);
    if (!/^\d+(\.\d*)?$/.test(minutes)) throw new NotADate();
    this.#minutes(Number(minutes));
    if (this.#tokens[i + 3] !== ":" || i + 4 >= this.#tokens.length) return i + 2;
    this.#second = seconds(this.#at(i + 4));
    return i + 4;
  }

  /** 01-01[-01], 01-Jan[-01]. */
  #separated(i: number, separator: string): number {
    this.#date.add(this.#at(i));
    const second = this.#tokens[i + 2];
    if (second === undefined || isJump(second)) return i + 1;
    this.#numberOrMonth(second);
    if (this.#tokens[i + 3] !== separator) return i + 2;
    this.#numberOrMonth(this.#at(i + 4));
    return i + 4;
  }

  #numberOrMonth(token: string): void {
    const month = monthOf(token);
    if (month === undefined) this.#date.add(token);
    else this.#date.add(month, MONTH);
  }

  #plainNumber(i: number): number {
    const value = Number(this.#at(i));
    const next = this.#tokens[i + 1];
    const isBeforeJump = next === undefined || isJump(next);
    const half = halfOf(this.#tokens[isBeforeJump ? i + 2 : i + 1]);
    if (half !== undefined && (isBeforeJump || value < 24)) {
      this.#hour = adjusted(Math.trunc(value), half);
      return i + (isBeforeJump ? 2 : 1);
    }
    if (!isBeforeJump && !this.#date.couldBeDay(value)) throw new NotADate();
    this.#date.add(value);
    return isBeforeJump ? i + 1 : i;
  }

  #dated(year?: number, month = 1, day = 1): DateAndTime {
    const [hour, minute, second] = [this.#hour ?? 0, this.#minute ?? 0, this.#second ?? 0];
    const full = year === undefined || this.#date.isCenturyGiven ? year : fullYear(year);
    const y = full ?? DEFAULT_YEAR;
    const isDay = y >= 1 && y <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(y, month);
    if (!isDay || hour > 23 || minute > 59 || second > 59) throw new NotADate();
    return [y, month, day, hour, minute, second];
  }
}
