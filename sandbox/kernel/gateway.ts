import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConnectionCut, type Dispatcher } from "./dispatcher.ts";
import { internalFailure, unsupported } from "./errors.ts";
import { credentialScope, mirroredDate, readRequest, send, xmlError } from "./http.ts";
import type { Identities, Identity } from "./identities.ts";
import { ParkableToken } from "./parkableToken.ts";
import { cborProtocol } from "./protocol/cbor.ts";
import { jsonProtocol } from "./protocol/json.ts";
import { queryProtocol } from "./protocol/query.ts";
import { restJsonProtocol } from "./protocol/restJson.ts";
import { header, type Protocol, type WireRequest, type WireResponse } from "./protocol/wire.ts";
import { type Clock, type SandboxService, ServiceError } from "./types.ts";

/** A request that a service handles below the protocols, because it streams (S3). */
export interface RawHandler {
  handle(exchange: Exchange): Promise<void>;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly identity: Identity;
  readonly requestId: string;
}

/** A service whose requests are passed on as they came after they were checked (ministack's). */
export interface ForwardingService extends SandboxService {
  forward(
    request: WireRequest,
    input: Record<string, unknown>,
    park: <T>(wait: () => Promise<T>) => Promise<T>,
  ): Promise<WireResponse>;
}

export interface GatewayParts {
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly identities: Identities;
  readonly uuid: () => string;
  /** Streaming services by signing name. */
  readonly raw: ReadonlyMap<string, RawHandler>;
  /** Requests under `/_sluice/`. */
  readonly control: (exchange: Omit<Exchange, "identity">) => Promise<void>;
  /** The gateways of the sandbox's other accounts. */
  readonly others: () => readonly Gateway[];
}

/**
 * The one port of the sandbox. Routes by the service in the credential scope, finds the caller and its account by access key, holds the clock while a
 * request is in flight, and mirrors the caller's time in `Date`, because SDKs take a difference for clock skew and retry.
 */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #server: Server;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#server = createServer(
      { keepAliveTimeout: 60_000 },
      (request, response) => void this.#handle(request, response),
    );
  }

  /** @returns the port that is listened to */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = this.#parts.uuid();
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    response.setHeader("date", mirroredDate(request, url, this.#parts.clock.now()));
    response.setHeader("x-amzn-requestid", requestId);
    response.setHeader("x-amz-request-id", requestId);
    try {
      if (url.pathname.startsWith("/_sluice/"))
        return await this.#parts.control({ request, response, url, requestId });
      await this.#route(request, response, url, requestId);
    } catch (error) {
      if (error instanceof ConnectionCut) return void request.socket.destroy();
      const failure = error instanceof ServiceError ? error : internalFailure("the gateway", error);
      if (response.headersSent) return void request.socket.destroy();
      send(response, errorProtocol(request).encodeError(undefined, failure, requestId));
    }
  }

  async #route(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    requestId: string,
  ): Promise<void> {
    const scope = credentialScope(request, url);
    const home = this.#homeOf(scope.accessKeyId);
    if (home !== this) return await home.#route(request, response, url, requestId);
    const token = new ParkableToken(
      this.#parts.clock,
      `request ${scope.service} ${request.headers["x-amz-target"] ?? `${request.method} ${url.pathname}`}`,
    );
    response.once("close", () => token.release());
    const identity = this.#parts.identities.find(scope.accessKeyId);
    const raw = this.#parts.raw.get(scope.service);
    if (!identity) {
      request.resume();
      if (raw)
        return send(
          response,
          xmlError(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            requestId,
          ),
        );
      throw new ServiceError(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        { status: 403 },
      );
    }
    if (raw) return await raw.handle({ request, response, url, identity, requestId });
    const wire = await readRequest(request, url);
    const { service, protocol, action } = this.#find(scope.service, wire);
    const model = this.#parts.dispatcher.model(service);
    try {
      const operation = model.operations[action];
      if (!operation) throw unsupported(scope.service, action);
      const { raw: input, dialect } = protocol.decode(model, operation, wire);
      const parkCaller = this.#parts.identities.hooks(identity.accessKeyId).park;
      const park = token.parking(parkCaller);
      const isInVirtualTime = parkCaller !== undefined;
      const call = { service, operation, raw: input, dialect, identity, requestId, park, isInVirtualTime };
      if (isForwarding(service)) {
        const perform = (owner: SandboxService, checked: Record<string, unknown>) =>
          (owner as ForwardingService).forward(wire, checked, park);
        return send(response, (await this.#parts.dispatcher.call({ ...call, perform })) as WireResponse);
      }
      const output = await this.#parts.dispatcher.call(call);
      if (isInVirtualTime) response.setHeader("x-sluice-now", this.#parts.clock.now());
      send(response, protocol.encode(model, operation, output, requestId));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      send(response, protocol.encodeError(model, error, requestId));
    }
  }

  /** The gateway of the account whose access key this is; this one's for a key that nobody knows. */
  #homeOf(accessKeyId: string): Gateway {
    const knows = (gateway: Gateway) => gateway.#parts.identities.find(accessKeyId) !== undefined;
    return knows(this) ? this : (this.#parts.others().find(knows) ?? this);
  }

  #find(
    signingName: string,
    wire: WireRequest,
  ): { service: SandboxService; protocol: Protocol; action: string } {
    const candidates = this.#parts.dispatcher.signedAs(signingName);
    for (const service of candidates) {
      const model = this.#parts.dispatcher.model(service);
      for (const [name, protocol] of protocolsFor(wire)) {
        const action = model.speaks(name) ? protocol.action(model, wire) : undefined;
        if (action !== undefined) return { service, protocol, action };
      }
    }
    const target = header(wire, "x-amz-target")?.split(".").at(-1) ?? `${wire.method} ${wire.pathname}`;
    throw unsupported(
      signingName,
      target,
      candidates.length === 0 ? "the sandbox has no such service" : undefined,
    );
  }
}

function protocolsFor(wire: WireRequest): readonly (readonly [string, Protocol])[] {
  if (header(wire, "smithy-protocol") === "rpc-v2-cbor") return [["smithy-rpc-v2-cbor", cborProtocol]];
  if (header(wire, "x-amz-target") !== undefined) return [["json", jsonProtocol]];
  const rest = ["rest-json", restJsonProtocol] as const;
  const query = ["query", queryProtocol] as const;
  return header(wire, "content-type")?.includes("x-www-form-urlencoded") ? [query, rest] : [rest, query];
}

function errorProtocol(request: IncomingMessage): Protocol {
  const type = request.headers["content-type"] ?? "";
  if (request.headers["smithy-protocol"] === "rpc-v2-cbor") return cborProtocol;
  if (type.includes("x-www-form-urlencoded")) return queryProtocol;
  return request.headers["x-amz-target"] === undefined ? restJsonProtocol : jsonProtocol;
}

export function isForwarding(service: SandboxService): service is ForwardingService {
  return "forward" in service;
}
