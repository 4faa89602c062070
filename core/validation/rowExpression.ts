import { compareValues, valueKey } from "./pythonValues.ts";
import { ExpectationError, isMissing, type Row } from "./types.ts";

export type RowTest = (row: Row) => boolean;
type Operand = (row: Row) => unknown;

/** Which rows an expectation is about, and which columns that depends on. */
export interface RowCondition {
  readonly holds: RowTest;
  readonly columns: readonly string[];
}

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
export function readRowExpression(text: string): RowCondition | undefined {
  try {
    const reader = new Reader(tokensOf(text));
    const holds = reader.whole();
    return { holds, columns: [...reader.columns] };
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

const COMPARISONS = ["==", "!=", "<=", ">=", "<", ">"];
const WORDS = ["and", "or", "not", "in", "None", "index"];
const CONSTANTS: Readonly<Record<string, unknown>> = { True: true, true: true, False: false, false: false };

class Reader {
  readonly columns = new Set<string>();
  #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): RowTest {
    const test = this.#or();
    if (this.#at < this.#tokens.length) throw new Unreadable();
    return test;
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

  #or(): RowTest {
    const tests = [this.#and()];
    while (this.#take("or", "|") !== undefined) tests.push(this.#and());
    return tests.length === 1 ? (tests[0] as RowTest) : (row) => tests.some((test) => test(row));
  }

  #and(): RowTest {
    const tests = [this.#not()];
    while (this.#take("and", "&") !== undefined) tests.push(this.#not());
    return tests.length === 1 ? (tests[0] as RowTest) : (row) => tests.every((test) => test(row));
  }

  #not(): RowTest {
    if (this.#take("not", "~") === undefined) return this.#atom();
    const test = this.#not();
    return (row) => !test(row);
  }

  #atom(): RowTest {
    if (this.#take("(") !== undefined) {
      const test = this.#or();
      this.#must(")");
      return test;
    }
    const operand = this.#operand();
    return this.#nullTest(operand) ?? this.#membership(operand) ?? this.#comparisons(operand);
  }

  #operand(): Operand {
    const isNegative = this.#take("-") !== undefined;
    const token = this.#tokens[this.#at++];
    if (token?.kind === "number") {
      const value = isNegative ? -Number(token.text) : Number(token.text);
      return () => value;
    }
    if (token === undefined || isNegative || token.kind === "sign") throw new Unreadable();
    if (token.kind === "text") return () => token.text;
    if (token.kind === "word" && Object.hasOwn(CONSTANTS, token.text)) return () => CONSTANTS[token.text];
    if (token.kind === "word" && WORDS.includes(token.text)) throw new Unreadable();
    this.columns.add(token.text);
    return (row) => row[token.text];
  }

  #nullTest(operand: Operand): RowTest | undefined {
    if (this.#take(".") === undefined) return undefined;
    const name = this.#tokens[this.#at++]?.text ?? "";
    const wantsMissing = /^(isnull|isna|isNull)$/.test(name);
    if (!wantsMissing && !/^(notnull|notna|notNull)$/.test(name)) throw new Unreadable();
    this.#must("(");
    this.#must(")");
    return (row) => isMissing(operand(row)) === wantsMissing;
  }

  #membership(operand: Operand): RowTest | undefined {
    const isNegative = this.#take("not") !== undefined;
    if (this.#take("in") === undefined) {
      if (isNegative) throw new Unreadable();
      return undefined;
    }
    const list = this.#list();
    return comparison(operand, isNegative ? "NOT_IN" : "IN", () => list) as RowTest;
  }

  #list(): unknown[] {
    const close = this.#take("(") === undefined ? "]" : ")";
    if (close === "]") this.#must("[");
    const values: unknown[] = [];
    while (this.#take(close) === undefined) {
      if (values.length > 0) this.#must(",");
      const columns = this.columns.size;
      values.push(this.#operand()({}));
      if (this.columns.size > columns || values.at(-1) === undefined) throw new Unreadable();
    }
    return values;
  }

  /** One or more comparisons: 1 < x <= 6 asks both. A column by itself must hold true or false. */
  #comparisons(first: Operand): RowTest {
    const tests: RowTest[] = [];
    let left = first;
    for (
      let operator = this.#take(...COMPARISONS);
      operator !== undefined;
      operator = this.#take(...COMPARISONS)
    ) {
      const right = this.#operand();
      tests.push(comparison(left, operator, right) as RowTest);
      left = right;
    }
    if (tests.length === 0) return (row) => isTrue(first(row));
    return (row) => tests.every((test) => test(row));
  }
}

function isTrue(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new ExpectationError(`row_condition: expected true or false, got ${JSON.stringify(value)}`);
}

/** Compares as pandas does: a missing value is unequal to everything, and in no list. undefined for an unknown operator. */
export function comparison(left: Operand, operator: string, right: Operand): RowTest | undefined {
  if (operator === "IN" || operator === "NOT_IN") {
    const list = right({});
    if (!Array.isArray(list)) return undefined;
    const members = new Set(list.map(valueKey));
    return (row) => (!isMissing(left(row)) && members.has(valueKey(left(row)))) === (operator === "IN");
  }
  if (!COMPARISONS.includes(operator)) return undefined;
  return (row) => {
    const [a, b] = [left(row), right(row)];
    if (isMissing(a) || isMissing(b)) return operator === "!=";
    if (operator === "==" || operator === "!=") return (valueKey(a) === valueKey(b)) === (operator === "==");
    const order = compareValues(a, b);
    if (order === 0) return operator === "<=" || operator === ">=";
    return order < 0 === operator.startsWith("<");
  };
}
