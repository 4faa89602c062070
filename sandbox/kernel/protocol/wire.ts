import type { Dialect } from "../model/read.ts";
import type { OperationModel, ServiceModel } from "../model/serviceModel.ts";
import type { ServiceError } from "../types.ts";

/** One HTTP request as a protocol sees it. */
export interface WireRequest {
  readonly method: string;
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

export interface DecodedRequest {
  readonly operation: OperationModel;
  /** The input as written on the wire, keyed by member name, not yet checked. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly dialect: Dialect;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** One of AWS's wire protocols: how it names the operation, carries the input, the output and an error. */
export interface Protocol {
  /** The operation's name, or undefined when the request does not speak this protocol. */
  action(model: ServiceModel, request: WireRequest): string | undefined;
  /** @throws ServiceError when the body cannot be parsed */
  decode(model: ServiceModel, operation: OperationModel, request: WireRequest): DecodedRequest;
  encode(model: ServiceModel, operation: OperationModel, output: unknown, requestId: string): WireResponse;
  encodeError(model: ServiceModel | undefined, error: ServiceError, requestId: string): WireResponse;
}

export function header(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.[0];
}
