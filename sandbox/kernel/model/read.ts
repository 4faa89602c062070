import type { Reference, ServiceModel, Shape } from "./serviceModel.ts";

/** How scalar values are written in the source of an input. */
export interface Dialect {
  /** A blob given as a string: base64 in JSON on the wire, plain text in a call between services. */
  readonly blobText: "base64" | "utf8";
  /** Numbers and booleans may arrive as text (query strings, headers, forms). */
  readonly textScalars: boolean;
  /** Whether a member that AWS's model does not have is a problem. On the wire AWS ignores it. */
  readonly unknownMembers: "ignore" | "refuse";
}

export interface Problems {
  /** Violated constraints, each in AWS's words. */
  readonly constraints: string[];
  /** Values of a wrong type; AWS calls these serialization errors and checks nothing else. */
  readonly types: string[];
}

/** Turns a parsed document into an operation's input (dates as `Date`, blobs as bytes) and notes everything that the model forbids. */
export class InputReader {
  readonly problems: Problems = { constraints: [], types: [] };
  readonly #model: ServiceModel;
  readonly #dialect: Dialect;

  constructor(model: ServiceModel, dialect: Dialect) {
    this.#model = model;
    this.#dialect = dialect;
  }

  structure(shape: Shape, raw: Readonly<Record<string, unknown>>, path = ""): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const members = shape.members ?? {};
    for (const [name, value] of Object.entries(raw)) {
      const member = members[name];
      if (value === null || value === undefined) continue;
      if (member) result[name] = this.#value(member, value, join(path, name));
      else if (this.#dialect.unknownMembers === "refuse")
        this.problems.constraints.push(
          `Unknown parameter ${JSON.stringify(join(path, name))}, must be one of: ${Object.keys(members).join(", ")}`,
        );
    }
    for (const name of shape.required ?? []) {
      if (result[name] === undefined)
        this.problems.constraints.push(constraint(null, join(path, name), "Member must not be null"));
    }
    if (shape.union && Object.keys(result).length > 1)
      this.problems.constraints.push(constraint(result, path, "Member must have exactly one member set"));
    return result;
  }

  #value(reference: Reference, raw: unknown, path: string): unknown {
    const shape = this.#model.shape(reference.shape);
    switch (shape.type) {
      case "structure":
        if (shape.document) return raw;
        return isRecord(raw) ? this.structure(shape, raw, path) : this.#wrongType(path, "object", raw);
      case "list":
        return Array.isArray(raw) ? this.#list(shape, raw, path) : this.#wrongType(path, "list", raw);
      case "map":
        return isRecord(raw) ? this.#map(shape, raw, path) : this.#wrongType(path, "map", raw);
      case "string":
      case "character":
        return typeof raw === "string"
          ? this.#string(shape, raw, path)
          : this.#wrongType(path, "string", raw);
      case "boolean":
        return this.#boolean(raw, path);
      case "timestamp":
        return this.#timestamp(raw, path);
      case "blob":
        return this.#blob(shape, raw, path);
      default:
        return this.#number(shape, raw, path);
    }
  }

  #list(shape: Shape, raw: readonly unknown[], path: string): unknown[] {
    this.#length(shape, raw.length, raw, path);
    return raw.map((item, index) => {
      if (item === null) return this.#wrongType(`${path}.${index + 1}.member`, "value", item);
      return this.#value(shape.member as Reference, item, `${path}.${index + 1}.member`);
    });
  }

  #map(shape: Shape, raw: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
    const entries = Object.entries(raw).filter(([, value]) => value !== null && value !== undefined);
    this.#length(shape, entries.length, raw, path);
    const result: Record<string, unknown> = {};
    for (const [key, value] of entries) {
      this.#value(shape.key as Reference, key, `${path}.${key}.key`);
      result[key] = this.#value(shape.value as Reference, value, `${path}.${key}.member`);
    }
    return result;
  }

  #string(shape: Shape, raw: string, path: string): string {
    this.#length(shape, raw.length, raw, path);
    if (shape.enum && !shape.enum.includes(raw))
      this.problems.constraints.push(
        constraint(raw, path, `Member must satisfy enum value set: [${shape.enum.join(", ")}]`),
      );
    const pattern = shape.pattern === undefined ? undefined : this.#model.pattern(shape.pattern);
    if (pattern && !pattern.test(raw))
      this.problems.constraints.push(
        constraint(raw, path, `Member must satisfy regular expression pattern: ${shape.pattern}`),
      );
    return raw;
  }

  #boolean(raw: unknown, path: string): unknown {
    if (typeof raw === "boolean") return raw;
    if (this.#dialect.textScalars && (raw === "true" || raw === "false")) return raw === "true";
    return this.#wrongType(path, "boolean", raw);
  }

  #number(shape: Shape, raw: unknown, path: string): unknown {
    const whole = !["float", "double", "bigdecimal"].includes(shape.type);
    const text =
      typeof raw === "string" && raw.trim() !== "" && (this.#dialect.textScalars || nonFinite.has(raw));
    const value = typeof raw === "bigint" ? Number(raw) : text ? Number(raw) : raw;
    if (typeof value !== "number" || (Number.isNaN(value) && raw !== "NaN" && !Number.isNaN(raw)))
      return this.#wrongType(path, shape.type, raw);
    if (whole && !Number.isInteger(value)) return this.#wrongType(path, shape.type, raw);
    if (shape.min !== undefined && value < shape.min)
      this.problems.constraints.push(
        constraint(value, path, `Member must have value greater than or equal to ${shape.min}`),
      );
    if (shape.max !== undefined && value > shape.max)
      this.problems.constraints.push(
        constraint(value, path, `Member must have value less than or equal to ${shape.max}`),
      );
    return value;
  }

  #timestamp(raw: unknown, path: string): unknown {
    if (raw instanceof Date) return raw;
    const numeric = typeof raw === "string" && /^-?\d+(\.\d+)?$/.test(raw) ? Number(raw) : raw;
    const date =
      typeof numeric === "number"
        ? new Date(numeric * 1000)
        : typeof raw === "string"
          ? new Date(raw)
          : undefined;
    if (!date || Number.isNaN(date.getTime())) return this.#wrongType(path, "timestamp", raw);
    return date;
  }

  #blob(shape: Shape, raw: unknown, path: string): unknown {
    const bytes =
      raw instanceof Uint8Array
        ? raw
        : typeof raw === "string"
          ? Buffer.from(raw, this.#dialect.blobText)
          : undefined;
    if (!bytes) return this.#wrongType(path, "blob", raw);
    this.#length(shape, bytes.length, "<bytes>", path);
    return bytes;
  }

  #length(shape: Shape, length: number, value: unknown, path: string): void {
    if (shape.min !== undefined && length < shape.min)
      this.problems.constraints.push(
        constraint(value, path, `Member must have length greater than or equal to ${shape.min}`),
      );
    if (shape.max !== undefined && length > shape.max)
      this.problems.constraints.push(
        constraint(value, path, `Member must have length less than or equal to ${shape.max}`),
      );
  }

  #wrongType(path: string, expected: string, raw: unknown): undefined {
    this.problems.types.push(`${path}: expected ${expected}, got ${JSON.stringify(raw) ?? String(raw)}`);
    return undefined;
  }
}

const nonFinite = new Set(["NaN", "Infinity", "-Infinity"]);

/** AWS's way of naming a member: lower first letter, `list.1.member.field`. */
function join(path: string, name: string): string {
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  return path === "" ? member : `${path}.${member}`;
}

function constraint(value: unknown, path: string, rule: string): string {
  const shown =
    value === null
      ? "null"
      : `'${typeof value === "string" ? shorten(value) : shorten(JSON.stringify(value) ?? "")}'`;
  return `Value ${value === null ? "null" : shown} at '${path}' failed to satisfy constraint: ${rule}`;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  );
}
