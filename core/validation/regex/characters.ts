import { shown } from "../messages.ts";
import { ExpectationError } from "../types.ts";

/** Flags in force at a place of the expression. */
export interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly ascii: boolean;
  readonly verbose: boolean;
}

export const NO_FLAGS: Flags = {
  ignoreCase: false,
  multiline: false,
  dotAll: false,
  ascii: false,
  verbose: false,
};

/** Members of Python's classes as JavaScript class members: \w, \d and \s of text know all scripts. */
const CLASSES: Readonly<Record<string, readonly [unicode: string, ascii: string]>> = {
  d: ["\\p{Nd}", "0-9"],
  w: ["\\p{L}\\p{N}_", "a-zA-Z0-9_"],
  s: [
    " \\t-\\r\\x1c-\\x1f\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000",
    " \\t\\n\\r\\f\\v",
  ],
};

const CONTROLS: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** Set of a class escape such as \d or \W, or undefined when the letter names none. */
export function classSource(letter: string, flags: Flags): string | undefined {
  const members = CLASSES[letter.toLowerCase()];
  if (members === undefined) return undefined;
  return `[${letter === letter.toLowerCase() ? "" : "^"}${members[flags.ascii ? 1 : 0]}]`;
}

/** A character as JavaScript writes it, in a class or outside. */
export function characterSource(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}

/** Reads the expression character by character; errors show it whole and say where. */
export class Cursor {
  readonly #characters: readonly string[];
  readonly #source: string;
  at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#characters = Array.from(source);
  }

  get isAtEnd(): boolean {
    return this.at >= this.#characters.length;
  }

  peek(ahead = 0): string | undefined {
    return this.#characters[this.at + ahead];
  }

  next(): string {
    const character = this.#characters[this.at++];
    if (character === undefined) throw this.error("more", "the end");
    return character;
  }

  take(text: string): boolean {
    if (!this.rest(text.length).startsWith(text)) return false;
    this.at += text.length;
    return true;
  }

  rest(length: number): string {
    return this.#characters.slice(this.at, this.at + length).join("");
  }

  /** Characters up to `end`, which is taken too. */
  until(end: string): string {
    let text = "";
    while (!this.take(end)) text += this.next();
    return text;
  }

  error(expected: string, got: string): ExpectationError {
    return new ExpectationError(
      `regex ${shown(this.#source)}, position ${this.at}: expected ${expected}, got ${got}`,
    );
  }
}

/** The character that an escape stands for; the backslash was read. undefined: not an escape of a character. */
export function escapedCharacter(cursor: Cursor): string | undefined {
  const letter = cursor.peek() ?? "";
  const digits = { x: 2, u: 4, U: 8 }[letter];
  if (digits !== undefined) {
    cursor.next();
    return fromCode(cursor, digits, 16);
  }
  const octal = /^(0[0-7]{0,2}|[1-3][0-7]{2})/.exec(cursor.rest(3))?.[1];
  if (octal !== undefined) return fromCode(cursor, octal.length, 8);
  const control = CONTROLS[letter];
  if (control === undefined && /[0-9A-Za-z]/.test(letter)) return undefined;
  cursor.next();
  return control ?? letter;
}

function fromCode(cursor: Cursor, digits: number, radix: 8 | 16): string {
  const text = cursor.rest(digits);
  const code = Number.parseInt(text, radix);
  if (text.length < digits || !(radix === 8 ? /^[0-7]+$/ : /^[\da-fA-F]+$/).test(text) || code > 0x10ffff)
    throw cursor.error(`${digits} digits of a character's code`, shown(text));
  cursor.at += digits;
  return String.fromCodePoint(code);
}

/** A class in brackets; the opening one was read. Gives it in JavaScript. */
export function bracketSource(cursor: Cursor, flags: Flags): string {
  const isNegated = cursor.take("^");
  const members: string[] = [];
  let isFirst = true;
  while (isFirst || cursor.peek() !== "]") {
    isFirst = false;
    const low = member(cursor, flags);
    const isRange = cursor.peek() === "-" && cursor.peek(1) !== "]" && cursor.peek(1) !== undefined;
    if (!isRange) {
      members.push(low.source);
      continue;
    }
    cursor.next();
    const high = member(cursor, flags);
    if (low.code === undefined || high.code === undefined || low.code > high.code)
      throw cursor.error("a range of characters in order", `${low.source}-${high.source}`);
    members.push(`${low.source}-${high.source}`);
  }
  cursor.next();
  return inner(members, isNegated);
}

/** A negated class inside a negated one has no spelling without flag v: alternatives then, each of one character. */
function inner(members: readonly string[], isNegated: boolean): string {
  const nested = members.filter((source) => source.startsWith("[^"));
  const plain = members.map((source) => source.replace(/^\[([^^][\s\S]*)\]$/, "$1"));
  const positive = plain.filter((source) => !source.startsWith("[^")).join("");
  if (nested.length === 0) return `[${isNegated ? "^" : ""}${positive}]`;
  if (!isNegated) return `(?:${[...nested, ...(positive === "" ? [] : [`[${positive}]`])].join("|")})`;
  return `(?:${nested.map((source) => `(?!${source})`).join("")}[^${positive}])`;
}

function member(cursor: Cursor, flags: Flags): { source: string; code?: number } {
  const character = cursor.next();
  if (character !== "\\") return { source: characterSource(character), code: codeOf(character) };
  const set = classSource(cursor.peek() ?? "", flags);
  if (set !== undefined) {
    cursor.next();
    return { source: set };
  }
  const escaped = escapedCharacter(cursor);
  if (escaped === undefined)
    throw cursor.error("an escape that Python knows", shown(`\\${cursor.peek() ?? ""}`));
  return { source: characterSource(escaped), code: codeOf(escaped) };
}

const codeOf = (character: string): number => character.codePointAt(0) as number;
