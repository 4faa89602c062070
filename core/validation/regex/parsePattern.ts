import { shown } from "../messages.ts";
import type { Assertion } from "./assertions.ts";
import * as assertions from "./assertions.ts";
import {
  bracketSource,
  Cursor,
  characterSource,
  classSource,
  escapedCharacter,
  type Flags,
  NO_FLAGS,
} from "./characters.ts";
import { CharacterSet, type Node, widthOf } from "./syntax.ts";

const FLAG_NAMES: Readonly<Record<string, keyof Flags | undefined>> = {
  i: "ignoreCase",
  m: "multiline",
  s: "dotAll",
  a: "ascii",
  x: "verbose",
};

interface Group {
  readonly name: string | undefined;
  isOpen: boolean;
}

/** The expression as far as it was read. */
class Reader extends Cursor {
  readonly groups: Group[] = [];
  /** Numbers and names of the groups that have matched whenever the matcher comes here. */
  certain = new Set<string>();
  /** References to other groups. Python fails there, JavaScript takes the empty text, so they cannot be handed on. */
  readonly uncertain: string[] = [];
}

/** Reads Python's `re` syntax (3.11). What Python refuses and what has no counterpart here is refused by place and name. */
export function parsePattern(source: string): Node {
  const reader = new Reader(source);
  const node = choice(reader, leadingFlags(reader));
  if (!reader.isAtEnd) throw reader.error("the end", shown(reader.peek()));
  if (reader.uncertain.length > 0)
    throw reader.error("references to groups that take part in every match", reader.uncertain.join(", "));
  return node;
}

function leadingFlags(reader: Reader): Flags {
  if (!/^\(\?[a-zA-Z]+\)/.test(reader.rest(16))) return NO_FLAGS;
  reader.at += 2;
  return readFlags(reader, NO_FLAGS, ")");
}

/** Flags up to `end`, `:` or `)`; after a minus they are taken away. */
function readFlags(reader: Reader, before: Flags, end: string): Flags {
  const flags: Record<string, boolean> = { ...before };
  let isOn = true;
  while (!reader.take(end)) {
    const letter = reader.next();
    const name = FLAG_NAMES[letter];
    if (letter === "-") isOn = false;
    else if (name !== undefined) flags[name] = isOn;
    else if (letter !== "u") throw reader.error("a flag of a, i, m, s, u, x", shown(letter));
  }
  return flags as unknown as Flags;
}

/** Groups of one option among several are not certain after it. */
function choice(reader: Reader, flags: Flags): Node {
  const before = reader.certain;
  const options: Node[] = [];
  do {
    reader.certain = new Set(before);
    options.push(sequence(reader, flags));
  } while (reader.take("|"));
  if (options.length === 1) return options[0] as Node;
  reader.certain = before;
  return { kind: "choice", options };
}

function sequence(reader: Reader, flags: Flags): Node {
  const parts: Node[] = [];
  for (;;) {
    if (flags.verbose) skipVerbose(reader);
    const next = reader.peek();
    if (next === undefined || next === "|" || next === ")") return { kind: "sequence", parts };
    const before = new Set(reader.certain);
    const atom = readAtom(reader, flags);
    const part = atom && quantified(reader, atom, flags);
    if (part?.kind === "repeat" && part.min === 0) reader.certain = before;
    if (part !== undefined) parts.push(part);
  }
}

function skipVerbose(reader: Reader): void {
  for (;;) {
    if (/\s/.test(reader.peek() ?? "x")) reader.next();
    else if (reader.peek() === "#") while (!reader.isAtEnd && reader.peek() !== "\n") reader.next();
    else return;
  }
}

function quantified(reader: Reader, body: Node, flags: Flags): Node {
  if (flags.verbose) skipVerbose(reader);
  const range = quantifier(reader);
  if (range === undefined) return body;
  const [min, max] = range;
  if (body.kind === "assertion") throw reader.error("something to repeat", "an assertion");
  const isLazy = reader.take("?");
  if (reader.peek() === "+") throw reader.error("no possessive quantifier (it is not supported)", '"+"');
  if (quantifier(reader) !== undefined) throw reader.error("one quantifier", "two");
  if (min > max) throw reader.error("a least number up to the most", `{${min},${max}}`);
  return { kind: "repeat", body, min, max, isLazy };
}

function quantifier(reader: Reader): [number, number] | undefined {
  if (reader.take("*")) return [0, Infinity];
  if (reader.take("+")) return [1, Infinity];
  if (reader.take("?")) return [0, 1];
  const braces = /^\{(\d*)(,?)(\d*)\}/.exec(reader.rest(24));
  // Braces around anything else, also around nothing, stand for themselves.
  if (braces === null || braces[0] === "{}") return undefined;
  reader.at += braces[0].length;
  const min = Number(braces[1]);
  if (braces[2] === "") return [min, min];
  return [min, braces[3] === "" ? Infinity : Number(braces[3])];
}

/** One element; undefined for a comment. */
function readAtom(reader: Reader, flags: Flags): Node | undefined {
  const character = reader.next();
  switch (character) {
    case "(":
      return readGroup(reader, flags);
    case "[":
      return set(bracketSource(reader, flags), flags);
    case "\\":
      return readEscape(reader, flags);
    case ".":
      return set(flags.dotAll ? "[\\s\\S]" : "[^\\n]", flags);
    case "^":
      return at(flags.multiline ? assertions.lineStart : assertions.textStart);
    case "$":
      return at(flags.multiline ? assertions.lineEnd : assertions.end);
    default:
      reader.at--;
      if (quantifier(reader) !== undefined) throw reader.error("something to repeat", shown(character));
      reader.at++;
      return set(characterSource(character), flags);
  }
}

const at = (assertion: Assertion): Node => ({ kind: "assertion", assertion });

const set = (source: string, flags: Flags): Node => ({
  kind: "set",
  set: new CharacterSet(source, flags.ignoreCase),
});

function readEscape(reader: Reader, flags: Flags): Node {
  const letter = reader.peek() ?? "";
  const named = assertionOf(letter, flags);
  const source = classSource(letter, flags);
  if (named !== undefined || source !== undefined) reader.next();
  if (named !== undefined) return at(named);
  if (source !== undefined) return set(source, flags);
  const escaped = escapedCharacter(reader);
  if (escaped !== undefined) return set(characterSource(escaped), flags);
  const number = /^[1-9]\d?/.exec(reader.rest(2))?.[0];
  if (number === undefined) throw reader.error("an escape that Python knows", shown(`\\${letter}`));
  reader.at += number.length;
  return reference(reader, number, reader.groups[Number(number) - 1], flags);
}

function readGroup(reader: Reader, flags: Flags): Node | undefined {
  if (!reader.take("?")) return captured(reader, undefined, flags);
  if (reader.take(":")) return closed(reader, flags);
  if (reader.take("P<")) return captured(reader, reader.until(">"), flags);
  if (reader.take("P=")) {
    const name = reader.until(")");
    return reference(reader, name, named(reader, name), flags);
  }
  if (reader.take("#")) {
    reader.until(")");
    return undefined;
  }
  for (const [mark, isBehind, isNegative] of LOOKS)
    if (reader.take(mark)) return look(reader, flags, isBehind, isNegative);
  if (/[a-zA-Z-]/.test(reader.peek() ?? "")) return closed(reader, readFlags(reader, flags, ":"));
  throw reader.error(
    "a group that is supported (no atomic and no conditional one)",
    shown(`(?${reader.peek() ?? ""}`),
  );
}

const named = (reader: Reader, name: string): Group | undefined =>
  reader.groups.find((group) => group.name === name);

function reference(reader: Reader, to: string, group: Group | undefined, flags: Flags): Node {
  if (group === undefined || group.isOpen)
    throw reader.error("a whole group before its reference", shown(to));
  if (!reader.certain.has(to)) reader.uncertain.push(to);
  return { kind: "reference", to, ignoresCase: flags.ignoreCase };
}

function captured(reader: Reader, name: string | undefined, flags: Flags): Node {
  if (name !== undefined && (!/^[A-Za-z_]\w*$/.test(name) || named(reader, name) !== undefined))
    throw reader.error("a new name", shown(name));
  const group = { name, isOpen: true };
  const number = reader.groups.push(group);
  const body = closed(reader, flags);
  group.isOpen = false;
  reader.certain.add(String(number));
  if (name !== undefined) reader.certain.add(name);
  return { kind: "group", body, name };
}

/** What stands before the closing bracket. */
function closed(reader: Reader, flags: Flags): Node {
  const body = choice(reader, flags);
  if (!reader.take(")")) throw reader.error('")"', "the end");
  return body;
}

function look(reader: Reader, flags: Flags, isBehind: boolean, isNegative: boolean): Node {
  const before = new Set(reader.certain);
  const body = closed(reader, flags);
  reader.certain = before;
  const width = isBehind ? widthOf(body) : 0;
  if (width === undefined) throw reader.error("a look-behind of one width", "one of several");
  return { kind: "look", body, isBehind, isNegative, width };
}

const LOOKS: readonly (readonly [string, boolean, boolean])[] = [
  ["<=", true, false],
  ["<!", true, true],
  ["=", false, false],
  ["!", false, true],
];

function assertionOf(letter: string, { ascii }: Flags): Assertion | undefined {
  switch (letter) {
    case "A":
      return assertions.textStart;
    case "Z":
      return assertions.textEnd;
    case "b":
      return ascii ? assertions.asciiWordBorder : assertions.wordBorder;
    case "B":
      return ascii ? assertions.notAsciiWordBorder : assertions.notWordBorder;
    default:
      return undefined;
  }
}
