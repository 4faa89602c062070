import { toJson } from "../model/write.ts";
import { ServiceError } from "../types.ts";
import { header, type Protocol } from "./wire.ts";

/** AWS JSON 1.0 and 1.1: the operation in `x-amz-target`, input and output as one JSON document. */
export const jsonProtocol: Protocol = {
  action(model, request) {
    const target = header(request, "x-amz-target");
    const [prefix, action] = target?.split(".") ?? [];
    return prefix === model.metadata.targetPrefix ? action : undefined;
  },

  decode(_model, operation, request) {
    return {
      operation,
      raw: parseJsonObject(request.body),
      dialect: { blobText: "base64", textScalars: false, unknownMembers: "ignore" },
    };
  },

  encode(model, operation, output) {
    const body = operation.output ? (toJson(model, model.output(operation), output ?? {}) ?? {}) : {};
    return { status: 200, headers: { "content-type": contentType(model) }, body: JSON.stringify(body) };
  },

  encodeError(model, error) {
    const known = model?.error(error.code);
    const code = known?.shape ?? error.code;
    return {
      status: error.status,
      headers: { "content-type": contentType(model), "x-amzn-errortype": code },
      body: JSON.stringify({ __type: code, message: error.message, Message: error.message, ...error.fields }),
    };
  },
};

function contentType(model: Parameters<Protocol["encodeError"]>[0]): string {
  return `application/x-amz-json-${model?.metadata.jsonVersion ?? "1.1"}`;
}

/** @throws ServiceError (`SerializationException`) when the body is no JSON object */
export function parseJsonObject(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new ServiceError(
      "SerializationException",
      `request body: expected JSON: ${(cause as Error).message}`,
    );
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new ServiceError("SerializationException", "request body: expected a JSON object");
  return parsed as Record<string, unknown>;
}
