import type { Reference, ServiceModel, Shape } from "./serviceModel.ts";

/**
 * Turns an operation's output into a JSON document as AWS writes it: timestamps as epoch seconds (or as the model says), blobs as base64.
 * Members that the model does not have are dropped, so that no service leaks its bookkeeping.
 */
export function toJson(
  model: ServiceModel,
  shape: Shape,
  value: unknown,
  target: "json" | "cbor" = "json",
): unknown {
  return write(model, shape, value, undefined, target);
}

function write(
  model: ServiceModel,
  shape: Shape,
  value: unknown,
  reference: Reference | undefined,
  target: "json" | "cbor",
): unknown {
  if (value === undefined || value === null) return undefined;
  const child = (to: Reference, item: unknown) => write(model, model.shape(to.shape), item, to, target);
  switch (shape.type) {
    case "structure": {
      if (shape.document) return value;
      const result: Record<string, unknown> = {};
      const source = value as Record<string, unknown>;
      for (const [name, member] of Object.entries(shape.members ?? {})) {
        const written = child(member, source[name]);
        if (written !== undefined) result[wireName(name, member)] = written;
      }
      return result;
    }
    case "list":
      return Array.from(value as Iterable<unknown>, (item) => child(shape.member as Reference, item) ?? null);
    case "map": {
      const entries = Object.entries(value as Record<string, unknown>);
      return Object.fromEntries(entries.map(([key, item]) => [key, child(shape.value as Reference, item)]));
    }
    case "timestamp":
      return target === "cbor"
        ? toDate(value)
        : writeTimestamp(toDate(value), reference?.timestampFormat ?? shape.timestampFormat);
    case "blob":
      return target === "cbor" ? toBytes(value) : toBytes(value).toString("base64");
    case "float":
    case "double":
      return target === "json" && typeof value === "number" && !Number.isFinite(value)
        ? String(value)
        : value;
    default:
      return value;
  }
}

function wireName(name: string, member: Reference): string {
  return member.location === undefined ? (member.locationName ?? name) : name;
}

/** Seconds with milliseconds by default, ISO 8601 or RFC 822 where a model asks for it. */
export function writeTimestamp(
  date: Date,
  format: Reference["timestampFormat"] = "unixTimestamp",
): number | string {
  if (format === "iso8601") return date.toISOString();
  if (format === "rfc822") return date.toUTCString();
  return date.getTime() / 1000;
}

/** Services may answer with `Date` or with epoch milliseconds. */
export function toDate(value: unknown): Date {
  return value instanceof Date ? value : new Date(value as number | string);
}

export function toBytes(value: unknown): Buffer {
  if (typeof value === "string") return Buffer.from(value, "utf8");
  const bytes = value as Uint8Array;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
