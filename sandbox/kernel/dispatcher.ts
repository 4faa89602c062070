import { accessDenied, internalFailure, unsupported, validationError } from "./errors.ts";
import type { Fault, FaultList } from "./faults.ts";
import { iamAction, passedRoles, principalOfService } from "./iam/actions.ts";
import type { Authorizer } from "./iam/authorizer.ts";
import type { ConditionContext } from "./iam/conditions.ts";
import type { Identities, Identity } from "./identities.ts";
import { type Dialect, InputReader } from "./model/read.ts";
import type { ModelLibrary, OperationModel, ServiceModel } from "./model/serviceModel.ts";
import type { CallRecorder } from "./recorder.ts";
import { type Clock, type RequestContext, type SandboxService, ServiceError } from "./types.ts";

/** Names under which SDKs and Step Functions know a service, where they differ from the model's folder. */
const aliases: Readonly<Record<string, string>> = {
  sfn: "stepfunctions",
  eventbridge: "events",
  cloudwatchlogs: "logs",
  monitoring: "cloudwatch",
  sagemakerruntime: "sagemaker-runtime",
  states: "stepfunctions",
};

export interface DispatcherParts {
  readonly clock: Clock;
  readonly models: ModelLibrary;
  readonly authorizer: Authorizer;
  readonly identities: Identities;
  readonly recorder: CallRecorder;
  readonly faults: FaultList;
  readonly region: string;
  readonly accountId: string;
  /** Whether there is no other account. */
  readonly isAlone: () => boolean;
  /** The dispatcher of the account that owns what a call names; undefined for this one's. */
  readonly ownerOf: (resources: readonly string[]) => Dispatcher | undefined;
}

export interface CallRequest {
  readonly service: SandboxService;
  readonly operation: OperationModel;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly dialect: Dialect;
  readonly identity: Identity;
  readonly requestId: string;
  /** Gives the request's token back while waiting. */
  readonly park: <T>(wait: () => Promise<T>) => Promise<T>;
  readonly isInVirtualTime?: boolean;
  /** Replaces the operation of the service, which may be another account's, for requests that are passed on as they are. */
  readonly perform?: (service: SandboxService, input: Record<string, unknown>) => Promise<unknown>;
}

/** Thrown to the gateway when a fault wants the connection cut. */
export class ConnectionCut extends Error {}

/** The path of every call, from a client or from a service: model check, faults, permission check, operation, record. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #services = new Map<string, SandboxService>();

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  register(service: SandboxService): void {
    if (this.#services.has(service.modelName))
      throw new Error(`service model ${JSON.stringify(service.modelName)} is registered twice`);
    this.#services.set(service.modelName, service);
  }

  get services(): readonly SandboxService[] {
    return [...this.#services.values()];
  }

  model(service: SandboxService): ServiceModel {
    return this.#parts.models.get(service.modelName);
  }

  signedAs(signingName: string): readonly SandboxService[] {
    return this.services.filter((service) => service.signingName === signingName);
  }

  /** A service and operation by name: the model's folder, the signing name, or an SDK's name; `createModel` or `CreateModel`. */
  resolve(name: string, action: string): { service: SandboxService; operation: OperationModel } {
    const wanted = aliases[name] ?? name;
    const direct = this.#services.get(wanted);
    const candidates = direct ? [direct] : this.signedAs(name);
    const operationName = action.charAt(0).toUpperCase() + action.slice(1);
    for (const service of candidates) {
      const operation = this.model(service).operations[operationName];
      if (operation) return { service, operation };
    }
    throw unsupported(name, operationName);
  }

  /** Of what another account owns, the call goes on there: its faults, its policies together with the caller's, its record. */
  call(request: CallRequest): Promise<unknown> {
    // No turn of the event loop more where there is one account: what else happens at this instant comes in the same order.
    return this.#parts.isAlone() ? this.#callHere(request) : this.#callOwner(request);
  }

  async #callOwner(request: CallRequest): Promise<unknown> {
    const owner = this.#ownerOf(request);
    if (!owner) return await this.#callHere(request);
    const service = owner.#services.get(request.service.modelName);
    if (!service) throw unsupported(request.service.signingName, request.operation.name);
    return await owner.#callHere({ ...request, service });
  }

  #ownerOf(request: CallRequest): Dispatcher | undefined {
    const { service, operation } = request;
    let resources: readonly string[];
    try {
      resources = service.resources(operation.name, this.#read(request));
    } catch (error) {
      // An input that cannot be read is refused, and recorded, here.
      if (error instanceof ServiceError) return undefined;
      throw error;
    }
    return this.#parts.ownerOf(resources);
  }

  async #callHere(request: CallRequest): Promise<unknown> {
    const started = performance.now();
    const { service, operation, identity } = request;
    let resource = "*";
    let failure: ServiceError | undefined;
    try {
      const input = this.#read(request);
      const resources = service.resources(operation.name, input);
      resource = resources[0] ?? "*";
      const fault = this.#takeFault(request);
      if (fault?.delayMs !== undefined) await request.park(() => this.#parts.clock.sleep(fault.delayMs ?? 0));
      if (fault?.error)
        throw new ServiceError(fault.error.code, fault.error.message ?? "injected fault", fault.error);
      this.#authorize(request, input, resources);
      const output = await this.#perform(request, input);
      if (fault?.kill) this.#kill(fault, identity);
      return output;
    } catch (error) {
      if (error instanceof ConnectionCut) throw error;
      failure =
        error instanceof ServiceError
          ? error
          : internalFailure(`${service.signingName}:${operation.name}`, error);
      throw this.#withStatus(service, failure);
    } finally {
      if (!identity.unrecorded) this.#record(request, resource, failure, started);
    }
  }

  /** @throws ServiceError in the words of the service when the principal may not do this */
  authorize(
    signingName: string,
    identity: Identity,
    action: string,
    resource: string,
    context: ConditionContext = {},
  ): void {
    if (identity.unrecorded) return;
    const full: ConditionContext = {
      "aws:requestedregion": this.#parts.region,
      "aws:currenttime": new Date(this.#parts.clock.now()).toISOString(),
      "aws:sourcearn": identity.sourceArn,
      "aws:sourceaccount": identity.sourceArn === undefined ? undefined : this.#parts.accountId,
      "aws:via": identity.caller.via,
      ...context,
    };
    const decision = this.#parts.authorizer.decide(identity.principal, action, resource, full);
    if (!decision.allowed) throw accessDenied(signingName, decision.reason);
  }

  #read(request: CallRequest): Record<string, unknown> {
    const model = this.model(request.service);
    const reader = new InputReader(model, request.dialect);
    const input = reader.structure(model.input(request.operation), request.raw);
    const { types, constraints } = reader.problems;
    if (types.length > 0) throw new ServiceError("SerializationException", types.join("; "));
    if (constraints.length > 0) throw validationError(request.service.signingName, constraints);
    return input;
  }

  #authorize(request: CallRequest, input: Record<string, unknown>, resources: readonly string[]): void {
    const { service, operation, identity } = request;
    if (identity.unrecorded || identity.principal.arn === this.#parts.authorizer.administratorArn) return;
    const special = service.permissions?.(operation.name, input);
    for (const need of special ?? [])
      this.authorize(service.signingName, identity, need.action, need.resource, need.context);
    const action = special ? undefined : iamAction(service.signingName, operation.name);
    if (action !== undefined)
      for (const resource of resources) this.authorize(service.signingName, identity, action, resource);
    if (identity.principal.service !== undefined) return;
    for (const role of passedRoles(service.signingName, operation.name, input))
      this.authorize(service.signingName, identity, "iam:PassRole", role, {
        "iam:passedtoservice": principalOfService(service.signingName),
      });
  }

  async #perform(request: CallRequest, input: Record<string, unknown>): Promise<unknown> {
    const { service, operation, identity } = request;
    const context: RequestContext = {
      service: service.signingName,
      action: operation.name,
      caller: identity.caller,
      requestId: request.requestId,
      region: this.#parts.region,
      now: this.#parts.clock.now(),
      park: request.park,
      ...(request.isInVirtualTime ? { isInVirtualTime: true } : {}),
    };
    if (request.perform) return await request.perform(service, input);
    const implementation = service.operations[operation.name];
    if (!implementation) throw unsupported(service.signingName, operation.name);
    return await implementation(input, context);
  }

  #takeFault(request: CallRequest): Fault | undefined {
    if (request.identity.unrecorded) return undefined;
    return this.#parts.faults.take({
      signingName: request.service.signingName,
      modelName: request.service.modelName,
      action: request.operation.name,
      principalArn: request.identity.caller.principalArn,
    });
  }

  #kill(fault: Fault, identity: Identity): void {
    if (fault.kill === "caller") this.#parts.identities.hooks(identity.accessKeyId).kill?.();
    throw new ConnectionCut("connection cut by an injected fault");
  }

  #withStatus(service: SandboxService, error: ServiceError): ServiceError {
    if (error.status !== 400) return error;
    const status = this.model(service).error(error.code)?.status ?? error.status;
    return status === error.status
      ? error
      : new ServiceError(error.code, error.message, { status, fields: error.fields });
  }

  #record(request: CallRequest, resource: string, failure: ServiceError | undefined, started: number): void {
    const { caller } = request.identity;
    this.#parts.recorder.add({
      time: new Date(this.#parts.clock.now()).toISOString(),
      service: request.service.signingName,
      action: request.operation.name,
      resource,
      principal: caller.principalArn,
      ...(caller.via === undefined ? {} : { via: caller.via }),
      outcome: failure?.code ?? "ok",
      ...(failure === undefined ? {} : { message: failure.message }),
      requestId: request.requestId,
      durationMs: Math.round((performance.now() - started) * 100) / 100,
    });
  }
}
