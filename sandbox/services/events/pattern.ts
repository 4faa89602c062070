type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Matcher = (value: Json | undefined) => boolean;
type Test = (event: Json) => boolean;

/**
 * Compiles an EventBridge event pattern.
 * @throws Error listing everything that is no pattern, or that the sandbox does not evaluate
 */
export function compilePattern(text: string): Test {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch (cause) {
    throw new Error(`Event pattern is not valid. Reason: ${(cause as Error).message}`);
  }
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw new Error("Event pattern is not valid. Reason: expected a non-empty object");
  const problems: string[] = [];
  const test = compileObject(pattern as Record<string, unknown>, "", problems);
  if (problems.length > 0) throw new Error(`Event pattern is not valid. Reason: ${problems.join("; ")}`);
  return test;
}

function compileObject(pattern: Record<string, unknown>, path: string, problems: string[]): Test {
  const tests = Object.entries(pattern).map(([key, value]): Test => {
    const at = path === "" ? key : `${path}.${key}`;
    if (key === "$or" && Array.isArray(value)) {
      if (value.length < 2) problems.push(`${at}: expected at least two alternatives`);
      const alternatives = value.map((each) =>
        compileObject(each as Record<string, unknown>, path, problems),
      );
      return (event) => alternatives.some((alternative) => alternative(event));
    }
    if (Array.isArray(value)) return compileField(key, value, at, problems);
    if (!isObject(value)) {
      problems.push(`${at}: expected a list or an object, got ${JSON.stringify(value)}`);
      return () => false;
    }
    const inner = compileObject(value as Record<string, unknown>, at, problems);
    // Lists of objects match when one of them does.
    return (event) => candidates(isObject(event) ? event[key] : undefined).some((each) => inner(each));
  });
  return (event) => tests.every((test) => test(event));
}

function candidates(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [{}];
  return Array.isArray(value) ? value : [value as Json];
}

function compileField(key: string, list: readonly unknown[], path: string, problems: string[]): Test {
  if (list.length === 0) problems.push(`${path}: empty lists are not allowed`);
  const matchers = list.map((item, index) => compileMatcher(item, `${path}[${index}]`, problems));
  return (event) => {
    const value = isObject(event) ? event[key] : undefined;
    const values: readonly (Json | undefined)[] = Array.isArray(value) && value.length > 0 ? value : [value];
    return matchers.some((matches) => values.some((each) => matches(each)));
  };
}

function compileMatcher(item: unknown, path: string, problems: string[]): Matcher {
  if (item === null || typeof item !== "object") return (value) => value === item;
  const entries = Object.entries(item as Record<string, unknown>);
  const [name, argument] = entries[0] ?? ["", undefined];
  if (entries.length !== 1 || Array.isArray(item)) {
    problems.push(`${path}: expected one matcher, got ${JSON.stringify(item)}`);
    return () => false;
  }
  const compile = matchers[name];
  if (!compile) {
    problems.push(`${path}: unrecognized match type ${name}; supported: ${Object.keys(matchers).join(", ")}`);
    return () => false;
  }
  try {
    return compile(argument);
  } catch (error) {
    problems.push(`${path}.${name}: ${(error as Error).message}`);
    return () => false;
  }
}

const ofText =
  (test: (value: string) => boolean): Matcher =>
  (value) =>
    typeof value === "string" && test(value);

function text(argument: unknown): string {
  if (typeof argument !== "string" || argument === "")
    throw new Error(`expected a string, got ${JSON.stringify(argument)}`);
  return argument;
}

/** `"x"` or `{"equals-ignore-case": "x"}`. */
function affix(argument: unknown, matches: (value: string, affix: string) => boolean): Matcher {
  const folded = isObject(argument) ? (argument as Record<string, unknown>)["equals-ignore-case"] : undefined;
  if (folded !== undefined) {
    const wanted = text(folded).toLowerCase();
    return ofText((value) => matches(value.toLowerCase(), wanted));
  }
  const wanted = text(argument);
  return ofText((value) => matches(value, wanted));
}

const matchers: Readonly<Record<string, (argument: unknown) => Matcher>> = {
  prefix: (argument) =>
    argument === "" ? ofText(() => true) : affix(argument, (value, wanted) => value.startsWith(wanted)),
  suffix: (argument) => affix(argument, (value, wanted) => value.endsWith(wanted)),
  "equals-ignore-case": (argument) => {
    const wanted = text(argument).toLowerCase();
    return ofText((value) => value.toLowerCase() === wanted);
  },
  wildcard: (argument) => {
    const wanted = text(argument);
    if (wanted.includes("**")) throw new Error("consecutive wildcard characters are not allowed");
    // Only `*` is special here, unlike in IAM; a backslash makes it literal.
    const source = wanted.replace(/\\\*|\*|[.+?^${}()|[\]\\]/g, (part) =>
      part === "*" ? ".*" : part === "\\*" ? "\\*" : `\\${part}`,
    );
    const expression = new RegExp(`^${source}$`, "s");
    return ofText((value) => expression.test(value));
  },
  exists: (argument) => {
    if (typeof argument !== "boolean")
      throw new Error(`expected true or false, got ${JSON.stringify(argument)}`);
    return (value) => (value !== undefined) === argument;
  },
  numeric: compileNumeric,
  cidr: compileCidr,
  "anything-but": compileAnythingBut,
};

function compileAnythingBut(argument: unknown): Matcher {
  if (isObject(argument)) {
    const [name, inner] = Object.entries(argument as Record<string, unknown>)[0] ?? ["", undefined];
    if (!["prefix", "suffix", "equals-ignore-case", "wildcard"].includes(name))
      throw new Error(`unrecognized match type ${name}`);
    const excluded = (Array.isArray(inner) ? inner : [inner]).map((each) =>
      (matchers[name] as (value: unknown) => Matcher)(each),
    );
    return (value) => value !== undefined && !excluded.some((matches) => matches(value));
  }
  const list: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  if (list.length === 0 || list.some((each) => typeof each !== "string" && typeof each !== "number"))
    throw new Error(`expected strings or numbers, got ${JSON.stringify(argument)}`);
  return (value) => value !== undefined && !list.includes(value);
}

const numericTests: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

function compileNumeric(argument: unknown): Matcher {
  if (!Array.isArray(argument) || argument.length === 0 || argument.length % 2 !== 0)
    throw new Error(`expected pairs of operator and number, got ${JSON.stringify(argument)}`);
  const tests = Array.from({ length: argument.length / 2 }, (_, index) => {
    const operator = argument[2 * index] as string;
    const bound = argument[2 * index + 1] as number;
    const compare = numericTests[operator];
    if (!compare || typeof bound !== "number")
      throw new Error(`expected operator and number, got ${JSON.stringify([operator, bound])}`);
    return (value: number) => compare(value, bound);
  });
  return (value) => typeof value === "number" && tests.every((test) => test(value));
}

function compileCidr(argument: unknown): Matcher {
  const [network = "", bits = ""] = text(argument).split("/");
  const size = Number(bits);
  const number = (address: string): number | undefined => {
    const parts = address.split(".").map(Number);
    if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
    return parts.reduce((total, part) => total * 256 + part, 0);
  };
  const base = number(network);
  if (base === undefined || !(size >= 0 && size <= 32))
    throw new Error(`the sandbox evaluates IPv4 ranges only, got ${JSON.stringify(argument)}`);
  const block = 2 ** (32 - size);
  return ofText((value) => {
    const address = number(value);
    return address !== undefined && Math.floor(address / block) === Math.floor(base / block);
  });
}

function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
