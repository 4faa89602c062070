/** A time series: value by epoch milliseconds. */
export type Series = ReadonlyMap<number, number>;

export type MathValue = number | Series | readonly Series[];

interface Scope {
  /** Series of another query by its id. @throws Error for an unknown id */
  readonly series: (id: string) => Series;
  /** All plain metrics of the request, for `METRICS()`. */
  readonly metrics: () => readonly Series[];
  /** Times of all periods in the range, for FILL. */
  readonly times: readonly number[];
  readonly periodMilliseconds: number;
}

type Node =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "id"; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Node }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Node; readonly right: Node };

const truth = (value: boolean): number => (value ? 1 : 0);

const operators: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  "<": (a, b) => truth(a < b),
  "<=": (a, b) => truth(a <= b),
  ">": (a, b) => truth(a > b),
  ">=": (a, b) => truth(a >= b),
  "==": (a, b) => truth(a === b),
  "!=": (a, b) => truth(a !== b),
  AND: (a, b) => truth(a !== 0 && b !== 0),
  OR: (a, b) => truth(a !== 0 || b !== 0),
};

const levels: readonly (readonly string[])[] = [
  ["OR"],
  ["AND"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/"],
  ["^"],
];

export const supportedFunctions = [
  "ABS",
  "AVG",
  "CEIL",
  "FILL",
  "FLOOR",
  "IF",
  "MAX",
  "METRICS",
  "MIN",
  "PERIOD",
  "RUNNING_SUM",
  "SUM",
];

/**
 * Parses and checks a metric math expression.
 * @throws Error naming what the sandbox does not evaluate
 */
export function parseExpression(text: string): Node {
  const tokens = tokenize(text);
  let position = 0;
  const peek = () => tokens[position];
  const take = () => tokens[position++];
  const expect = (token: string) => {
    if (take() !== token)
      throw new Error(`expression ${JSON.stringify(text)}: expected ${JSON.stringify(token)}`);
  };
  const parseLevel = (level: number): Node => {
    const names = levels[level];
    if (!names) return parseUnary();
    let left = parseLevel(level + 1);
    while (names.includes(canonical(peek()))) {
      const operator = canonical(take());
      left = { kind: "binary", operator, left, right: parseLevel(level + 1) };
    }
    return left;
  };
  const parseUnary = (): Node => {
    const token = canonical(peek());
    if (token !== "-" && token !== "NOT") return parsePrimary();
    take();
    return { kind: "unary", operator: token, operand: parseUnary() };
  };
  const parsePrimary = (): Node => {
    const token = take();
    if (token === undefined) throw new Error(`expression ${JSON.stringify(text)}: ends too early`);
    if (token === "(") {
      const inner = parseLevel(0);
      expect(")");
      return inner;
    }
    if (/^[\d.]/.test(token)) return { kind: "number", value: Number(token) };
    if (/^["']/.test(token)) return { kind: "text", value: token.slice(1, -1) };
    if (peek() !== "(") return { kind: "id", name: token };
    take();
    const args: Node[] = [];
    while (peek() !== ")") {
      args.push(parseLevel(0));
      if (peek() !== ")") expect(",");
    }
    expect(")");
    if (!supportedFunctions.includes(token))
      throw new Error(
        `expression ${JSON.stringify(text)}: the sandbox does not evaluate ${token}(); supported: ${supportedFunctions.join(", ")}`,
      );
    return { kind: "call", name: token, args };
  };
  const tree = parseLevel(0);
  if (position < tokens.length)
    throw new Error(`expression ${JSON.stringify(text)}: unexpected ${JSON.stringify(peek())}`);
  return tree;
}

function tokenize(text: string): readonly string[] {
  const found = text.match(
    /\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|[A-Za-z_][A-Za-z0-9_]*|"[^"]*"|'[^']*'|<=|>=|==|!=|&&|\|\||\S/g,
  );
  return found ?? [];
}

function canonical(token: string | undefined): string {
  return token === "&&" ? "AND" : token === "||" ? "OR" : token === "!" ? "NOT" : (token ?? "");
}

/** Ids that an expression refers to. */
export function referredIds(node: Node): readonly string[] {
  if (node.kind === "id") return [node.name];
  if (node.kind === "call") return node.args.flatMap(referredIds);
  if (node.kind === "unary") return referredIds(node.operand);
  return node.kind === "binary" ? [...referredIds(node.left), ...referredIds(node.right)] : [];
}

export function evaluate(node: Node, scope: Scope): MathValue {
  switch (node.kind) {
    case "number":
      return node.value;
    case "text":
      throw new Error(`unexpected text ${JSON.stringify(node.value)}`);
    case "id":
      return scope.series(node.name);
    case "unary":
      return map(evaluate(node.operand, scope), (value) =>
        node.operator === "-" ? -value : truth(value === 0),
      );
    case "binary": {
      const operator = operators[node.operator] as (a: number, b: number) => number;
      return combine(evaluate(node.left, scope), evaluate(node.right, scope), operator);
    }
    case "call":
      return callFunction(node.name, node.args, scope);
  }
}

function callFunction(name: string, args: readonly Node[], scope: Scope): MathValue {
  const value = (index: number): MathValue =>
    evaluate(args[index] ?? { kind: "number", value: Number.NaN }, scope);
  switch (name) {
    case "METRICS":
      return scope.metrics();
    case "ABS":
      return map(value(0), Math.abs);
    case "CEIL":
      return map(value(0), Math.ceil);
    case "FLOOR":
      return map(value(0), Math.floor);
    case "PERIOD":
      return scope.periodMilliseconds / 1000;
    case "FILL":
      return fill(value(0), args[1], scope);
    case "IF":
      return choose(value(0), value(1), args.length > 2 ? value(2) : undefined);
    case "RUNNING_SUM":
      return runningSum(value(0));
    default:
      return aggregate(
        name,
        args.length === 1 ? value(0) : args.map((_, index) => asSeries(value(index), scope)),
      );
  }
}

function isList(value: MathValue): value is readonly Series[] {
  return Array.isArray(value);
}

function asSeries(value: MathValue, scope: Scope): Series {
  if (isList(value)) throw new Error("expected one series, got several");
  return typeof value === "number" ? new Map(scope.times.map((at) => [at, value])) : value;
}

function map(value: MathValue, change: (value: number) => number): MathValue {
  if (typeof value === "number") return change(value);
  if (isList(value)) return value.map((series) => map(series, change) as Series);
  return new Map([...value].map(([at, each]) => [at, change(each)]));
}

/** Two series combine where both have a value; quotients that are not finite leave a gap, as in CloudWatch. */
function combine(a: MathValue, b: MathValue, operator: (a: number, b: number) => number): MathValue {
  if (isList(a)) return a.map((series) => combine(series, b, operator) as Series);
  if (isList(b)) return b.map((series) => combine(a, series, operator) as Series);
  if (typeof a === "number" && typeof b === "number") return operator(a, b);
  const times = typeof a === "number" ? [...(b as Series).keys()] : [...a.keys()];
  const result = new Map<number, number>();
  for (const at of times) {
    const left = typeof a === "number" ? a : a.get(at);
    const right = typeof b === "number" ? b : b.get(at);
    const value = left === undefined || right === undefined ? Number.NaN : operator(left, right);
    if (Number.isFinite(value)) result.set(at, value);
  }
  return result;
}

/** SUM, AVG, MIN, MAX: of one series a number, of several the series point by point. */
function aggregate(name: string, value: MathValue): MathValue {
  const reduce = (values: readonly number[]): number => {
    if (name === "MIN") return Math.min(...values);
    if (name === "MAX") return Math.max(...values);
    const sum = values.reduce((total, each) => total + each, 0);
    return name === "AVG" ? sum / values.length : sum;
  };
  if (typeof value === "number") return value;
  if (!isList(value)) return value.size === 0 ? value : reduce([...value.values()]);
  const times = new Set(value.flatMap((series) => [...series.keys()]));
  return new Map(
    [...times]
      .sort((a, b) => a - b)
      .map((at) => [at, reduce(value.flatMap((series) => series.get(at) ?? []))]),
  );
}

function fill(value: MathValue, filler: Node | undefined, scope: Scope): MathValue {
  if (isList(value)) return value.map((series) => fill(series, filler, scope) as Series);
  if (typeof value === "number") return value;
  const repeat = filler?.kind === "id" && filler.name === "REPEAT";
  if (filler?.kind === "id" && filler.name === "LINEAR")
    throw new Error("the sandbox does not evaluate FILL(…, LINEAR)");
  const constant = repeat || !filler ? undefined : evaluate(filler, scope);
  const result = new Map<number, number>();
  let last: number | undefined;
  for (const at of scope.times) {
    const other =
      typeof constant === "number" ? constant : constant && !isList(constant) ? constant.get(at) : last;
    const chosen = value.get(at) ?? other;
    if (chosen !== undefined) result.set(at, chosen);
    last = chosen;
  }
  return result;
}

function choose(condition: MathValue, yes: MathValue, no: MathValue | undefined): MathValue {
  if (isList(condition)) throw new Error("IF: expected one series as the condition");
  if (typeof condition === "number") return condition !== 0 ? yes : (no ?? new Map());
  const at = (value: MathValue | undefined, time: number) =>
    typeof value === "number" ? value : value && !isList(value) ? value.get(time) : undefined;
  const result = new Map<number, number>();
  for (const [time, held] of condition) {
    const chosen = at(held !== 0 ? yes : no, time);
    if (chosen !== undefined) result.set(time, chosen);
  }
  return result;
}

function runningSum(value: MathValue): MathValue {
  if (typeof value === "number" || isList(value)) throw new Error("RUNNING_SUM: expected one series");
  let total = 0;
  const result = new Map<number, number>();
  for (const [at, each] of [...value].sort(([a], [b]) => a - b)) {
    total += each;
    result.set(at, total);
  }
  return result;
}
