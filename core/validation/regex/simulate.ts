import { ExpectationError } from "../types.ts";
import type { CharacterSet, Node } from "./syntax.ts";

/** One instruction of the automaton. `to` is where it goes on. */
type Instruction =
  | { readonly kind: "set"; readonly set: CharacterSet; to: number }
  | { readonly kind: "split"; to: number; readonly others: number[] }
  | { readonly kind: "test"; holds(walk: Walk, at: number): boolean; to: number }
  | { readonly kind: "match" };

type Program = readonly Instruction[];

/** Larger automata are refused: each instruction may cost a step a character. */
const MOST_INSTRUCTIONS = 20_000;
/** Steps that one value may take, about a second. */
const MOST_STEPS = 20_000_000;

class Builder {
  readonly program: Instruction[] = [];
  #size: { count: number };

  constructor(size = { count: 0 }) {
    this.#size = size;
  }

  /** Adds the instructions of a node that go on to `to`; gives the first one. Built from the end backwards. */
  add(node: Node, to: number): number {
    switch (node.kind) {
      case "set":
        return this.push({ kind: "set", set: node.set, to });
      case "assertion":
        return this.push({ kind: "test", holds: (walk, at) => node.assertion.holds(walk.text, at), to });
      case "group":
        return this.add(node.body, to);
      case "sequence":
        return node.parts.reduceRight((next, part) => this.add(part, next), to);
      case "choice": {
        const [first, ...others] = node.options.map((option) => this.add(option, to));
        return this.push({ kind: "split", to: first as number, others });
      }
      case "look": {
        const program = compile(node.body, this.#size);
        const holds = (walk: Walk, at: number): boolean =>
          walk.matches(program, at - node.width) !== node.isNegative;
        return this.push({ kind: "test", holds, to });
      }
      case "repeat":
        return this.#repeat(node.body, node.min, node.max, to);
      case "reference":
        throw new ExpectationError("a reference to a group");
    }
  }

  #repeat(body: Node, min: number, max: number, to: number): number {
    let next = to;
    if (max === Infinity) {
      const loop: Instruction = { kind: "split", to, others: [] };
      next = this.push(loop);
      loop.others.push(this.add(body, next));
    } else
      for (let i = min; i < max; i++) next = this.push({ kind: "split", to, others: [this.add(body, next)] });
    for (let i = 0; i < min; i++) next = this.add(body, next);
    return next;
  }

  push(instruction: Instruction): number {
    if (++this.#size.count > MOST_INSTRUCTIONS)
      throw new ExpectationError(`more than ${MOST_INSTRUCTIONS} elements when its repeats are written out`);
    return this.program.push(instruction) - 1;
  }
}

function compile(node: Node, size?: { count: number }): Program {
  const builder = new Builder(size);
  const match = builder.push({ kind: "match" });
  // The first instruction is the last one pushed; one more makes that so for an empty expression.
  builder.push({ kind: "split", to: builder.add(node, match), others: [] });
  return builder.program;
}

/** Walks all ways through the automaton at once, so that time is at most text times expression (Thompson, CACM 11(6), 1968). */
class Walk {
  readonly text: readonly string[];
  #steps = 0;

  constructor(text: readonly string[]) {
    this.text = text;
  }

  /** Whether the program of a look-around matches from `start`, which may lie before the text. */
  matches(program: Program, start: number): boolean {
    return start >= 0 && this.run(program, start, false);
  }

  /** Whether the program matches from `start` (or, in a search, from any later place too). */
  run(program: Program, start: number, isSearch: boolean): boolean {
    let now: number[] = [];
    const seen = new Uint32Array(program.length);
    for (let at = start; at <= this.text.length; at++) {
      const mark = at - start + 1;
      if ((at === start || isSearch) && this.#follow(program, program.length - 1, at, seen, mark, now))
        return true;
      if (now.length === 0 && !isSearch) return false;
      const character = this.text[at];
      if (character === undefined) return false;
      const next: number[] = [];
      for (const index of now) {
        const instruction = program[index];
        if (instruction?.kind !== "set" || !instruction.set.has(character)) continue;
        if (this.#follow(program, instruction.to, at + 1, seen, mark + 1, next)) return true;
      }
      now = next;
    }
    return false;
  }

  /** Adds the sets that can be reached from an instruction without a character; true when a match is among them. */
  #follow(
    program: Program,
    from: number,
    at: number,
    seen: Uint32Array,
    mark: number,
    into: number[],
  ): boolean {
    const open = [from];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen[index] === mark) continue;
      seen[index] = mark;
      if (++this.#steps > MOST_STEPS)
        throw new ExpectationError(
          `more than ${MOST_STEPS} steps on a text of ${this.text.length} characters`,
        );
      const instruction = program[index] as Instruction;
      if (instruction.kind === "match") return true;
      if (instruction.kind === "set") into.push(index);
      else if (instruction.kind === "split") open.push(instruction.to, ...instruction.others);
      else if (instruction.holds(this, at)) open.push(instruction.to);
    }
    return false;
  }
}

/**
 * A search whose time does not depend on how the expression is written: at most 20 million steps a text, else an
 * ExpectationError. References to groups cannot be followed in this way and are refused.
 */
export function simulator(node: Node): (text: string) => boolean {
  const program = compile(node);
  return (text) => new Walk(Array.from(text)).run(program, 0, true);
}
