import { shown } from "../messages.ts";
import {
  type Assertion,
  asciiWordBorder,
  border,
  end,
  lineEnd,
  lineStart,
  noBorder,
  textEnd,
  textStart,
} from "../regex/assertions.ts";
import { parsePattern } from "../regex/parsePattern.ts";
import { type Node, type Spelling, spelled } from "../regex/syntax.ts";
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
  return spelled(parsePattern(source), spellingOf(source, dialect));
}

const ASCII_WORD = "[0-9A-Za-z_]";
/** How Joni spells what JavaScript's assertions are made of. */
const JONI: Readonly<Record<string, string>> = {
  "^": "\\A",
  $: "\\z",
  "\\n": "\\x{a}",
  "\\b": border(ASCII_WORD),
  "\\B": noBorder(ASCII_WORD),
};
const joniOf = (source: string): string => source.replace(/[\^$]|\\[nbB]/g, (part) => JONI[part] as string);

/** What RE2 knows without look-arounds. */
const RE2: ReadonlyMap<Assertion, string> = new Map([
  [textStart, "\\A"],
  [textEnd, "\\z"],
  [lineStart, "(?m:^)"],
  [lineEnd, "(?m:$)"],
  [asciiWordBorder, "\\b"],
]);

function spellingOf(source: string, { name, hasLookArounds }: Dialect): Spelling {
  const refuse = (what: string): never => {
    throw new Unsupported(
      `regex ${shown(source)}: expected what ${name}'s regular expressions know, got ${what}; say it without`,
    );
  };
  return {
    set(set) {
      if (set.includes("(?!") && !hasLookArounds) refuse("a negated class in a negated class");
      return setOf(set);
    },
    assertion(assertion, isLast) {
      if (hasLookArounds) return joniOf(assertion.source);
      // Without a look-ahead the line break is taken, which only the end of the expression allows.
      if (assertion === end) return isLast ? "\\x{a}?\\z" : refuse("$ before more");
      return RE2.get(assertion) ?? refuse("\\b or \\B of all scripts");
    },
    group: (body, group) => `(${group === undefined ? "?:" : ""}${body})`,
    reference: () => refuse("a reference to a group"),
    check(node) {
      if (node.kind === "look" && !hasLookArounds) refuse("a look-around");
      if (repeats(node) > MOST_REPEATS) refuse(`more than ${MOST_REPEATS} repeats`);
    },
  };
}

/** One character, from JavaScript's spelling. */
function setOf(source: string): string {
  if (source === "[\\s\\S]") return "(?s:.)";
  return source.replace(ESCAPE, (whole, code?: string, hex?: string, unicode?: string, letter?: string) => {
    const digits = code ?? hex ?? unicode;
    if (digits !== undefined) return character(Number.parseInt(digits, 16));
    const control = letter === undefined ? undefined : CONTROLS[letter];
    return control === undefined ? whole : `\\x{${control}}`;
  });
}

const ESCAPE = /\\u\{([\da-f]+)\}|\\x([\da-f]{2})|\\u([\da-f]{4})|\\([tnrfv])/g;
const CONTROLS: Readonly<Record<string, string>> = { t: "9", n: "a", v: "b", f: "c", r: "d" };

function character(code: number): string {
  if (code >= 0xd800 && code <= 0xdfff)
    throw new Unsupported(`expected whole characters in a regex, got half a surrogate pair`);
  const text = String.fromCodePoint(code);
  return /^[0-9A-Za-z_]$/.test(text) ? text : `\\x{${code.toString(16)}}`;
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
      return Math.max(1, node.max === Infinity ? node.min : node.max) * repeats(node.body);
    default:
      return 1;
  }
}
