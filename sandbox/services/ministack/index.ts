import type { ForwardingService } from "../../kernel/gateway.ts";
import { readAll } from "../../kernel/http.ts";
import type { SandboxKernel } from "../../kernel/kernel.ts";
import { InputReader } from "../../kernel/model/read.ts";
import { toJson } from "../../kernel/model/write.ts";
import { parseJsonObject } from "../../kernel/protocol/json.ts";
import { header, type WireRequest, type WireResponse } from "../../kernel/protocol/wire.ts";
import { type Operation, type SandboxService, ServiceError } from "../../kernel/types.ts";
import { Queries, queryPermissions } from "./athena.ts";
import type { Ministack } from "./child.ts";
import { KeyPolicies } from "./kms.ts";
import { resourcesOf, tableArn, transactionPermissions } from "./resources.ts";
import { QueuePolicies, receiveWithPatience } from "./sqs.ts";
import { TablePolicies } from "./tables.ts";

/** JSON services that ministack answers, behind the gateway's model and permission checks. */
const forwarded = ["dynamodb", "sqs", "kms", "ssm", "athena", "glue"] as const;

export interface MinistackServices {
  readonly services: readonly SandboxService[];
  readonly keys: KeyPolicies;
}

export function createMinistackServices(kernel: SandboxKernel, ministack: Ministack): MinistackServices {
  const keys = new KeyPolicies(kernel);
  const queues = new QueuePolicies(kernel);
  const tables = new TablePolicies();
  kernel.authorizer.addResourcePolicies(
    (arn) => keys.policy(arn) ?? queues.policy(arn) ?? tables.policy(arn),
  );
  const queries = new Queries();
  const services = forwarded.map(
    (name) => new MinistackService(name, kernel, ministack, { keys, queues, tables, queries }),
  );
  return { services, keys };
}

interface Watchers {
  readonly keys: KeyPolicies;
  readonly queues: QueuePolicies;
  readonly tables: TablePolicies;
  readonly queries: Queries;
}

class MinistackService implements ForwardingService {
  readonly signingName: string;
  readonly modelName: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly #kernel: SandboxKernel;
  readonly #ministack: Ministack;
  readonly #watchers: Watchers;

  constructor(name: string, kernel: SandboxKernel, ministack: Ministack, watchers: Watchers) {
    this.signingName = name;
    this.modelName = name;
    this.#kernel = kernel;
    this.#ministack = ministack;
    this.#watchers = watchers;
    const model = kernel.models.get(name);
    this.operations = Object.fromEntries(
      Object.keys(model.operations).map((action): [string, Operation] => [
        action,
        (input, context) => this.#internal(action, input as Record<string, unknown>, context.park),
      ]),
    );
  }

  resources(action: string, input: Record<string, unknown>): readonly string[] {
    return resourcesOf(this.signingName, action, input, this.#kernel, this.#watchers);
  }

  permissions(
    action: string,
    input: Record<string, unknown>,
  ): readonly { action: string; resource: string }[] | undefined {
    if (this.signingName === "athena" && action === "StartQueryExecution")
      return queryPermissions(input, this.#watchers.queries, this.#kernel);
    return this.signingName === "dynamodb" ? transactionPermissions(input, this.#kernel) : undefined;
  }

  async forward(
    request: WireRequest,
    input: Record<string, unknown>,
    park: <T>(wait: () => Promise<T>) => Promise<T>,
  ): Promise<WireResponse> {
    const action = header(request, "x-amz-target")?.split(".").at(-1) ?? "";
    if (this.signingName === "sqs" && action === "ReceiveMessage")
      return await receiveWithPatience(this.#kernel, input, park, (body) =>
        this.#exchange(request, action, body),
      );
    const response = await this.#exchange(request, action, request.body);
    this.#observe(action, input, response);
    return response;
  }

  async #exchange(request: WireRequest, _action: string, body: Uint8Array): Promise<WireResponse> {
    const {
      "content-length": _length,
      "transfer-encoding": _encoding,
      "content-encoding": _coding,
      ...headers
    } = request.headers;
    const search = request.query.size > 0 ? `?${request.query}` : "";
    return await this.#send(
      `${request.pathname}${search}`,
      { ...headers, authorization: this.#authorization, "content-length": String(body.length) },
      body,
    );
  }

  /** ministack takes an access key of twelve digits for an account: it is told none, and answers for its own. */
  get #authorization(): string {
    return `AWS4-HMAC-SHA256 Credential=test/20080901/${this.#kernel.region}/${this.signingName}/aws4_request, SignedHeaders=host, Signature=x`;
  }

  async #internal(
    action: string,
    input: Record<string, unknown>,
    park: (<T>(wait: () => Promise<T>) => Promise<T>) | undefined,
  ): Promise<unknown> {
    const model = this.#kernel.models.get(this.modelName);
    const operation = model.operations[action];
    if (!operation) throw new ServiceError("UnknownOperationException", `unknown operation ${action}`);
    const headers = {
      host: new URL(this.#kernel.url).host,
      "content-type": `application/x-amz-json-${model.metadata.jsonVersion ?? "1.1"}`,
      "x-amz-target": `${model.metadata.targetPrefix}.${action}`,
      authorization: this.#authorization,
    };
    const exchange = (body: Uint8Array) =>
      this.#send("/", { ...headers, "content-length": String(body.length) }, body);
    const body = Buffer.from(JSON.stringify(toJson(model, model.input(operation), input) ?? {}));
    const response =
      this.signingName === "sqs" && action === "ReceiveMessage" && park
        ? await receiveWithPatience(this.#kernel, input, park, exchange)
        : await exchange(body);
    const document = parseJsonObject(Buffer.from(response.body as Uint8Array));
    if (response.status >= 400) throw errorOf(document, response);
    this.#observe(action, input, response);
    const reader = new InputReader(model, {
      blobText: "base64",
      textScalars: false,
      unknownMembers: "ignore",
    });
    return reader.structure(model.output(operation), document);
  }

  async #send(
    path: string,
    headers: Record<string, string | readonly string[] | undefined>,
    body: Uint8Array,
  ): Promise<WireResponse> {
    const response = await this.#ministack.send({ method: "POST", path, headers, body });
    const content = await readAll(response);
    const {
      date: _date,
      connection: _connection,
      "keep-alive": _keepAlive,
      "transfer-encoding": _encoding,
      "content-length": _length,
      ...rest
    } = response.headers;
    return { status: response.statusCode ?? 500, headers: rest as Record<string, string>, body: content };
  }

  #observe(action: string, input: Record<string, unknown>, response: WireResponse): void {
    if (response.status >= 400) return;
    if (this.signingName === "kms") this.#watchers.keys.observe(action, input, response.body);
    if (this.signingName === "dynamodb")
      this.#watchers.tables.observe(action, input, (name) => tableArn(name, this.#kernel));
    if (this.signingName === "sqs") this.#watchers.queues.observe(action, input);
    if (this.signingName === "athena") this.#watchers.queries.observe(action, input, response.body);
  }
}

function errorOf(document: Record<string, unknown>, response: WireResponse): ServiceError {
  const type = String(document.__type ?? response.headers["x-amzn-errortype"] ?? "InternalFailure");
  const code = type.split("#").at(-1)?.split(":")[0] ?? type;
  const { __type, message, Message, ...fields } = document;
  return new ServiceError(code, String(message ?? Message ?? ""), { status: response.status, fields });
}
