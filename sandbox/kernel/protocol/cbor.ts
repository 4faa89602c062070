import { cbor, tag as cborTag } from "@smithy/core/cbor";
import { toJson } from "../model/write.ts";
import { ServiceError } from "../types.ts";
import type { Protocol } from "./wire.ts";

const operationPath = /^\/service\/([^/]+)\/operation\/([^/]+)\/?$/;
const headers = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };

/** Smithy RPC v2 CBOR, which current SDKs use for CloudWatch. */
export const cborProtocol: Protocol = {
  action(model, request) {
    const match = operationPath.exec(request.pathname);
    return match?.[1] === model.metadata.targetPrefix ? match?.[2] : undefined;
  },

  decode(_model, operation, request) {
    let raw: unknown;
    try {
      raw = request.body.length === 0 ? {} : untag(cbor.deserialize(request.body));
    } catch (cause) {
      throw new ServiceError(
        "SerializationException",
        `request body: expected CBOR: ${(cause as Error).message}`,
      );
    }
    return {
      operation,
      raw: raw as Record<string, unknown>,
      dialect: { blobText: "base64", textScalars: false, unknownMembers: "ignore" },
    };
  },

  encode(model, operation, output) {
    const document = operation.output ? toJson(model, model.output(operation), output ?? {}, "cbor") : {};
    return { status: 200, headers, body: Buffer.from(cbor.serialize(tag(document))) };
  },

  encodeError(model, error) {
    const known = model?.error(error.code);
    const shape = known?.shape ?? error.code;
    const fault = error.status >= 500 ? "Receiver" : "Sender";
    return {
      status: error.status,
      headers: { ...headers, "x-amzn-query-error": `${known?.code ?? error.code};${fault}` },
      body: Buffer.from(
        cbor.serialize({ __type: shape, message: error.message, Message: error.message, ...error.fields }),
      ),
    };
  },
};

/** Timestamps travel as CBOR tag 1 (epoch seconds). */
function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  const tagged = value as { tag?: unknown; value?: unknown };
  if (tagged.tag === 1) return new Date(Math.round(Number(tagged.value) * 1000));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, untag(item)]));
}

function tag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tag);
  if (value instanceof Date) return cborTag({ tag: 1, value: value.getTime() / 1000 });
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  const defined = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(defined.map(([key, item]) => [key, tag(item)]));
}
