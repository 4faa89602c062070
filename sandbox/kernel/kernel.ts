import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Accounts, accountOf } from "./accounts.ts";
import { Children } from "./children/index.ts";
import { VirtualClock } from "./clock.ts";
import { Dispatcher } from "./dispatcher.ts";
import { FaultList } from "./faults.ts";
import { type Exchange, Gateway, type RawHandler } from "./gateway.ts";
import { Authorizer } from "./iam/authorizer.ts";
import { IamStore } from "./iam/store.ts";
import { Identities, type Identity } from "./identities.ts";
import type { Dialect } from "./model/read.ts";
import { ModelLibrary } from "./model/serviceModel.ts";
import { ParkableToken } from "./parkableToken.ts";
import { SeededIdentifiers } from "./random.ts";
import { CallRecorder } from "./recorder.ts";
import {
  type AlarmState,
  type AssumedRole,
  type AwsEvent,
  type AwsOutput,
  type Datum,
  type Kernel,
  type SandboxService,
  ServiceError,
} from "./types.ts";

export interface KernelOptions {
  readonly stateDirectory: string;
  /** Interpreter whose environment holds botocore (and ministack, when S3 and the like are wanted). */
  readonly python: string;
  readonly node: string;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly seed: number | string;
  readonly region: string;
  readonly accountId: string;
  readonly administratorKeys: readonly string[];
  readonly log: (line: string) => void;
  /** A kernel of another account, whose clock, port and processes this one shares; default: an account by itself. */
  readonly beside?: SandboxKernel;
}

/** What the built-in services offer to all others; filled in when they are made. */
export interface Ports {
  emitEvent(event: AwsEvent): void;
  putMetric(datum: Datum): void;
  putLog(group: string, stream: string, message: string): void;
  alarms: {
    get(name: string): AlarmState | undefined;
    onTransition(listener: (state: AlarmState) => void): () => void;
  };
  s3: Kernel["s3"];
  /** An object as a principal of the account may read it. */
  readObject(uri: string, version: string | undefined, principalArn: string): Promise<Uint8Array>;
}

const internalDialect: Dialect = { blobText: "utf8", textScalars: false, unknownMembers: "refuse" };

/** The kernel as the built-in services see it; other services get it as {@link Kernel}. */
export class SandboxKernel implements Kernel {
  readonly clock: VirtualClock;
  /** The accounts that share the clock and the port, this one among them. */
  readonly accounts: Accounts<SandboxKernel>;
  readonly accountId: string;
  readonly region: string;
  readonly stateDirectory: string;
  readonly python: string;
  readonly node: string;
  readonly iam: IamStore;
  readonly authorizer: Authorizer;
  readonly identities: Identities;
  readonly models: ModelLibrary;
  readonly recorder: CallRecorder;
  readonly faults = new FaultList();
  readonly socketDirectory = mkdtempSync(path.join(tmpdir(), "sluice-"));
  readonly children = new Children(this.socketDirectory);
  readonly dispatcher: Dispatcher;
  readonly raw = new Map<string, RawHandler>();
  readonly log: (line: string) => void;
  readonly #identifiers: SeededIdentifiers;
  /** Of their own: requests of processes that run beside each other come in any order, and nothing else may depend on it. */
  readonly #requestIds: SeededIdentifiers;
  readonly #gateway: Gateway;
  #ports: Partial<Ports> = {};
  #control: ((exchange: Omit<Exchange, "identity">) => Promise<void>) | undefined;
  #url: string | undefined;

  constructor(options: KernelOptions) {
    mkdirSync(options.stateDirectory, { recursive: true });
    this.accountId = options.accountId;
    this.region = options.region;
    this.stateDirectory = options.stateDirectory;
    this.python = options.python;
    this.node = options.node;
    this.log = options.log;
    const { beside } = options;
    this.accounts = beside?.accounts ?? new Accounts();
    const place = this.accounts.list().length;
    this.accounts.add(this);
    this.clock =
      beside?.clock ??
      new VirtualClock({
        start: options.start,
        onStuck: (holders) => {
          const names = holders
            .slice(0, 10)
            .map((holder) => `${holder.name} (${holder.heldMilliseconds} ms)`);
          options.log(`clock: no progress for 10 s; held by ${names.join(", ") || "nobody"}`);
        },
        onError: (error) =>
          options.log(`clock: a timer failed: ${error instanceof Error ? error.stack : String(error)}`),
      });
    const seed = beside === undefined ? options.seed : `${options.seed}/${options.accountId}`;
    this.#identifiers = new SeededIdentifiers(seed);
    this.#requestIds = new SeededIdentifiers(`${seed}/requests`);
    this.iam = new IamStore(options.accountId);
    this.authorizer = new Authorizer(this.iam, (accountId) => this.accounts.get(accountId)?.authorizer);
    this.identities = new Identities(options.accountId, options.administratorKeys, place);
    this.models = new ModelLibrary(options.python);
    this.recorder = new CallRecorder(options.stateDirectory);
    const { clock, models, authorizer, identities, recorder, faults, region, accountId } = this;
    this.dispatcher = new Dispatcher({
      clock,
      models,
      authorizer,
      identities,
      recorder,
      faults,
      region,
      accountId,
      isAlone: () => this.#others.length === 0,
      ownerOf: (resources) => {
        const owner = this.accounts.ownerOf(resources);
        return owner === this ? undefined : owner?.dispatcher;
      },
    });
    this.#gateway = new Gateway({
      clock,
      dispatcher: this.dispatcher,
      identities,
      uuid: () => this.#requestIds.uuid(),
      raw: this.raw,
      control: (exchange) => this.#handleControl(exchange),
      others: () => this.#others.map((kernel) => kernel.#gateway),
    });
  }

  /** Starts the gateway. */
  async listen(port: number): Promise<void> {
    this.#url = `http://127.0.0.1:${await this.#gateway.listen(port)}`;
  }

  /** The one port, which the first account listens to. */
  get url(): string {
    const { first } = this.accounts;
    if (first !== this) return first.url;
    if (this.#url === undefined) throw new Error("kernel.url: the gateway does not listen yet");
    return this.#url;
  }

  register(services: readonly SandboxService[]): void {
    for (const service of services) this.dispatcher.register(service);
  }

  provide(ports: Partial<Ports>): void {
    this.#ports = { ...this.#ports, ...ports };
  }

  onControl(handler: (exchange: Omit<Exchange, "identity">) => Promise<void>): void {
    this.#control = handler;
  }
  call(service: string, action: string, input: object, as: AssumedRole): Promise<AwsOutput> {
    if (!this.canAssume(as.roleArn, as.service, as.through))
      return Promise.reject(
        new ServiceError(
          "AccessDeniedException",
          `${as.service} is unable to assume the role ${as.roleArn}`,
          { status: 403 },
        ),
      );
    return this.callAs(service, action, input, this.identities.role(as.roleArn, as.service));
  }
  callAsService(
    service: string,
    action: string,
    input: object,
    as: { service: string; sourceArn: string },
  ): Promise<AwsOutput> {
    return this.callAs(service, action, input, this.identities.service(as.service, as.sourceArn));
  }
  callAsSandbox(service: string, action: string, input: object): Promise<AwsOutput> {
    return this.callAs(service, action, input, this.identities.sandbox());
  }

  /** A call under any identity; holds a token of its own, which it gives back while the operation waits in virtual time. */
  async callAs(service: string, action: string, input: object, identity: Identity): Promise<unknown> {
    const home = this.accounts.get(identity.principal.accountId) ?? this;
    if (home !== this) return await home.callAs(service, action, input, identity);
    const found = this.dispatcher.resolve(service, action);
    const token = new ParkableToken(this.clock, `call ${service}:${action}`);
    try {
      return await this.dispatcher.call({
        ...found,
        raw: input as Record<string, unknown>,
        dialect: internalDialect,
        identity,
        requestId: this.#requestIds.uuid(),
        park: token.parking(),
      });
    } finally {
      token.release();
    }
  }

  canAssume(roleArn: string, service: string, through?: string): boolean {
    if (through !== undefined)
      return (
        this.canAssume(through, service) &&
        this.authorizer.mayAssume(roleArn, this.identities.role(through).principal, {})
      );
    const prefix = service.replace(/\.amazonaws\.com$/, "");
    return this.authorizer.mayAssume(
      roleArn,
      { service, accountId: this.accountId },
      {
        "aws:sourceaccount": this.accountId,
        // The precise source is not known here: a trust policy that names a pattern of the service's ARNs holds, one that names a single ARN does not.
        "aws:sourcearn": `arn:aws:${prefix}:${this.region}:${this.accountId}:*`,
      },
    );
  }

  /** Whether a role's policies (and the resource's) allow an action; throws nothing and records nothing. */
  mayDo(roleArn: string, action: string, resource: string): boolean {
    return this.authorizer.decide({ arn: roleArn, accountId: this.accountId }, action, resource, {}).allowed;
  }

  credentialsFor(roleArn: string, _sessionName: string): Record<string, string> {
    const home = this.accounts.get(accountOf(roleArn)) ?? this;
    const keys = home.identities.issue(roleArn);
    return {
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken,
      AWS_REGION: this.region,
      AWS_DEFAULT_REGION: this.region,
      AWS_ENDPOINT_URL: this.url,
    };
  }

  emitEvent(event: AwsEvent): void {
    this.#ports.emitEvent?.(event);
  }

  putMetric(datum: Datum): void {
    this.#ports.putMetric?.(datum);
  }

  putLog(group: string, stream: string, message: string): void {
    this.#ports.putLog?.(group, stream, message);
  }

  get alarms(): Kernel["alarms"] {
    return this.#need("alarms");
  }

  get s3(): Kernel["s3"] {
    return this.#need("s3");
  }

  /** Reads an object with a caller's own permissions, for services that fetch what a request names. */
  readObject(uri: string, version: string | undefined, principalArn: string): Promise<Uint8Array> {
    return this.#need("readObject")(uri, version, principalArn);
  }

  spawn(...args: Parameters<Kernel["spawn"]>): ReturnType<Kernel["spawn"]> {
    return this.children.spawn(...args);
  }

  uuid(): string {
    return this.#identifiers.uuid();
  }

  messageId(): string {
    return this.#requestIds.uuid();
  }

  /** Ends services, then the port, then every child; the first account ends those beside it, too. Safe to call after a failed start. */
  async stop(): Promise<void> {
    if (this.accounts.first === this) {
      this.clock.stop();
      await Promise.all(this.#others.map((kernel) => kernel.stop()));
    }
    const stopped = await Promise.allSettled(this.dispatcher.services.map((service) => service.stop?.()));
    await this.children.stop();
    await this.#gateway.stop();
    rmSync(this.socketDirectory, { recursive: true, force: true });
    await this.recorder.stop();
    for (const result of stopped)
      if (result.status === "rejected") this.log(`stop: ${String(result.reason)}`);
  }

  get #others(): readonly SandboxKernel[] {
    return this.accounts.list().filter((kernel) => kernel !== this);
  }

  #need<K extends keyof Ports>(port: K): Ports[K] {
    const found = this.#ports[port];
    if (!found) throw new Error(`kernel.${port}: the sandbox was started without the service that offers it`);
    return found as Ports[K];
  }

  async #handleControl(exchange: Omit<Exchange, "identity">): Promise<void> {
    if (!this.#control)
      throw new ServiceError("NotImplemented", "this sandbox has no control interface", { status: 501 });
    await this.#control(exchange);
  }
}
