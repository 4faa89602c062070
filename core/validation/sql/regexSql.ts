import { parsePattern } from "../regex/parsePattern.ts";
import { type Assertion, border, type Node, noBorder, WORD } from "../regex/syntax.ts";
import type { Dialect } from "./dialect.ts";
import { Unsupported } from "./types.ts";

/** RE2 unrolls counted repeats and takes at most this many in all. */
const MOST_REPEATS = 1000;

/**
 * A Python regular expression in what RE2 (DuckDB) or Joni (Trino) reads, with the meaning it has in the streaming engine:
 * character sets are spelled out, anchors are \A and \z. Groups that have a name are captured, in their order.
 * Throws Unsupported, by name, for what has no counterpart there.
 */
export function sqlRegex(source: string, dialect: Dialect): string {
  return new Writer(source, dialect).write(parsePattern(source), true);
}

const ASCII_WORD = "[0-9A-Za-z_]";
const inText = (assertion: string): string => `(?!\\A\\z)${assertion}`;

const WITH_LOOK_AROUNDS: Readonly<Record<Assertion, string>> = {
  textStart: "\\A",
  textEnd: "\\z",
  end: "(?=\\x{a}?\\z)",
  lineStart: "(?:\\A|(?<=\\x{a}))",
  lineEnd: "(?:\\z|(?=\\x{a}))",
  wordBorder: border(WORD),
  notWordBorder: inText(noBorder(WORD)),
  asciiWordBorder: border(ASCII_WORD),
  notAsciiWordBorder: inText(noBorder(ASCII_WORD)),
};

const WITHOUT: Readonly<Partial<Record<Assertion, string>>> = {
  textStart: "\\A",
  textEnd: "\\z",
  lineStart: "(?m:^)",
  lineEnd: "(?m:$)",
  asciiWordBorder: "\\b",
};

class Writer {
  readonly #source: string;
  readonly #dialect: Dialect;

  constructor(source: string, dialect: Dialect) {
    this.#source = source;
    this.#dialect = dialect;
  }

  #refuse(what: string): never {
    throw new Unsupported(
      `regex ${JSON.stringify(this.#source)}: expected what ${this.#dialect.name}'s regular expressions know, got ${what}; say it without`,
    );
  }

  /** `isLast`: nothing of the expression comes after the node. */
  write(node: Node, isLast: boolean): string {
    switch (node.kind) {
      case "set":
        return this.#set(node.set.source);
      case "sequence":
        return node.parts.map((part, i) => this.write(part, isLast && i === node.parts.length - 1)).join("");
      case "choice":
        return `(?:${node.options.map((option) => this.write(option, isLast)).join("|")})`;
      case "group":
        return `(${node.name === undefined ? "?:" : ""}${this.write(node.body, isLast)})`;
      case "assertion":
        return this.#assertion(node.assertion, isLast);
      case "look":
        if (!this.#dialect.hasLookArounds) this.#refuse("a look-around");
        return `(?${node.isBehind ? "<" : ""}${node.isNegative ? "!" : "="}${this.write(node.body, false)})`;
      case "repeat":
        return this.#repeat(node);
      case "reference":
        return this.#refuse("a reference to a group");
    }
  }

  #assertion(assertion: Assertion, isLast: boolean): string {
    if (this.#dialect.hasLookArounds) return WITH_LOOK_AROUNDS[assertion];
    // Without a look-ahead the line break is taken, which only the end of the expression allows.
    if (assertion === "end" && isLast) return "\\x{a}?\\z";
    return (
      WITHOUT[assertion] ?? this.#refuse(assertion === "end" ? "$ before more" : "\\b or \\B of all scripts")
    );
  }

  #repeat({ body, min, max, isLazy }: Extract<Node, { kind: "repeat" }>): string {
    if (repeats({ kind: "repeat", body, min, max, isLazy }) > MOST_REPEATS)
      this.#refuse(`more than ${MOST_REPEATS} repeats`);
    const inner = `(?:${this.write(body, false)})`;
    return `${inner}${quantifier(min, max)}${isLazy ? "?" : ""}`;
  }

  /** From JavaScript's spelling of exactly one character. */
  #set(source: string): string {
    if (source === "[\\s\\S]") return "(?s:.)";
    if (source.includes("(?!") && !this.#dialect.hasLookArounds)
      this.#refuse("a negated class in a negated class");
    return source.replace(ESCAPE, (whole, code?: string, hex?: string, unicode?: string, letter?: string) => {
      const digits = code ?? hex ?? unicode;
      if (digits !== undefined) return character(Number.parseInt(digits, 16));
      const control = letter === undefined ? undefined : CONTROLS[letter];
      return control === undefined ? whole : `\\x{${control}}`;
    });
  }
}

const ESCAPE = /\\u\{([\da-f]+)\}|\\x([\da-f]{2})|\\u([\da-f]{4})|\\([tnrfv])/g;
const CONTROLS: Readonly<Record<string, string>> = { t: "9", n: "a", v: "b", f: "c", r: "d" };

function character(code: number): string {
  if (code >= 0xd800 && code <= 0xdfff)
    throw new Unsupported(`expected whole characters in a regex, got half a surrogate pair`);
  const text = String.fromCodePoint(code);
  return /^[0-9A-Za-z_]$/.test(text) ? text : `\\x{${code.toString(16)}}`;
}

function quantifier(min: number, max: number): string {
  if (max !== Number.POSITIVE_INFINITY) return min === 0 && max === 1 ? "?" : `{${min},${max}}`;
  return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
}

/** Copies of the innermost element that unrolling makes. */
function repeats(node: Node): number {
  switch (node.kind) {
    case "sequence":
      return Math.max(1, ...node.parts.map(repeats));
    case "choice":
      return Math.max(1, ...node.options.map(repeats));
    case "group":
    case "look":
      return repeats(node.body);
    case "repeat":
      return Math.max(1, node.max === Number.POSITIVE_INFINITY ? node.min : node.max) * repeats(node.body);
    default:
      return 1;
  }
}
