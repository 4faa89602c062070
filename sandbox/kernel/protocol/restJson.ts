import type { OperationModel, Reference, ServiceModel } from "../model/serviceModel.ts";
import { toBytes, toDate, toJson, writeTimestamp } from "../model/write.ts";
import { parseJsonObject } from "./json.ts";
import { header, type Protocol, type WireRequest } from "./wire.ts";

/** REST JSON: method and path name the operation; members travel in path, query, headers and body. */
export const restJsonProtocol: Protocol = {
  action(model, request) {
    return model.route(request.method, request.pathname)?.operation.name;
  },

  decode(model, operation, request) {
    const parameters = model.route(request.method, request.pathname)?.parameters ?? {};
    return {
      operation,
      raw: readMembers(model, operation, request, parameters),
      dialect: { blobText: "base64", textScalars: true, unknownMembers: "ignore" },
    };
  },

  encode(model, operation, output) {
    const shape = model.output(operation);
    const values = (output ?? {}) as Record<string, unknown>;
    const headers: Record<string, string> = { "content-type": "application/json" };
    const inBody: Record<string, Reference> = {};
    let status = operation.http.responseCode ?? 200;
    for (const [name, member] of Object.entries(shape.members ?? {})) {
      const value = values[name];
      if (member.location === "header" && value !== undefined)
        headers[(member.locationName ?? name).toLowerCase()] = headerText(model, member, value);
      else if (member.location === "statusCode" && value !== undefined) status = Number(value);
      else if (member.location === undefined) inBody[name] = member;
    }
    if (shape.payload) {
      const member = shape.members?.[shape.payload] as Reference;
      const payload = payloadOf(model, member, values[shape.payload]);
      return { status, headers, body: payload };
    }
    if (status === 204) return { status, headers: {}, body: "" };
    const body = toJson(model, { type: "structure", members: inBody }, values);
    return { status, headers, body: JSON.stringify(body) };
  },

  encodeError(model, error) {
    const code = model?.error(error.code)?.shape ?? error.code;
    return {
      status: error.status,
      headers: { "content-type": "application/json", "x-amzn-errortype": code },
      body: JSON.stringify({ message: error.message, Message: error.message, Type: "User", ...error.fields }),
    };
  },
};

function readMembers(
  model: ServiceModel,
  operation: OperationModel,
  request: WireRequest,
  parameters: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const shape = model.input(operation);
  const members = Object.entries(shape.members ?? {});
  const raw: Record<string, unknown> = {};
  const bodyMembers = members.filter(([, member]) => member.location === undefined);
  for (const [name, member] of members) {
    const wire = member.locationName ?? name;
    if (member.location === "uri") raw[name] = parameters[wire];
    else if (member.location === "header") raw[name] = header(request, wire.toLowerCase());
    else if (member.location === "querystring") raw[name] = readQuery(model, member, request.query, wire);
  }
  if (shape.payload) {
    const member = shape.members?.[shape.payload] as Reference;
    if (request.body.length > 0)
      raw[shape.payload] =
        model.shape(member.shape).type === "blob" ? request.body : parseJsonObject(request.body);
  } else if (bodyMembers.length > 0) {
    const document = parseJsonObject(request.body);
    for (const [name, member] of bodyMembers) raw[name] = document[member.locationName ?? name];
  }
  return raw;
}

function readQuery(model: ServiceModel, member: Reference, query: URLSearchParams, wire: string): unknown {
  if (model.shape(member.shape).type === "list") return query.has(wire) ? query.getAll(wire) : undefined;
  return query.get(wire) ?? undefined;
}

function headerText(model: ServiceModel, member: Reference, value: unknown): string {
  const shape = model.shape(member.shape);
  if (shape.type === "timestamp")
    return String(writeTimestamp(toDate(value), member.timestampFormat ?? "rfc822"));
  return String(value);
}

function payloadOf(model: ServiceModel, member: Reference, value: unknown): Buffer | string {
  const shape = model.shape(member.shape);
  if (value === undefined || value === null) return "";
  return shape.type === "blob" || shape.type === "string"
    ? toBytes(value)
    : JSON.stringify(toJson(model, shape, value));
}
