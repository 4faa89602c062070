import { COMPARISONS, type ConditionTree, comparison, type Operand, unless } from "./conditionTree.ts";

const TOKEN =
  /\s*(?:(`[^`]+`|col\(\s*(?:"[^"]*"|'[^']*')\s*\))|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|(==|!=|<=|>=|[<>()[\],&|~.-]))/y;

/** A word or a sign of the language, an operand, or a word that is both. */
interface Token {
  readonly text?: string;
  readonly operand?: Operand;
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
    const reader = new Reader(tokensOf(text));
    const tree = either(reader);
    return reader.next() === undefined ? tree : undefined;
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
      tokens.push({ operand: { name: column.replace(/^`|^col\(\s*["']|["']\s*\)$|`$/g, "") } });
    else if (quoted !== undefined)
      tokens.push({ operand: { value: quoted.slice(1, -1).replace(/\\(.)/g, "$1") } });
    else if (number !== undefined) tokens.push({ operand: { value: Number(number) } });
    else if (word !== undefined) tokens.push({ text: word, ...operandOf(word) });
    else tokens.push({ text: sign as string });
  }
  return tokens;
}

/** A word is a column unless the language has another use for it. */
function operandOf(word: string): Pick<Token, "operand"> {
  if (/^(and|or|not|in|None|index)$/.test(word)) return {};
  const isTruth = /^([Tt]rue|[Ff]alse)$/.test(word);
  return { operand: isTruth ? { value: /^t/i.test(word) } : { name: word } };
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  next(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  /** The next token if it is one of the texts. */
  take(...texts: string[]): string | undefined {
    const text = this.#tokens[this.#at]?.text;
    if (text === undefined || !texts.includes(text)) return undefined;
    this.#at++;
    return text;
  }

  must(text: string): void {
    if (this.take(text) === undefined) throw new Unreadable();
  }
}

function joined(kind: "and" | "or", parts: readonly ConditionTree[]): ConditionTree {
  return parts.length === 1 ? (parts[0] as ConditionTree) : { kind, parts };
}

function either(reader: Reader): ConditionTree {
  const parts = [both(reader)];
  while (reader.take("or", "|") !== undefined) parts.push(both(reader));
  return joined("or", parts);
}

function both(reader: Reader): ConditionTree {
  const parts = [negated(reader)];
  while (reader.take("and", "&") !== undefined) parts.push(negated(reader));
  return joined("and", parts);
}

function negated(reader: Reader): ConditionTree {
  return reader.take("not", "~") === undefined ? atom(reader) : unless(true, negated(reader));
}

function atom(reader: Reader): ConditionTree {
  if (reader.take("(") !== undefined) {
    const tree = either(reader);
    reader.must(")");
    return tree;
  }
  const operand = operandFrom(reader);
  if (reader.take(".") !== undefined) return nullTest(reader, operand);
  const isNegated = reader.take("not") !== undefined;
  if (reader.take("in") !== undefined)
    return unless(isNegated, { kind: "in", operand, values: listFrom(reader) });
  if (isNegated) throw new Unreadable();
  return comparisons(reader, operand);
}

function operandFrom(reader: Reader): Operand {
  const isNegative = reader.take("-") !== undefined;
  const operand = reader.next()?.operand;
  if (operand === undefined) throw new Unreadable();
  if (!isNegative) return operand;
  if (operand.name !== undefined || typeof operand.value !== "number") throw new Unreadable();
  return { value: -operand.value };
}

function nullTest(reader: Reader, operand: Operand): ConditionTree {
  const name = reader.next()?.text ?? "";
  const isNegated = /^(notnull|notna|notNull)$/.test(name);
  if (!isNegated && !/^(isnull|isna|isNull)$/.test(name)) throw new Unreadable();
  reader.must("(");
  reader.must(")");
  return unless(isNegated, { kind: "missing", operand });
}

function listFrom(reader: Reader): unknown[] {
  const close = reader.take("(") === undefined ? "]" : ")";
  if (close === "]") reader.must("[");
  const values: unknown[] = [];
  while (reader.take(close) === undefined) {
    if (values.length > 0) reader.must(",");
    const operand = operandFrom(reader);
    if (operand.name !== undefined) throw new Unreadable();
    values.push(operand.value);
  }
  return values;
}

/** One or more comparisons: 1 < x <= 6 asks both. A column by itself must hold true or false. */
function comparisons(reader: Reader, first: Operand): ConditionTree {
  const parts: ConditionTree[] = [];
  let left = first;
  for (;;) {
    const operator = reader.take(...COMPARISONS);
    if (operator === undefined) break;
    const right = operandFrom(reader);
    parts.push(comparison(left, operator, right));
    left = right;
  }
  return parts.length === 0 ? { kind: "true", operand: first } : joined("and", parts);
}
