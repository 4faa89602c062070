import { COMPARISONS, type Comparison, type ConditionTree, type Operand } from "./conditionTree.ts";

const TOKEN =
  /\s*(?:(`[^`]+`|col\(\s*(?:"[^"]*"|'[^']*')\s*\))|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|(==|!=|<=|>=|[<>()[\],&|~.-]))/y;

interface Token {
  readonly kind: "column" | "text" | "number" | "word" | "sign";
  readonly text: string;
}

/** An expression that cannot be read: thrown in this file only. */
class Unreadable extends Error {}

/**
 * Reads a condition in the part of pandas' `query` language that concerns one row: comparisons (also chained) of
 * columns with literals or with each other, `in` lists, `isnull()` and its kin, truth columns, and/or/not in words or
 * signs, brackets; and the same with `col("name")` and `.notNull()` of Great Expectations' own parser. undefined when
 * there is anything else.
 */
export function readRowExpression(text: string): ConditionTree | undefined {
  try {
    return new Reader(tokensOf(text)).whole();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (match === null) throw new Unreadable();
    const [, column, quoted, number, word, sign] = match;
    if (column !== undefined)
      tokens.push({ kind: "column", text: column.replace(/^`|^col\(\s*["']|["']\s*\)$|`$/g, "") });
    else if (quoted !== undefined)
      tokens.push({ kind: "text", text: quoted.slice(1, -1).replace(/\\(.)/g, "$1") });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else tokens.push({ kind: "sign", text: sign as string });
  }
  return tokens;
}

const WORDS = ["and", "or", "not", "in", "None", "index"];
const CONSTANTS: Readonly<Record<string, unknown>> = { True: true, true: true, False: false, false: false };

class Reader {
  #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): ConditionTree {
    const tree = this.#or();
    if (this.#at < this.#tokens.length) throw new Unreadable();
    return tree;
  }

  #take(...texts: string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (
      token === undefined ||
      (token.kind !== "word" && token.kind !== "sign") ||
      !texts.includes(token.text)
    )
      return undefined;
    this.#at++;
    return token.text;
  }

  #must(text: string): void {
    if (this.#take(text) === undefined) throw new Unreadable();
  }

  #or(): ConditionTree {
    const parts = [this.#and()];
    while (this.#take("or", "|") !== undefined) parts.push(this.#and());
    return parts.length === 1 ? (parts[0] as ConditionTree) : { kind: "or", parts };
  }

  #and(): ConditionTree {
    const parts = [this.#not()];
    while (this.#take("and", "&") !== undefined) parts.push(this.#not());
    return parts.length === 1 ? (parts[0] as ConditionTree) : { kind: "and", parts };
  }

  #not(): ConditionTree {
    if (this.#take("not", "~") === undefined) return this.#atom();
    return { kind: "not", part: this.#not() };
  }

  #atom(): ConditionTree {
    if (this.#take("(") !== undefined) {
      const tree = this.#or();
      this.#must(")");
      return tree;
    }
    const operand = this.#operand();
    return this.#nullTest(operand) ?? this.#membership(operand) ?? this.#comparisons(operand);
  }

  #operand(): Operand {
    const isNegative = this.#take("-") !== undefined;
    const token = this.#tokens[this.#at++];
    if (token?.kind === "number")
      return { kind: "literal", value: isNegative ? -Number(token.text) : Number(token.text) };
    if (token === undefined || isNegative || token.kind === "sign") throw new Unreadable();
    if (token.kind === "text") return { kind: "literal", value: token.text };
    if (token.kind === "word" && Object.hasOwn(CONSTANTS, token.text))
      return { kind: "literal", value: CONSTANTS[token.text] };
    if (token.kind === "word" && WORDS.includes(token.text)) throw new Unreadable();
    return { kind: "column", name: token.text };
  }

  #nullTest(operand: Operand): ConditionTree | undefined {
    if (this.#take(".") === undefined) return undefined;
    const name = this.#tokens[this.#at++]?.text ?? "";
    const wantsMissing = /^(isnull|isna|isNull)$/.test(name);
    if (!wantsMissing && !/^(notnull|notna|notNull)$/.test(name)) throw new Unreadable();
    this.#must("(");
    this.#must(")");
    return { kind: "missing", operand, wantsMissing };
  }

  #membership(operand: Operand): ConditionTree | undefined {
    const isNegative = this.#take("not") !== undefined;
    if (this.#take("in") === undefined) {
      if (isNegative) throw new Unreadable();
      return undefined;
    }
    return { kind: "in", operand, values: this.#list(), wantsMember: !isNegative };
  }

  #list(): unknown[] {
    const close = this.#take("(") === undefined ? "]" : ")";
    if (close === "]") this.#must("[");
    const values: unknown[] = [];
    while (this.#take(close) === undefined) {
      if (values.length > 0) this.#must(",");
      const operand = this.#operand();
      if (operand.kind === "column") throw new Unreadable();
      values.push(operand.value);
    }
    return values;
  }

  /** One or more comparisons: 1 < x <= 6 asks both. A column by itself must hold true or false. */
  #comparisons(first: Operand): ConditionTree {
    const parts: ConditionTree[] = [];
    let left = first;
    for (
      let operator = this.#take(...COMPARISONS);
      operator !== undefined;
      operator = this.#take(...COMPARISONS)
    ) {
      const right = this.#operand();
      parts.push({ kind: "comparison", left, operator: operator as Comparison, right });
      left = right;
    }
    if (parts.length === 0) return { kind: "true", operand: first };
    return parts.length === 1 ? (parts[0] as ConditionTree) : { kind: "and", parts };
  }
}
