import { unlike } from "../messages.ts";
import { ExpectationError } from "../types.ts";
import { COMPOSITES, type Schema, type SchemaCompiler } from "./composites.ts";
import { DRAFTS, LATEST } from "./dialects.ts";
import { type Check, KEYWORDS } from "./keywords.ts";
import { isRecord } from "./values.ts";

const REFUSED = new Set([
  "unevaluatedItems",
  "unevaluatedProperties",
  "$dynamicRef",
  "$recursiveRef",
  "$anchor",
  "$dynamicAnchor",
]);

/**
 * Compiles a JSON Schema of draft 6, 7, 2019-09 or 2020-12 (the default, as in Python's jsonschema). As there, `format` is a
 * comment. References must lie within the schema. Everything wrong with the schema is in one ExpectationError.
 */
export function compileJsonSchema(schema: unknown): Check {
  const problems: string[] = [];
  const check = new Compiler(schema, problems).compile(schema, "json_schema");
  if (problems.length > 0) throw new ExpectationError(problems.join("; "));
  return check;
}

class Compiler implements SchemaCompiler {
  readonly hasPrefixItems: boolean;
  readonly isRefAlone: boolean;
  readonly #root: unknown;
  readonly #problems: string[];
  /** By place in the schema, so that a schema may refer to itself. */
  readonly #compiled = new Map<unknown, Check>();

  constructor(root: unknown, problems: string[]) {
    this.#root = root;
    this.#problems = problems;
    const name = isRecord(root) ? root.$schema : undefined;
    const draft = DRAFTS[String(name).replace(/#$/, "")];
    if (name !== undefined && draft === undefined)
      this.#wrong("json_schema.$schema", `one of ${Object.keys(DRAFTS).join(", ")}`, name);
    this.hasPrefixItems = (draft ?? LATEST) === LATEST;
    this.isRefAlone = (draft ?? LATEST) <= 7;
  }

  compile(schema: unknown, where: string): Check {
    if (typeof schema === "boolean") return () => schema;
    if (!isRecord(schema)) return this.#wrong(where, "an object, true or false", schema);
    const before = this.#compiled.get(schema);
    if (before !== undefined) return before;
    const checks: Check[] = [];
    const check: Check = (value) => checks.every((one) => one(value));
    this.#compiled.set(schema, check);
    const isAlone = this.isRefAlone && typeof schema.$ref === "string";
    for (const keyword of Object.keys(schema))
      if (!isAlone || keyword === "$ref")
        checks.push(...this.#keyword(keyword, schema, `${where}.${keyword}`));
    return check;
  }

  #wrong(where: string, expected: string, got: unknown): Check {
    this.#problems.push(`${where}: ${unlike(expected, got)}`);
    return () => false;
  }

  /** The checks of a keyword; none when it is a comment, or is part of another one. */
  #keyword(keyword: string, schema: Schema, where: string): Check[] {
    const given = schema[keyword];
    if (REFUSED.has(keyword))
      return [this.#wrong(where, "no keyword of that name (it is not supported)", given)];
    if (Object.hasOwn(KEYWORDS, keyword)) {
      const [[expected, isFine], check] = KEYWORDS[keyword] as (typeof KEYWORDS)[string];
      if (!isFine(given)) return [this.#wrong(where, expected, given)];
      return check === undefined ? [] : this.guarded(where, () => check(given as never));
    }
    const check = Object.hasOwn(COMPOSITES, keyword) && COMPOSITES[keyword]?.(this, given, where, schema);
    return check ? [check] : [];
  }

  /** A regular expression that cannot be read is a problem of its place. */
  guarded(where: string, make: () => Check): Check[] {
    try {
      return [make()];
    } catch (error) {
      if (!(error instanceof ExpectationError)) throw error;
      this.#problems.push(`${where}: ${error.message}`);
      return [];
    }
  }

  list(given: unknown, where: string): Check[] {
    if (!Array.isArray(given) || given.length === 0) return [this.#wrong(where, "a list of schemas", given)];
    return given.map((one, i) => this.compile(one, `${where}[${i}]`));
  }

  named(
    given: unknown,
    where: string,
    checkOf = (one: unknown, place: string): Check => this.compile(one, place),
  ): [string, Check][] {
    if (isRecord(given))
      return Object.entries(given).map(([name, one]) => [name, checkOf(one, `${where}.${name}`)]);
    this.#wrong(where, "schemas by name", given);
    return [];
  }

  reference(given: unknown, where: string): Check {
    const parts = typeof given === "string" && /^#(\/|$)/.test(given) ? given.split("/").slice(1) : undefined;
    let target: unknown = parts === undefined ? undefined : this.#root;
    for (const part of parts ?? []) {
      const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
      target = (target as Record<string, unknown> | undefined)?.[key];
    }
    if (target === undefined)
      return this.#wrong(where, 'a place in this schema, such as "#/$defs/name"', given);
    return this.compile(target, String(given));
  }
}
