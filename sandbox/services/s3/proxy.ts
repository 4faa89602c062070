import { pipeline } from "node:stream/promises";
import { ConnectionCut } from "../../kernel/dispatcher.ts";
import type { Exchange, RawHandler } from "../../kernel/gateway.ts";
import { send, xmlError } from "../../kernel/http.ts";
import type { SandboxKernel } from "../../kernel/kernel.ts";
import { ParkableToken } from "../../kernel/parkableToken.ts";
import { ServiceError } from "../../kernel/types.ts";
import type { Ministack } from "../ministack/child.ts";
import type { KeyPolicies } from "../ministack/kms.ts";
import { S3Access } from "./access.ts";
import { bodyOf, discard, toBytes } from "./body.ts";
import { Buckets } from "./buckets.ts";
import { objectCreated } from "./events.ts";
import { operationOf, pathOf, type S3Operation, targetOf } from "./operations.ts";
import { checkPresigned, withoutSignature } from "./presigned.ts";
import {
  type Body,
  bucketArn,
  creates,
  type Headers,
  headerOf,
  objectArn,
  type S3Answer,
  type S3Request,
} from "./request.ts";

/** Operations whose body says what is asked for, so that it must be read before it is passed on. */
const readsBody = new Set([
  "DeleteObjects",
  "PutBucketPolicy",
  "PutBucketEncryption",
  "PutBucketNotificationConfiguration",
]);
/** S3: permissions, keys and events here, objects in ministack; large bodies stream through. */
export class S3Proxy implements RawHandler {
  readonly #kernel: SandboxKernel;
  readonly #ministack: Ministack;
  readonly buckets = new Buckets();
  readonly #access: S3Access;

  constructor(kernel: SandboxKernel, ministack: Ministack, keys: KeyPolicies) {
    this.#kernel = kernel;
    this.#ministack = ministack;
    this.#access = new S3Access(kernel, keys, this.buckets);
    kernel.authorizer.addResourcePolicies((arn) => this.buckets.policy(arn));
  }

  /** The proxy of the account that owns a bucket: their names are shared by all accounts. */
  #ownerOf(bucket: string): S3Proxy {
    if (bucket === "" || this.buckets.has(bucket)) return this;
    const proxies = this.#kernel.accounts.list().map(({ raw }) => raw.get("s3"));
    return (
      (proxies.find((other) => other instanceof S3Proxy && other.buckets.has(bucket)) as S3Proxy) ?? this
    );
  }

  async handle(exchange: Exchange): Promise<void> {
    const { request, response, url, identity, requestId } = exchange;
    try {
      checkPresigned(url, this.#kernel.clock.now());
      const answer = await this.request({
        method: request.method ?? "GET",
        target: targetOf((request.url ?? "/").split("?")[0] as string),
        query: withoutSignature(url.searchParams),
        headers: request.headers,
        body: await bodyOf(request, request.headers),
        identity,
        requestId,
      });
      const { date: _date, connection: _connection, "keep-alive": _keepAlive, ...headers } = answer.headers;
      response.writeHead(answer.status, headers);
      if (answer.body instanceof Uint8Array) response.end(answer.body);
      else await pipeline(answer.body, response);
    } catch (error) {
      if (error instanceof ConnectionCut || response.headersSent) return void request.socket.destroy();
      if (!(error instanceof ServiceError)) throw error;
      request.resume();
      send(response, xmlError(error.code, error.message, requestId, error.status));
    }
  }

  /** One request as `identity`: checked, recorded, passed on. The answer may be an error of S3. @throws ServiceError when refused */
  request(request: S3Request): Promise<S3Answer> {
    return this.#ownerOf(request.target.bucket).#requestHere(request);
  }

  async #requestHere(request: S3Request): Promise<S3Answer> {
    const started = performance.now();
    const copySource = headerOf(request.headers, "x-amz-copy-source");
    const operation = operationOf(request.method, request.target, request.query, copySource !== undefined);
    let outcome = "ok";
    let message: string | undefined;
    try {
      const fault = this.#kernel.faults.take({
        signingName: "s3",
        modelName: "s3",
        action: operation.name,
        principalArn: request.identity.caller.principalArn,
      });
      if (fault?.error)
        throw new ServiceError(fault.error.code, fault.error.message ?? "injected fault", fault.error);
      if (fault?.delayMs !== undefined) await this.#delay(fault.delayMs);
      const answer = await this.#perform(request, operation, copySource);
      if (answer.status >= 400) outcome = String(answer.status);
      if (fault?.kill) {
        discard(answer.body);
        if (fault.kill === "caller") this.#kernel.identities.hooks(request.identity.accessKeyId).kill?.();
        throw new ConnectionCut("connection cut by an injected fault");
      }
      return answer;
    } catch (error) {
      outcome = error instanceof ServiceError ? error.code : "InternalError";
      message = (error as Error).message;
      throw error;
    } finally {
      this.#record(request, operation, outcome, message, started);
    }
  }

  async #perform(
    request: S3Request,
    operation: S3Operation,
    copySource: string | undefined,
  ): Promise<S3Answer> {
    if (operation.name === "CreateBucket" && request.identity.principal.accountId !== this.#kernel.accountId)
      throw new ServiceError("BucketAlreadyExists", "The requested bucket name is not available.", {
        status: 409,
      });
    const body = readsBody.has(operation.name) ? await toBytes(request.body) : request.body;
    const text =
      body instanceof Uint8Array && readsBody.has(operation.name) ? Buffer.from(body).toString("utf8") : "";
    this.#access.authorize(request, operation, text);
    if (copySource !== undefined) this.#access.authorizeCopy(request.identity, copySource);
    const kmsKey = this.#access.encryptionKey(request, operation);
    this.buckets.check(operation.name, text);
    const answer = await this.#forward(request, body);
    const failed = answer.status >= 400;
    if (failed) return this.#hideAbsence(request, operation, answer);
    this.buckets.observe(operation.name, request.target.bucket, text);
    return creates(operation) ? await this.#created(request, operation, answer, kmsKey) : answer;
  }

  #hideAbsence(request: S3Request, operation: S3Operation, answer: S3Answer): S3Answer {
    const reads = operation.name === "GetObject" || operation.name === "HeadObject";
    if (!reads || answer.status !== 404) return answer;
    try {
      this.#access.authorizeAbsence(request);
      return answer;
    } catch (error) {
      discard(answer.body);
      throw error;
    }
  }

  async #created(
    request: S3Request,
    operation: S3Operation,
    answer: S3Answer,
    kmsKey: string | undefined,
  ): Promise<S3Answer> {
    const body = await toBytes(answer.body);
    const version = headerOf(answer.headers, "x-amz-version-id");
    const { bucket, key } = request.target;
    if (operation.name !== "CompleteMultipartUpload") this.buckets.setObjectKey(bucket, key, version, kmsKey);
    if (this.buckets.sendsEvents(bucket)) {
      const { size, etag } = await this.#stored(request, operation, answer);
      this.#kernel.emitEvent(
        objectCreated({
          request: request.target,
          reason: operation.name,
          requestId: request.requestId,
          requester: this.#kernel.accountId,
          size,
          etag,
          ...(version === undefined ? {} : { version }),
          sequencer: this.#kernel.messageId().replaceAll("-", "").slice(0, 16).toUpperCase(),
        }),
      );
    }
    return { ...answer, body };
  }

  /** Size in bytes and ETag of the object that a request made: a plain put tells both itself. */
  async #stored(
    request: S3Request,
    operation: S3Operation,
    answer: S3Answer,
  ): Promise<{ size: number; etag: string }> {
    const sent =
      headerOf(request.headers, "x-amz-decoded-content-length") ??
      headerOf(request.headers, "content-length");
    const plain = operation.name === "PutObject" && sent !== undefined && answer.headers.etag !== undefined;
    const head = plain
      ? answer
      : await this.#forward(
          { ...request, method: "HEAD", query: new URLSearchParams(), headers: hostOnly(request.headers) },
          Buffer.alloc(0),
        );
    if (head !== answer) discard(head.body);
    return {
      size: Number((plain ? sent : head.headers["content-length"]) ?? 0),
      etag: String(head.headers.etag ?? "").replaceAll('"', ""),
    };
  }

  async #forward(request: S3Request, body: Body): Promise<S3Answer> {
    const search = request.query.size > 0 ? `?${request.query}` : "";
    const headers = {
      ...request.headers,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20080901/${this.#kernel.region}/s3/aws4_request, SignedHeaders=host, Signature=x`,
    };
    const answer = await this.#ministack.send({
      method: request.method,
      path: `${pathOf(request.target)}${search}`,
      headers,
      body,
    });
    return {
      status: answer.statusCode ?? 500,
      headers: answer.headers,
      body: await bodyOf(answer, answer.headers),
    };
  }

  async #delay(milliseconds: number): Promise<void> {
    const token = new ParkableToken(this.#kernel.clock, "s3 delay");
    await token.parking()(() => this.#kernel.clock.sleep(milliseconds));
    token.release();
  }

  #record(
    request: S3Request,
    operation: S3Operation,
    outcome: string,
    message: string | undefined,
    started: number,
  ): void {
    const { identity, target } = request;
    if (identity.unrecorded) return;
    this.#kernel.recorder.add({
      time: new Date(this.#kernel.clock.now()).toISOString(),
      service: "s3",
      action: operation.name,
      resource:
        target.bucket === ""
          ? "*"
          : target.key === ""
            ? bucketArn(target.bucket)
            : objectArn(target.bucket, target.key),
      principal: identity.caller.principalArn,
      ...(identity.caller.via === undefined ? {} : { via: identity.caller.via }),
      outcome,
      ...(message === undefined ? {} : { message }),
      requestId: request.requestId,
      durationMs: Math.round((performance.now() - started) * 100) / 100,
    });
  }
}

function hostOnly(headers: Headers): Headers {
  return { host: headers.host };
}
