/** JSONata as Step Functions has it: `{% … %}` inside templates, `$states`, variables, AWS's extra functions, virtual time. */
import { createHash } from "node:crypto";
import jsonata from "jsonata";
import { StateError } from "./errors.ts";

const expression = /^\{%([\s\S]*)%\}$/;
const cache = new Map<string, jsonata.Expression>();
const cacheLimit = 2_000;

export const isExpression = (text: string): boolean => expression.test(text);

function compile(text: string): jsonata.Expression {
  const source = expression.exec(text)?.[1] ?? "";
  const known = cache.get(source);
  if (known) return known;
  const compiled = jsonata(source);
  if (cache.size >= cacheLimit) cache.clear();
  cache.set(source, compiled);
  return compiled;
}

/** What is wrong with an expression's syntax, if anything. */
export function syntaxProblem(text: string): string | undefined {
  try {
    compile(text);
  } catch (problem) {
    const { message, position } = problem as { message: string; position?: number };
    return `expected a JSONata expression, got ${JSON.stringify(text)}: ${message} (at ${position ?? "?"})`;
  }
  return /\$eval\s*\(/.test(text) ? "$eval is not supported by Step Functions; use $parse" : undefined;
}

export interface ExpressionWorld {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly uuid: () => string;
  /** In [0, 1), deterministic. */
  readonly random: () => number;
}

export interface Bindings {
  readonly states: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, unknown>>;
}

const fromMillis = jsonata("$fromMillis(ms, picture, zone)");

function functions(world: ExpressionWorld): Record<string, unknown> {
  return {
    now: (picture?: string, zone?: string) => fromMillis.evaluate({ ms: world.now(), picture, zone }),
    millis: () => world.now(),
    random: () => world.random(),
    uuid: () => world.uuid(),
    parse: (text: string) => JSON.parse(text),
    partition: (list: unknown[], size: number) =>
      Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size)),
    range: (first: number, last: number, step: number) =>
      Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step),
    hash: (data: string, algorithm: string) =>
      createHash(algorithm.toLowerCase().replace("-", "")).update(data).digest("hex"),
  };
}

async function evaluateText(
  text: string,
  field: string,
  bindings: Bindings,
  world: ExpressionWorld,
): Promise<unknown> {
  let value: unknown;
  try {
    value = await compile(text).evaluate(
      {},
      { ...functions(world), ...bindings.variables, states: bindings.states },
    );
  } catch (problem) {
    const { message } = problem as { message?: string };
    throw new StateError(
      "States.QueryEvaluationError",
      `The JSONata expression '${text}' specified for the field '${field}' threw an error during evaluation. ${message ?? String(problem)}`,
    );
  }
  if (value === undefined || typeof value === "function") {
    throw new StateError(
      "States.QueryEvaluationError",
      `The JSONata expression '${text}' specified for the field '${field}' returned nothing (undefined).`,
    );
  }
  // JSONata's lists carry marks of their own; states pass plain JSON.
  return JSON.parse(JSON.stringify(value)) as unknown;
}

/** Evaluates every expression inside `template`. Throws States.QueryEvaluationError. */
export async function evaluate(
  template: unknown,
  field: string,
  bindings: Bindings,
  world: ExpressionWorld,
): Promise<unknown> {
  if (typeof template === "string")
    return isExpression(template) ? evaluateText(template, field, bindings, world) : template;
  if (Array.isArray(template)) {
    const list: unknown[] = [];
    for (const [i, inner] of template.entries())
      list.push(await evaluate(inner, `${field}/${i}`, bindings, world));
    return list;
  }
  if (template === null || typeof template !== "object") return template;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(template))
    result[key] = await evaluate(inner, `${field}/${key}`, bindings, world);
  return result;
}
