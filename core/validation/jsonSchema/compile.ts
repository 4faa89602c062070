import { unlike } from "../messages.ts";
import { pythonRegex } from "../regex/index.ts";
import { ExpectationError } from "../types.ts";
import { DIALECTS, type Dialect, LATEST } from "./dialects.ts";
import { type Check, KEYWORD_FORMS, onArray, onRecord, SIMPLE_KEYWORDS } from "./keywords.ts";
import { isRecord } from "./values.ts";

type Schema = Readonly<Record<string, unknown>>;

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

class Compiler {
  #root: unknown;
  #dialect: Dialect;
  #problems: string[];
  /** By place in the schema, so that a schema may refer to itself. */
  #compiled = new Map<unknown, Check>();

  constructor(root: unknown, problems: string[]) {
    this.#root = root;
    this.#problems = problems;
    const name = isRecord(root) ? root.$schema : undefined;
    const known = DIALECTS[String(name).replace(/#$/, "")];
    if (name !== undefined && known === undefined)
      problems.push(`json_schema.$schema: ${unlike(`one of ${Object.keys(DIALECTS).join(", ")}`, name)}`);
    this.#dialect = known ?? LATEST;
  }

  compile(schema: unknown, where: string): Check {
    if (typeof schema === "boolean") return () => schema;
    if (!isRecord(schema)) return this.#wrong(where, "an object, true or false", schema);
    const before = this.#compiled.get(schema);
    if (before !== undefined) return before;
    const checks: Check[] = [];
    const check: Check = (value) => checks.every((one) => one(value));
    this.#compiled.set(schema, check);
    const isAlone = this.#dialect.isRefAlone && typeof schema.$ref === "string";
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
    const form = KEYWORD_FORMS[keyword];
    if (form !== undefined && !form[1](given)) return [this.#wrong(where, form[0], given)];
    const simple = SIMPLE_KEYWORDS[keyword];
    if (simple !== undefined) return this.#guarded(where, () => simple(given));
    const check = this.#composite(keyword, schema, where);
    return check === undefined ? [] : [check];
  }

  /** A regular expression that cannot be read is a problem of its place. */
  #guarded(where: string, make: () => Check): Check[] {
    try {
      return [make()];
    } catch (error) {
      if (!(error instanceof ExpectationError)) throw error;
      this.#problems.push(`${where}: ${error.message}`);
      return [];
    }
  }

  /** Keywords that hold schemas. */
  #composite(keyword: string, schema: Schema, where: string): Check | undefined {
    const given = schema[keyword];
    switch (keyword) {
      case "$ref":
        return this.#reference(given, where);
      case "allOf":
      case "anyOf":
      case "oneOf":
        return counted(this.#list(given, where), keyword);
      case "not": {
        const check = this.compile(given, where);
        return (value) => !check(value);
      }
      case "if":
        return this.#conditional(schema, where);
      case "items":
      case "prefixItems":
      case "additionalItems":
        return this.#items(keyword, schema, where);
      case "contains":
        return this.#contains(schema, where);
      case "properties":
      case "patternProperties":
      case "additionalProperties":
        return this.#properties(keyword, schema, where);
      case "propertyNames": {
        const check = this.compile(given, where);
        return onRecord((record) => Object.keys(record).every(check));
      }
      case "dependentSchemas":
      case "dependencies":
        return this.#dependencies(given, where);
      case "$defs":
      case "definitions":
        this.#named(given, where);
        return undefined;
      default:
        return undefined;
    }
  }

  #list(given: unknown, where: string): Check[] {
    if (!Array.isArray(given) || given.length === 0) return [this.#wrong(where, "a list of schemas", given)];
    return given.map((one, i) => this.compile(one, `${where}[${i}]`));
  }

  #named(given: unknown, where: string): [string, Check][] {
    if (!isRecord(given)) {
      this.#wrong(where, "schemas by name", given);
      return [];
    }
    return Object.entries(given).map(([name, one]) => [name, this.compile(one, `${where}.${name}`)]);
  }

  #reference(given: unknown, where: string): Check {
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

  #conditional(schema: Schema, where: string): Check {
    const [test, then, otherwise] = ["if", "then", "else"].map((keyword) =>
      this.compile(schema[keyword] ?? true, where.replace(/if$/, keyword)),
    ) as [Check, Check, Check];
    return (value) => (test(value) ? then(value) : otherwise(value));
  }

  /** A list of schemas is for the first items (`prefixItems`, before 2020-12 `items`), the other keyword for the rest. */
  #items(keyword: string, schema: Schema, where: string): Check | undefined {
    const { hasPrefixItems } = this.#dialect;
    const [firstName, restName] = hasPrefixItems ? ["prefixItems", "items"] : ["items", "additionalItems"];
    const given = schema[keyword];
    if (keyword === firstName && (hasPrefixItems || Array.isArray(given))) {
      const checks = this.#list(given, where);
      return onArray((items) => checks.every((check, i) => i >= items.length || check(items[i])));
    }
    const first = schema[firstName as string];
    if (keyword !== restName && keyword !== "items") return undefined;
    if (keyword === "additionalItems" && !Array.isArray(first)) return undefined;
    const check = this.compile(given, where);
    const skipped = keyword === restName && Array.isArray(first) ? first.length : 0;
    return onArray((items) => items.slice(skipped).every(check));
  }

  #contains(schema: Schema, where: string): Check {
    const check = this.compile(schema.contains, where);
    const least = this.#dialect.isRefAlone ? 1 : ((schema.minContains as number | undefined) ?? 1);
    const most = this.#dialect.isRefAlone
      ? Infinity
      : ((schema.maxContains as number | undefined) ?? Infinity);
    return onArray((items) => {
      const found = items.filter(check).length;
      return found >= least && found <= most;
    });
  }

  #properties(keyword: string, schema: Schema, where: string): Check {
    if (keyword === "properties") {
      const checks = this.#named(schema.properties, where);
      return onRecord((record) =>
        checks.every(([name, check]) => !Object.hasOwn(record, name) || check(record[name])),
      );
    }
    const patterns = isRecord(schema.patternProperties) ? Object.keys(schema.patternProperties) : [];
    const regexes = patterns.flatMap((pattern) => {
      const made = this.#guarded(where, () => {
        const regex = pythonRegex(pattern);
        return (name) => regex.test(name as string);
      });
      return made;
    });
    if (keyword === "patternProperties") {
      const checks = this.#named(schema.patternProperties, where);
      return onRecord((record) =>
        checks.every(([, check], i) =>
          Object.entries(record).every(([name, value]) => regexes[i]?.(name) !== true || check(value)),
        ),
      );
    }
    const named = isRecord(schema.properties) ? schema.properties : {};
    const check = this.compile(schema.additionalProperties, where);
    return onRecord((record) =>
      Object.entries(record).every(
        ([name, value]) => Object.hasOwn(named, name) || regexes.some((r) => r(name)) || check(value),
      ),
    );
  }

  /** Before 2019-09 a dependency may also be a list of names. */
  #dependencies(given: unknown, where: string): Check {
    if (!isRecord(given)) return this.#wrong(where, "schemas by name", given);
    const checks = Object.entries(given).map(([name, one]): [string, Check] => [
      name,
      Array.isArray(one)
        ? (SIMPLE_KEYWORDS.required as (given: unknown) => Check)(one)
        : this.compile(one, `${where}.${name}`),
    ]);
    return onRecord((record) =>
      checks.every(([name, check]) => !Object.hasOwn(record, name) || check(record)),
    );
  }
}

function counted(checks: readonly Check[], keyword: "allOf" | "anyOf" | "oneOf"): Check {
  if (keyword === "allOf") return (value) => checks.every((check) => check(value));
  if (keyword === "anyOf") return (value) => checks.some((check) => check(value));
  return (value) => checks.filter((check) => check(value)).length === 1;
}
