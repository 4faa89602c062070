import { pythonRegex } from "../regex/index.ts";
import { type Check, dependent, onArray, onRecord, requires } from "./keywords.ts";
import { isRecord } from "./values.ts";

export type Schema = Readonly<Record<string, unknown>>;

/** What compiles the schemas in a schema, by the rules of its draft. */
export interface SchemaCompiler {
  readonly hasPrefixItems: boolean;
  readonly isRefAlone: boolean;
  compile(schema: unknown, where: string): Check;
  list(given: unknown, where: string): Check[];
  named(
    given: unknown,
    where: string,
    checkOf?: (one: unknown, place: string) => Check,
  ): [name: string, check: Check][];
  reference(given: unknown, where: string): Check;
  /** No check when the regular expression in it cannot be read. */
  guarded(where: string, make: () => Check): Check[];
}

/** The check of a keyword that holds schemas; undefined when it says nothing by itself. */
type Composite = (
  compiler: SchemaCompiler,
  given: unknown,
  where: string,
  schema: Schema,
) => Check | undefined;

export const COMPOSITES: Readonly<Record<string, Composite>> = {
  $ref: (compiler, given, where) => compiler.reference(given, where),
  allOf(compiler, given, where) {
    const checks = compiler.list(given, where);
    return (value) => checks.every((check) => check(value));
  },
  anyOf(compiler, given, where) {
    const checks = compiler.list(given, where);
    return (value) => checks.some((check) => check(value));
  },
  oneOf(compiler, given, where) {
    const checks = compiler.list(given, where);
    return (value) => checks.filter((check) => check(value)).length === 1;
  },
  not(compiler, given, where) {
    const check = compiler.compile(given, where);
    return (value) => !check(value);
  },
  if(compiler, _, where, schema) {
    const [test, then, otherwise] = ["if", "then", "else"].map((keyword) =>
      compiler.compile(schema[keyword] ?? true, where.replace(/if$/, keyword)),
    ) as [Check, Check, Check];
    return (value) => (test(value) ? then(value) : otherwise(value));
  },
  // A list of schemas is for the first items (`prefixItems`, before 2020-12 `items`), the other keyword for the rest.
  prefixItems: (compiler, given, where) =>
    compiler.hasPrefixItems ? firstItems(compiler, given, where) : undefined,
  items(compiler, given, where, { prefixItems }) {
    if (compiler.hasPrefixItems) return otherItems(compiler, given, where, prefixItems);
    return Array.isArray(given) ? firstItems(compiler, given, where) : otherItems(compiler, given, where);
  },
  additionalItems: (compiler, given, where, { items }) =>
    !compiler.hasPrefixItems && Array.isArray(items) ? otherItems(compiler, given, where, items) : undefined,
  contains(compiler, given, where, schema) {
    const check = compiler.compile(given, where);
    const { minContains = 1, maxContains = Infinity } = compiler.isRefAlone ? {} : schema;
    return onArray((items) => {
      const found = items.filter(check).length;
      return found >= (minContains as number) && found <= (maxContains as number);
    });
  },
  properties(compiler, given, where) {
    const checks = compiler.named(given, where);
    return onRecord((record) =>
      checks.every(([name, check]) => !Object.hasOwn(record, name) || check(record[name])),
    );
  },
  patternProperties(compiler, given, where, schema) {
    const regexes = patternsOf(compiler, schema, where);
    const checks = compiler.named(given, where);
    return onRecord((record) =>
      checks.every(([, check], i) =>
        Object.entries(record).every(([name, value]) => regexes[i]?.(name) !== true || check(value)),
      ),
    );
  },
  additionalProperties(compiler, given, where, schema) {
    const regexes = patternsOf(compiler, schema, where);
    const named = isRecord(schema.properties) ? schema.properties : {};
    const check = compiler.compile(given, where);
    return onRecord((record) =>
      Object.entries(record).every(
        ([name, value]) => Object.hasOwn(named, name) || regexes.some((r) => r(name)) || check(value),
      ),
    );
  },
  propertyNames(compiler, given, where) {
    const check = compiler.compile(given, where);
    return onRecord((record) => Object.keys(record).every(check));
  },
  dependentSchemas: dependencies,
  dependencies,
  $defs: definitions,
  definitions,
};

function firstItems(compiler: SchemaCompiler, given: unknown, where: string): Check {
  const checks = compiler.list(given, where);
  return onArray((items) => checks.every((check, i) => i >= items.length || check(items[i])));
}

function otherItems(compiler: SchemaCompiler, given: unknown, where: string, first?: unknown): Check {
  const check = compiler.compile(given, where);
  const skipped = Array.isArray(first) ? first.length : 0;
  return onArray((items) => items.slice(skipped).every(check));
}

function patternsOf(compiler: SchemaCompiler, { patternProperties }: Schema, where: string): Check[] {
  const patterns = isRecord(patternProperties) ? Object.keys(patternProperties) : [];
  return patterns.flatMap((pattern) =>
    compiler.guarded(where, () => {
      const regex = pythonRegex(pattern);
      return (name) => regex.test(name as string);
    }),
  );
}

/** Before 2019-09 a dependency may also be a list of names. */
function dependencies(compiler: SchemaCompiler, given: unknown, where: string): Check {
  return dependent(
    compiler.named(given, where, (one, place) =>
      Array.isArray(one) ? requires(one) : compiler.compile(one, place),
    ),
  );
}

function definitions(compiler: SchemaCompiler, given: unknown, where: string): undefined {
  compiler.named(given, where);
}
