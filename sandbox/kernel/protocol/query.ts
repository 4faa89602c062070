import type { Reference, ServiceModel, Shape } from "../model/serviceModel.ts";
import { toBytes, toDate } from "../model/write.ts";
import { header, type Protocol } from "./wire.ts";

/** AWS Query: a form with `Action` and flat member names in, XML out. */
export const queryProtocol: Protocol = {
  action(_model, request) {
    const form = formOf(request);
    return form.get("Action") ?? undefined;
  },

  decode(model, operation, request) {
    const form = formOf(request);
    const fields = [...form].filter(([name]) => name !== "Action" && name !== "Version");
    return {
      operation,
      raw: (nest(model, model.input(operation), fields) ?? {}) as Record<string, unknown>,
      dialect: { blobText: "base64", textScalars: true, unknownMembers: "ignore" },
    };
  },

  encode(model, operation, output, requestId) {
    const wrapper = operation.output?.resultWrapper;
    const inner = operation.output ? xmlMembers(model, model.output(operation), output ?? {}) : "";
    const result = wrapper ? `<${wrapper}>${inner}</${wrapper}>` : inner;
    const name = `${operation.name}Response`;
    const body = `<${name} xmlns="${model.metadata.xmlNamespace ?? ""}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}>`;
    return { status: 200, headers: { "content-type": "text/xml" }, body };
  },

  encodeError(model, error, requestId) {
    const code = model?.error(error.code)?.code ?? error.code;
    const type = error.status >= 500 ? "Receiver" : "Sender";
    const body = `<ErrorResponse xmlns="${model?.metadata.xmlNamespace ?? ""}"><Error><Type>${type}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { status: error.status, headers: { "content-type": "text/xml" }, body };
  },
};

function formOf(request: Parameters<Protocol["action"]>[1]): URLSearchParams {
  const isForm = header(request, "content-type")?.includes("application/x-www-form-urlencoded");
  return isForm ? new URLSearchParams(request.body.toString("utf8")) : request.query;
}

type Fields = readonly (readonly [string, string])[];

/** Rebuilds a nested document from `A.member.1.B=…` by the shape it should have. */
function nest(model: ServiceModel, shape: Shape, fields: Fields): unknown {
  if (shape.type === "structure") {
    const result: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(shape.members ?? {})) {
      const wire = member.queryName ?? wireListName(model, member) ?? member.locationName ?? name;
      const own = under(fields, wire);
      if (own.length > 0) result[name] = nest(model, model.shape(member.shape), own);
    }
    return result;
  }
  if (shape.type === "list") {
    const items = shape.flattened ? fields : under(fields, shape.member?.locationName ?? "member");
    if (items.length === 1 && items[0]?.[0] === "" && items[0][1] === "") return [];
    return numbered(items).map((item) => nest(model, model.shape((shape.member as Reference).shape), item));
  }
  if (shape.type === "map") {
    const entries = numbered(shape.flattened ? fields : under(fields, "entry"));
    return Object.fromEntries(
      entries.map((entry) => [
        under(entry, shape.key?.locationName ?? "key")[0]?.[1] ?? "",
        nest(
          model,
          model.shape((shape.value as Reference).shape),
          under(entry, shape.value?.locationName ?? "value"),
        ),
      ]),
    );
  }
  return fields.find(([name]) => name === "")?.[1];
}

/** A flattened list of structures takes the member's own name on the wire. */
function wireListName(model: ServiceModel, member: Reference): string | undefined {
  const shape = model.shape(member.shape);
  return shape.type === "list" && shape.flattened ? shape.member?.locationName : undefined;
}

function under(fields: Fields, name: string): Fields {
  const prefix = `${name}.`;
  return fields.flatMap(([key, value]) => {
    if (key === name) return [["", value] as const];
    return key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [];
  });
}

function numbered(fields: Fields): readonly Fields[] {
  const groups = new Map<number, [string, string][]>();
  for (const [key, value] of fields) {
    const dot = key.indexOf(".");
    const index = Number(dot === -1 ? key : key.slice(0, dot));
    const group = groups.get(index) ?? [];
    groups.set(index, group);
    group.push([dot === -1 ? "" : key.slice(dot + 1), value]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

function xmlMembers(model: ServiceModel, shape: Shape, value: unknown): string {
  const source = value as Record<string, unknown>;
  return Object.entries(shape.members ?? {})
    .map(([name, member]) => xmlElement(model, member, member.locationName ?? name, source[name]))
    .join("");
}

function xmlElement(model: ServiceModel, reference: Reference, name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  const shape = model.shape(reference.shape);
  if (shape.type === "list") {
    const items = value as readonly unknown[];
    const item = shape.member as Reference;
    if (shape.flattened)
      return items.map((each) => xmlElement(model, item, item.locationName ?? name, each)).join("");
    const inner = items.map((each) => xmlElement(model, item, item.locationName ?? "member", each)).join("");
    return `<${name}>${inner}</${name}>`;
  }
  if (shape.type === "map") {
    const inner = Object.entries(value as Record<string, unknown>).map(([key, item]) => {
      const keyName = shape.key?.locationName ?? "key";
      return `<entry><${keyName}>${escapeXml(key)}</${keyName}>${xmlElement(model, shape.value as Reference, shape.value?.locationName ?? "value", item)}</entry>`;
    });
    return `<${name}>${inner.join("")}</${name}>`;
  }
  if (shape.type === "structure") return `<${name}>${xmlMembers(model, shape, value)}</${name}>`;
  return `<${name}>${escapeXml(scalar(shape, value))}</${name}>`;
}

function scalar(shape: Shape, value: unknown): string {
  if (shape.type === "timestamp") return toDate(value).toISOString();
  if (shape.type === "blob") return toBytes(value).toString("base64");
  return String(value);
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, (char) => entities[char] as string);
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#xD;",
};
