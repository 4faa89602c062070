import { CellCache } from "./cellCache.ts";
import * as csv from "./csvBytes.ts";
import { InputError, shown } from "./inputError.ts";
import { notUtf8, REPLACEMENT } from "./utf8.ts";

/** Takes the cells of one column, one for each row. */
export interface CellSink {
  /** Whether plain decimals may come as numbers; else everything comes as text. */
  readonly takesNumbers: boolean;
  /** `isDecimal`: it was written with a point. */
  setNumber(row: number, value: number, isDecimal: boolean): void;
  setMissing(row: number): void;
  /** A cell that is not empty and not a short plain decimal. */
  setText(row: number, text: string): void;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Longest single record: longer ones are a sign of a lost quote, and would not fit in memory. */
const MOST_RECORD_BYTES = 16 * 1024 * 1024;

/**
 * Takes CSV by RFC 4180 apart as bytes, so that a cell costs no string where none is needed. Lines end with LF, CRLF or CR; empty ones
 * are skipped. `push` bytes, then call `header` or `record` until it wants more.
 */
export class CsvScanner {
  readonly #file: string;
  /** What was not read yet lies in `[#at, #end)`; a line feed follows, so that no loop has to look for the end. */
  #bytes = Buffer.from([csv.LF]);
  #at = 0;
  #end = 0;
  #isLast = false;
  /** Bytes to have before a record that was cut off is read again: twice as many each time, so that a long one costs no more than its length. */
  #wanted = 0;
  /** Line of the next record, from 1. */
  #line = 1;
  /** Line ends in quotes of the record that is read. */
  #linesInside = 0;
  #names: readonly string[] = [];
  /** One for each column, none while the header is read. */
  #caches: CellCache[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** Line that the next record begins in, from 1. */
  get line(): number {
    return this.#line;
  }

  /** Adds bytes; none says that there are no more. */
  push(chunk?: Uint8Array): void {
    if (chunk === undefined) {
      this.#isLast = true;
      return;
    }
    const rest = this.#end - this.#at;
    if (rest > MOST_RECORD_BYTES)
      throw this.#error(`records of at most ${MOST_RECORD_BYTES} bytes`, "a longer one; is a quote missing?");
    const size = rest + chunk.length + 1;
    const target = size > this.#bytes.length ? Buffer.allocUnsafe(2 * size) : this.#bytes;
    this.#bytes.copy(target, 0, this.#at, this.#end);
    target.set(chunk, rest);
    target[size - 1] = csv.LF;
    this.#bytes = target;
    this.#at = 0;
    this.#end = size - 1;
  }

  /** Names of the columns; undefined when more bytes are needed, or when there are none. */
  header(): readonly string[] | undefined {
    const start = this.#at;
    if (this.#bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) this.#at = 3;
    if (!this.#begin()) {
      this.#at = start;
      return undefined;
    }
    const names: string[] = [];
    do names.push(this.#cell(names.length));
    while (this.#next());
    if (!this.#ended(start)) return undefined;
    this.#names = names;
    this.#caches = names.map(() => new CellCache());
    return names;
  }

  /** Writes the next record to `columns[...][row]`; false when more bytes are needed, or when there are none. */
  record(columns: readonly CellSink[], row: number): boolean {
    if (!this.#begin()) return false;
    const start = this.#at;
    const width = columns.length;
    let count = 0;
    do {
      const column = columns[count];
      if (column !== undefined) this.#read(column, count, row);
      else this.#cell(count);
      count++;
    } while (this.#next());
    const after = this.#at;
    const line = this.#line;
    if (!this.#ended(start)) return false;
    if (count === width) return true;
    const got = `${count}: ${shown(this.#bytes.toString("utf8", start, after))}`;
    throw new InputError(this.#file, `${width} values`, got, { line });
  }

  /** Skips empty lines; false when no byte of a record is there, or too few to read on. */
  #begin(): boolean {
    this.#linesInside = 0;
    if (!this.#isLast && this.#end - this.#at < this.#wanted) return false;
    for (; this.#at < this.#end; this.#line++) {
      const byte = this.#bytes[this.#at];
      if (byte !== csv.LF && byte !== csv.CR) return true;
      if (this.#isCutOff()) return false;
      this.#at += this.#endLength();
    }
    return false;
  }

  /** Steps over the comma after a cell, if there is one. */
  #next(): boolean {
    if (this.#bytes[this.#at] !== csv.COMMA || this.#at >= this.#end) return false;
    this.#at++;
    return true;
  }

  /** Steps over the end of the line; without one in sight the record is read again from `start` when there are more bytes. */
  #ended(start: number): boolean {
    if (this.#isCutOff()) {
      this.#at = start;
      this.#wanted = 2 * (this.#end - start);
      return false;
    }
    this.#wanted = 0;
    this.#at = Math.min(this.#end, this.#at + this.#endLength());
    this.#line += 1 + this.#linesInside;
    return true;
  }

  /** Whether more bytes are needed to know where this line ends: a carriage return may have a line feed after it. */
  #isCutOff(): boolean {
    const least = this.#bytes[this.#at] === csv.CR ? 2 : 1;
    return !this.#isLast && this.#at + least > this.#end;
  }

  /** Bytes of the line end that is here. */
  #endLength(): number {
    const isPair = this.#bytes[this.#at] === csv.CR && this.#bytes[this.#at + 1] === csv.LF;
    return isPair && this.#at + 1 < this.#end ? 2 : 1;
  }

  /** Reads the cell that begins here into a column, a plain decimal without making a value of it. */
  #read(column: CellSink, index: number, row: number): void {
    const bytes = this.#bytes;
    const first = bytes[this.#at] as number;
    if (first === csv.COMMA || first === csv.LF) this.#missing(column, row);
    else if (first > csv.NINE || !column.takesNumbers || !this.#number(column, row)) {
      const text = this.#cell(index);
      if (text === "") this.#missing(column, row);
      else column.setText(row, text);
    }
  }

  /** A cell that the end of the bytes cuts off is not known to be missing; its record is read again. */
  #missing(column: CellSink, row: number): void {
    if (this.#at < this.#end || this.#isLast) column.setMissing(row);
  }

  /** Reads a plain decimal; false when the cell is something else. */
  #number(column: CellSink, row: number): boolean {
    const bytes = this.#bytes;
    const first = bytes[this.#at];
    const start = first === csv.MINUS || first === csv.PLUS ? this.#at + 1 : this.#at;
    let at = start;
    let mantissa = 0;
    let digit = (bytes[at] as number) - csv.ZERO;
    for (; digit >= 0 && digit <= 9; digit = (bytes[++at] as number) - csv.ZERO)
      mantissa = (Math.imul(mantissa, 10) + digit) | 0;
    let digits = at - start;
    let decimals = 0;
    const isDecimal = digit === csv.DOT - csv.ZERO;
    if (isDecimal) {
      const dot = ++at;
      digit = (bytes[at] as number) - csv.ZERO;
      for (; digit >= 0 && digit <= 9; digit = (bytes[++at] as number) - csv.ZERO)
        mantissa = (Math.imul(mantissa, 10) + digit) | 0;
      decimals = at - dot;
      digits += decimals;
    }
    if (digits === 0 || digits > csv.MOST_DIGITS || !csv.isEnd(bytes, at)) return false;
    this.#at = at;
    // What the end of the bytes cuts off may go on as something else.
    if (at >= this.#end && !this.#isLast) return true;
    const whole = digits > csv.INTEGER_DIGITS ? csv.wholeOf(bytes, start, at) : mantissa;
    const size = decimals === 0 ? whole : whole / (csv.POWERS[decimals] as number);
    column.setNumber(row, first === csv.MINUS ? -size : size, isDecimal);
    return true;
  }

  /** Reads the cell that begins here, up to its comma or line end. At the end of the bytes the answer is not to be used. */
  #cell(index: number): string {
    if (this.#bytes[this.#at] === csv.QUOTE) return this.#quoted(index);
    const cache = this.#caches[index];
    return cache?.isUseful ? this.#cached(cache, index) : this.#plain(index);
  }

  /** A cell without quotes, by its bytes if they came before. */
  #cached(cache: CellCache, index: number): string {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let hash = 0;
    for (; ; at++) {
      const byte = bytes[at] as number;
      if (byte <= csv.COMMA && (byte === csv.QUOTE || csv.isEnd(bytes, at))) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const known = cache.get(bytes, from, at, hash);
    if (known !== undefined) {
      this.#at = at;
      return known;
    }
    const text = this.#plain(index);
    // A cell that the end of the bytes cuts off reads as empty.
    if (text !== "") cache.set(bytes, from, at, hash, text);
    return text;
  }

  /** A cell without quotes. */
  #plain(index: number): string {
    const bytes = this.#bytes;
    const from = this.#at;
    let at = from;
    let bits = 0;
    for (; ; at++) {
      const byte = bytes[at] as number;
      bits |= byte;
      if (byte > csv.COMMA) continue;
      if (csv.isEnd(bytes, at)) break;
      if (byte === csv.QUOTE)
        throw this.#error("quotes around a whole value", shown(bytes.toString("utf8", from, at + 1)), index);
    }
    this.#at = at;
    if (at === from || (at >= this.#end && !this.#isLast)) return "";
    return bits < 128 ? bytes.toString("latin1", from, at) : this.#decoded(from, at, index);
  }

  /** A cell in quotes, in which a doubled quote stands for one. */
  #quoted(index: number): string {
    const bytes = this.#bytes;
    const from = this.#at + 1;
    const at = csv.quotedEnd(bytes, from, this.#end);
    this.#at = Math.min(this.#end, at + 1);
    if (this.#at >= this.#end && !this.#isLast) return "";
    if (at >= this.#end) throw this.#error("a closing quote", "none up to the end of the file", index);
    if (!csv.isEnd(bytes, at + 1))
      throw this.#error(
        "a comma or a line end after a closing quote",
        shown(bytes.toString("utf8", from - 1, at + 2)),
        index,
      );
    const text = this.#decoded(from, at, index).replaceAll('""', '"');
    this.#linesInside += text.split("\n").length - 1;
    return text;
  }

  #decoded(from: number, to: number, column: number): string {
    const text = this.#bytes.toString("utf8", from, to);
    const got = text.includes(REPLACEMENT) ? notUtf8(this.#bytes.subarray(from, to), text) : undefined;
    if (got !== undefined) throw this.#error("UTF-8 text", got, column);
    return text;
  }

  #error(expected: string, got: string, column?: number): InputError {
    const name = column === undefined ? undefined : this.#names[column];
    return new InputError(this.#file, expected, got, {
      line: this.#line,
      ...(name === undefined ? {} : { column: name }),
    });
  }
}
