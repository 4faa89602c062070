import { execFileSync } from "node:child_process";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

export interface Reference {
  readonly shape: string;
  readonly location?: "uri" | "querystring" | "header" | "headers" | "statusCode";
  readonly locationName?: string;
  readonly queryName?: string;
  readonly timestampFormat?: "iso8601" | "unixTimestamp" | "rfc822";
  readonly flattened?: boolean;
  readonly streaming?: boolean;
}

export interface Shape {
  readonly type:
    | "structure"
    | "list"
    | "map"
    | "string"
    | "integer"
    | "long"
    | "float"
    | "double"
    | "boolean"
    | "timestamp"
    | "blob"
    | "character"
    | "short"
    | "byte"
    | "bigdecimal"
    | "biginteger";
  readonly members?: Readonly<Record<string, Reference>>;
  readonly required?: readonly string[];
  readonly member?: Reference;
  readonly key?: Reference;
  readonly value?: Reference;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly payload?: string;
  readonly flattened?: boolean;
  readonly document?: boolean;
  readonly union?: boolean;
  readonly exception?: boolean;
  readonly error?: { readonly code?: string; readonly httpStatusCode?: number };
  readonly timestampFormat?: Reference["timestampFormat"];
}

export interface OperationModel {
  readonly name: string;
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number };
  readonly input?: { readonly shape: string };
  readonly output?: { readonly shape: string; readonly resultWrapper?: string };
  readonly errors?: readonly { readonly shape: string }[];
}

interface ServiceDocument {
  readonly metadata: {
    readonly protocol: string;
    readonly protocols?: readonly string[];
    readonly jsonVersion?: string;
    readonly targetPrefix?: string;
    readonly apiVersion: string;
    readonly serviceId: string;
    readonly xmlNamespace?: string;
    readonly awsQueryCompatible?: unknown;
  };
  readonly operations: Readonly<Record<string, OperationModel>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const emptyStructure: Shape = { type: "structure", members: {} };

/** AWS's own model of one service, as botocore carries it: operations, shapes and the protocols it speaks. */
export class ServiceModel {
  readonly name: string;
  readonly metadata: ServiceDocument["metadata"];
  readonly operations: ServiceDocument["operations"];
  readonly #shapes: ServiceDocument["shapes"];
  readonly #patterns = new Map<string, RegExp | undefined>();
  readonly #routes: readonly Route[];
  #errorCodes: ReadonlyMap<string, { shape: string; code: string; status: number }> | undefined;

  constructor(name: string, document: ServiceDocument) {
    this.name = name;
    this.metadata = document.metadata;
    this.operations = document.operations;
    this.#shapes = document.shapes;
    this.#routes = document.metadata.protocol === "rest-json" ? routesOf(document.operations) : [];
  }

  shape(name: string): Shape {
    return this.#shapes[name] ?? emptyStructure;
  }

  input(operation: OperationModel): Shape {
    return operation.input ? this.shape(operation.input.shape) : emptyStructure;
  }

  output(operation: OperationModel): Shape {
    return operation.output ? this.shape(operation.output.shape) : emptyStructure;
  }

  speaks(protocol: string): boolean {
    return this.metadata.protocol === protocol || (this.metadata.protocols ?? []).includes(protocol);
  }

  /** The operation that a REST request addresses, with its path parameters decoded. */
  route(
    method: string,
    pathname: string,
  ): { operation: OperationModel; parameters: Record<string, string> } | undefined {
    for (const route of this.#routes) {
      if (route.method !== method) continue;
      const match = route.expression.exec(pathname);
      if (!match) continue;
      const parameters = Object.fromEntries(
        route.names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? "")]),
      );
      return { operation: route.operation, parameters };
    }
    return undefined;
  }

  /** AWS writes patterns for Java; those that JavaScript cannot read are not checked. AWS matches the whole value. */
  pattern(source: string): RegExp | undefined {
    if (!this.#patterns.has(source)) this.#patterns.set(source, compilePattern(source));
    return this.#patterns.get(source);
  }

  /** Shape, wire code and status of an error, looked up by shape name or by wire code. */
  error(code: string): { shape: string; code: string; status: number } | undefined {
    this.#errorCodes ??= errorCodesOf(this.#shapes);
    return this.#errorCodes.get(code);
  }
}

interface Route {
  readonly method: string;
  readonly expression: RegExp;
  readonly names: readonly string[];
  readonly operation: OperationModel;
}

function routesOf(operations: ServiceDocument["operations"]): readonly Route[] {
  const routes = Object.values(operations).map((operation) => {
    const template = operation.http.requestUri.split("?")[0] as string;
    const names: string[] = [];
    const source = template
      .replace(/\/+$/, "")
      .replace(/[.*+?^$()|[\]\\]|\{([^}]+)\}/g, (text, name?: string) => {
        if (!name) return `\\${text}`;
        names.push(name.replace(/\+$/, ""));
        return name.endsWith("+") ? "(.+?)" : "([^/]+)";
      });
    return { method: operation.http.method, expression: new RegExp(`^${source}/?$`), names, operation };
  });
  // Literal paths win over templates that would also match.
  return routes.sort((a, b) => a.names.length - b.names.length);
}

function compilePattern(javaSource: string): RegExp | undefined {
  const source = translateJava(javaSource);
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(`^(?:${source})$`, flags);
    } catch {
      // Next flags; a pattern that needs Java's syntax is left unchecked, see the docstring above.
    }
  }
  return undefined;
}

/** The parts of Java's syntax that AWS's models use and JavaScript reads otherwise: anchors and POSIX classes. */
const JAVA_SYNTAX: readonly (readonly [RegExp, string])[] = [
  [/\\A/g, "^"],
  [/\\[zZ]/g, "$"],
  [/\[\\p\{Print\}\]/g, "[\\x20-\\x7E]"],
  [/\\p\{Print\}/g, "[\\x20-\\x7E]"],
];

function translateJava(source: string): string {
  return JAVA_SYNTAX.reduce((text, [from, to]) => text.replace(from, to), source);
}

function errorCodesOf(
  shapes: ServiceDocument["shapes"],
): ReadonlyMap<string, { shape: string; code: string; status: number }> {
  const codes = new Map<string, { shape: string; code: string; status: number }>();
  const errors = Object.entries(shapes).filter(([, shape]) => shape.exception);
  for (const [name, shape] of errors) {
    const entry = {
      shape: name,
      code: shape.error?.code ?? name,
      status: shape.error?.httpStatusCode ?? 400,
    };
    codes.set(name, entry);
  }
  for (const entry of [...codes.values()]) if (!codes.has(entry.code)) codes.set(entry.code, entry);
  return codes;
}

/** Reads service models from the botocore of a Python environment, each once and on first use. */
export class ModelLibrary {
  readonly #folder: string;
  readonly #models = new Map<string, ServiceModel>();

  /** @throws Error when the interpreter has no botocore */
  constructor(python: string) {
    this.#folder = botocoreData(python);
  }

  get(name: string): ServiceModel {
    const known = this.#models.get(name);
    if (known) return known;
    const folder = path.join(this.#folder, name);
    const version = existsSync(folder) ? readdirSync(folder).sort().at(-1) : undefined;
    if (!version)
      throw new Error(`service model ${JSON.stringify(name)}: expected a folder in ${this.#folder}`);
    const packed = path.join(folder, version, "service-2.json.gz");
    const text = existsSync(packed)
      ? gunzipSync(readFileSync(packed))
      : readFileSync(path.join(folder, version, "service-2.json"));
    const model = new ServiceModel(name, JSON.parse(text.toString("utf8")) as ServiceDocument);
    this.#models.set(name, model);
    return model;
  }
}

function botocoreData(python: string): string {
  const root = path.dirname(path.dirname(python));
  const found = globSync(path.join(root, "lib", "python3*", "site-packages", "botocore", "data"))[0];
  if (found) return found;
  const script = "import botocore, os; print(os.path.join(os.path.dirname(botocore.__file__), 'data'))";
  return execFileSync(python, ["-c", script], { encoding: "utf8" }).trim();
}
