/** What the bytes and texts of CSV mean. */
export const [LF, CR, QUOTE, PLUS, COMMA, MINUS, DOT, ZERO, NINE] = [
  10, 13, 34, 43, 44, 45, 46, 48, 57,
] as const;

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** Cell of a text that is not empty: plain decimals are numbers, the rest stays text. */
export function cellOf(text: string): number | string {
  // Signs, dots and digits begin a number; all of them come before the letters.
  if (text.charCodeAt(0) > NINE || !NUMBER.test(text)) return text;
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** Is this where a cell without quotes ends? A carriage return ends a line also without a line feed, as pandas reads it. */
export function isEnd(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at];
  return byte === COMMA || byte === LF || byte === CR;
}

/** Below 10 ** 15 a double holds every whole number, and one division by an exact power of ten rounds as `Number` does. */
export const MOST_DIGITS = 15;
export const POWERS = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);
/** Digits up to which a whole number fits 32 bits, in which the processor adds up fastest. */
export const INTEGER_DIGITS = 9;

/** The digits of a plain decimal as one whole number, without its dot; at most `MOST_DIGITS` of them. */
export function wholeOf(bytes: Uint8Array, from: number, to: number): number {
  let whole = 0;
  for (let at = from; at < to; at++) if (bytes[at] !== DOT) whole = 10 * whole + (bytes[at] as number) - ZERO;
  return whole;
}

/** Where the closing quote of a cell stands whose text begins at `from`; `end` when there is none before it. */
export function quotedEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  for (; at < end; at++) {
    if (bytes[at] !== QUOTE) continue;
    if (bytes[at + 1] !== QUOTE || at + 1 >= end) break;
    at++;
  }
  return at;
}
