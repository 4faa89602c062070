import {
  bracketSource,
  Cursor,
  characterSource,
  classSource,
  escapedCharacter,
  type Flags,
  NO_FLAGS,
} from "./characters.ts";
import { uncertainReferences } from "./references.ts";
import { type Assertion, CharacterSet, type Node, widthOf } from "./syntax.ts";

const FLAG_NAMES: Readonly<Record<string, keyof Flags | undefined>> = {
  i: "ignoreCase",
  m: "multiline",
  s: "dotAll",
  a: "ascii",
  x: "verbose",
};

/** Reads Python's `re` syntax (3.11). What Python refuses and what has no counterpart here is refused by place and name. */
export function parsePattern(source: string): Node {
  const cursor = new Cursor(source);
  const parser = new Parser(cursor);
  const node = parser.choice(parser.leadingFlags());
  if (!cursor.isAtEnd) throw cursor.error("the end", JSON.stringify(cursor.peek()));
  const uncertain = uncertainReferences(node);
  if (uncertain.length > 0)
    throw cursor.error("references to groups that take part in every match", uncertain.join(", "));
  return node;
}

class Parser {
  #cursor: Cursor;
  #groups: { readonly name: string | undefined; isOpen: boolean }[] = [];

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  leadingFlags(): Flags {
    const flags = /^\(\?[a-zA-Z]+\)/.exec(this.#cursor.rest(16))?.[0];
    if (flags === undefined) return NO_FLAGS;
    this.#cursor.at += 2;
    return this.#flags(NO_FLAGS, ")");
  }

  /** Flags up to `end`, `:` or `)`; after a minus they are taken away. */
  #flags(before: Flags, end: string): Flags {
    const flags: Record<string, boolean> = { ...before };
    let isOn = true;
    while (!this.#cursor.take(end)) {
      const letter = this.#cursor.next();
      const name = FLAG_NAMES[letter];
      if (letter === "-") isOn = false;
      else if (name !== undefined) flags[name] = isOn;
      else if (letter !== "u") throw this.#cursor.error("a flag of a, i, m, s, u, x", JSON.stringify(letter));
    }
    return flags as unknown as Flags;
  }

  choice(flags: Flags): Node {
    const options = [this.#sequence(flags)];
    while (this.#cursor.take("|")) options.push(this.#sequence(flags));
    return options.length === 1 ? (options[0] as Node) : { kind: "choice", options };
  }

  #sequence(flags: Flags): Node {
    const parts: Node[] = [];
    for (;;) {
      if (flags.verbose) this.#skipVerbose();
      const next = this.#cursor.peek();
      if (next === undefined || next === "|" || next === ")") return { kind: "sequence", parts };
      const atom = this.#atom(flags);
      if (atom !== undefined) parts.push(this.#quantified(atom, flags));
    }
  }

  #skipVerbose(): void {
    for (;;) {
      if (/\s/.test(this.#cursor.peek() ?? "x")) this.#cursor.next();
      else if (this.#cursor.peek() === "#")
        while (!this.#cursor.isAtEnd && this.#cursor.peek() !== "\n") this.#cursor.next();
      else return;
    }
  }

  #quantified(body: Node, flags: Flags): Node {
    if (flags.verbose) this.#skipVerbose();
    const range = this.#quantifier();
    if (range === undefined) return body;
    const [min, max] = range;
    if (body.kind === "assertion") throw this.#cursor.error("something to repeat", "an assertion");
    const isLazy = this.#cursor.take("?");
    if (this.#cursor.peek() === "+")
      throw this.#cursor.error("no possessive quantifier (it is not supported)", '"+"');
    if (this.#quantifier() !== undefined) throw this.#cursor.error("one quantifier", "two");
    if (min > max) throw this.#cursor.error("a least number up to the most", `{${min},${max}}`);
    return { kind: "repeat", body, min, max, isLazy };
  }

  #quantifier(): [number, number] | undefined {
    const cursor = this.#cursor;
    if (cursor.take("*")) return [0, Number.POSITIVE_INFINITY];
    if (cursor.take("+")) return [1, Number.POSITIVE_INFINITY];
    if (cursor.take("?")) return [0, 1];
    const braces = /^\{(\d*)(,?)(\d*)\}/.exec(cursor.rest(24));
    // Braces around anything else, also around nothing, stand for themselves.
    if (braces === null || braces[0] === "{}") return undefined;
    cursor.at += braces[0].length;
    const min = Number(braces[1]);
    if (braces[2] === "") return [min, min];
    return [min, braces[3] === "" ? Number.POSITIVE_INFINITY : Number(braces[3])];
  }

  /** One element; undefined for a comment. */
  #atom(flags: Flags): Node | undefined {
    const character = this.#cursor.next();
    switch (character) {
      case "(":
        return this.#group(flags);
      case "[":
        return this.#set(bracketSource(this.#cursor, flags), flags);
      case "\\":
        return this.#escape(flags);
      case ".":
        return this.#set(flags.dotAll ? "[\\s\\S]" : "[^\\n]", flags);
      case "^":
        return assertion(flags.multiline ? "lineStart" : "textStart");
      case "$":
        return assertion(flags.multiline ? "lineEnd" : "end");
      default:
        this.#cursor.at--;
        if (this.#quantifier() !== undefined)
          throw this.#cursor.error("something to repeat", JSON.stringify(character));
        this.#cursor.at++;
        return this.#set(characterSource(character), flags);
    }
  }

  #set(source: string, flags: Flags): Node {
    return { kind: "set", set: new CharacterSet(source, flags.ignoreCase) };
  }

  #escape(flags: Flags): Node {
    const cursor = this.#cursor;
    const letter = cursor.peek() ?? "";
    const named = assertionOf(letter, flags);
    const set = classSource(letter, flags);
    if (named !== undefined || set !== undefined) cursor.next();
    if (named !== undefined) return assertion(named);
    if (set !== undefined) return this.#set(set, flags);
    const escaped = escapedCharacter(cursor);
    if (escaped !== undefined) return this.#set(characterSource(escaped), flags);
    const number = /^[1-9]\d?/.exec(cursor.rest(2))?.[0];
    if (number === undefined)
      throw cursor.error("an escape that Python knows", JSON.stringify(`\\${letter}`));
    cursor.at += number.length;
    return this.#reference(number, this.#groups[Number(number) - 1], flags);
  }

  #group(flags: Flags): Node | undefined {
    const cursor = this.#cursor;
    if (!cursor.take("?")) return this.#captured(undefined, flags);
    if (cursor.take(":")) return this.#closed(this.choice(flags));
    if (cursor.take("P<")) return this.#captured(cursor.until(">"), flags);
    if (cursor.take("P=")) {
      const name = cursor.until(")");
      return this.#reference(name, this.#named(name), flags);
    }
    if (cursor.take("#")) {
      cursor.until(")");
      return undefined;
    }
    for (const [mark, isBehind, isNegative] of LOOKS)
      if (cursor.take(mark)) return this.#look(flags, isBehind, isNegative);
    if (/[a-zA-Z-]/.test(cursor.peek() ?? "")) return this.#closed(this.choice(this.#flags(flags, ":")));
    throw cursor.error(
      "a group that is supported (no atomic and no conditional one)",
      JSON.stringify(`(?${cursor.peek() ?? ""}`),
    );
  }

  #named(name: string) {
    return this.#groups.find((group) => group.name === name);
  }

  #reference(to: string, group: { readonly isOpen: boolean } | undefined, flags: Flags): Node {
    if (group === undefined || group.isOpen)
      throw this.#cursor.error("a whole group before its reference", JSON.stringify(to));
    return { kind: "reference", to, ignoresCase: flags.ignoreCase };
  }

  #captured(name: string | undefined, flags: Flags): Node {
    if (name !== undefined && (!/^[A-Za-z_]\w*$/.test(name) || this.#named(name) !== undefined))
      throw this.#cursor.error("a new name", JSON.stringify(name));
    const group = { name, isOpen: true };
    const number = this.#groups.push(group);
    const body = this.#closed(this.choice(flags));
    group.isOpen = false;
    return { kind: "group", body, number, name };
  }

  #closed(body: Node): Node {
    if (!this.#cursor.take(")")) throw this.#cursor.error('")"', "the end");
    return body;
  }

  #look(flags: Flags, isBehind: boolean, isNegative: boolean): Node {
    const body = this.#closed(this.choice(flags));
    const width = isBehind ? widthOf(body) : 0;
    if (width === undefined) throw this.#cursor.error("a look-behind of one width", "one of several");
    return { kind: "look", body, isBehind, isNegative, width };
  }
}

const LOOKS: readonly (readonly [string, boolean, boolean])[] = [
  ["<=", true, false],
  ["<!", true, true],
  ["=", false, false],
  ["!", false, true],
];

function assertionOf(letter: string, flags: Flags): Assertion | undefined {
  switch (letter) {
    case "A":
      return "textStart";
    case "Z":
      return "textEnd";
    case "b":
      return flags.ascii ? "asciiWordBorder" : "wordBorder";
    case "B":
      return flags.ascii ? "notAsciiWordBorder" : "notWordBorder";
    default:
      return undefined;
  }
}

function assertion(name: Assertion): Node {
  return { kind: "assertion", assertion: name };
}
