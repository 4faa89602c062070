import type { Assertion } from "./assertions.ts";

/** What a Python regular expression is made of, as far as "is there a match" goes. */
export type Node =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly options: readonly Node[] }
  | {
      readonly kind: "repeat";
      readonly body: Node;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    }
  | {
      readonly kind: "group";
      readonly body: Node;
      readonly name: string | undefined;
    }
  | { readonly kind: "assertion"; readonly assertion: Assertion }
  | {
      readonly kind: "look";
      readonly body: Node;
      readonly isBehind: boolean;
      readonly isNegative: boolean;
      /** Characters that a look-behind spans; 0 for a look-ahead. */
      readonly width: number;
    }
  | { readonly kind: "reference"; readonly to: string; readonly ignoresCase: boolean };

/** A set of characters, written as a JavaScript expression that takes exactly one. Answers are remembered. */
export class CharacterSet {
  readonly source: string;
  #regex: RegExp | undefined;
  #known = new Map<string, boolean>();

  constructor(source: string, ignoresCase: boolean) {
    this.source = ignoresCase ? `(?i:${source})` : source;
  }

  has(character: string): boolean {
    const known = this.#known.get(character);
    if (known !== undefined) return known;
    this.#regex ??= new RegExp(`^${this.source}$`, "u");
    const answer = this.#regex.test(character);
    if (this.#known.size < MOST_KNOWN) this.#known.set(character, answer);
    return answer;
  }
}

/** Characters whose membership is remembered, so that a stream of odd ones does not fill the memory. */
const MOST_KNOWN = 4096;

/** What expressions of two languages differ in. */
export interface Spelling {
  /** From JavaScript's. */
  set(source: string): string;
  /** `isLast`: nothing of the expression comes after it. */
  assertion(assertion: Assertion, isLast: boolean): string;
  group(body: string, name: string | undefined): string;
  reference(to: string, ignoresCase: boolean): string;
  /** Throws for a repeat or a look-around that the language does not know. */
  check(node: Node): void;
}

/** The expression in another language. `isLast`: nothing of it comes after the node. */
export function spelled(node: Node, spelling: Spelling, isLast = true): string {
  switch (node.kind) {
    case "set":
      return spelling.set(node.set.source);
    case "sequence":
      return node.parts
        .map((part, i) => spelled(part, spelling, isLast && i === node.parts.length - 1))
        .join("");
    case "choice":
      return `(?:${node.options.map((option) => spelled(option, spelling, isLast)).join("|")})`;
    case "group":
      return spelling.group(spelled(node.body, spelling, isLast), node.name);
    case "assertion":
      return spelling.assertion(node.assertion, isLast);
    case "look":
      spelling.check(node);
      return `(?${node.isBehind ? "<" : ""}${node.isNegative ? "!" : "="}${spelled(node.body, spelling, false)})`;
    case "reference":
      return spelling.reference(node.to, node.ignoresCase);
    case "repeat":
      spelling.check(node);
      return `(?:${spelled(node.body, spelling, false)})${quantifier(node.min, node.max)}${node.isLazy ? "?" : ""}`;
  }
}

function quantifier(min: number, max: number): string {
  if (max !== Infinity) return min === 0 && max === 1 ? "?" : `{${min},${max}}`;
  return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
}

/** For flag u. */
export const JAVASCRIPT: Spelling = {
  set: (source) => source,
  assertion: ({ source }) => source,
  group: (body, name) => `(${name === undefined ? "" : `?<${name}>`}${body})`,
  reference: (to, ignoresCase) => `(?${ignoresCase ? "i" : ""}:${/^\d/.test(to) ? `\\${to}` : `\\k<${to}>`})`,
  check() {},
};

/** Number of characters that a match takes; undefined when it varies. */
export function widthOf(node: Node): number | undefined {
  switch (node.kind) {
    case "set":
      return 1;
    case "group":
      return widthOf(node.body);
    case "sequence":
      return node.parts.reduce<number | undefined>((sum, part) => plus(sum, widthOf(part)), 0);
    case "choice": {
      const widths = new Set(node.options.map(widthOf));
      return widths.size === 1 ? [...widths][0] : undefined;
    }
    case "repeat": {
      const width = widthOf(node.body);
      return width !== undefined && (node.min === node.max || width === 0) ? width * node.min : undefined;
    }
    case "reference":
      return undefined;
    default:
      return 0;
  }
}

const plus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

/** Most ways in which a backtracking matcher can go through a text of n characters from one start. */
export function pathsOf(node: Node, n: number): number {
  switch (node.kind) {
    case "sequence":
      return node.parts.reduce((product, part) => product * pathsOf(part, n), 1);
    case "choice":
      return node.options.reduce((sum, option) => sum + pathsOf(option, n), 0);
    case "group":
    case "look":
      return pathsOf(node.body, n);
    case "repeat":
      return repeatPaths(pathsOf(node.body, n), node.min, node.max, n);
    default:
      return 1;
  }
}

/** Each number of rounds is a way, times the ways through each round; a round takes a character at least, or ends the repeat. */
function repeatPaths(body: number, min: number, max: number, n: number): number {
  const rounds = Math.min(max, min + n);
  if (body === 1) return rounds - min + 1;
  let sum = 0;
  for (let i = min; i <= rounds && sum < Number.MAX_SAFE_INTEGER; i++) sum += body ** i;
  return sum;
}
