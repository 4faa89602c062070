/**
 * The border between the sandbox kernel (clock, gateway, protocols, IAM, processes) and the services that plug into it.
 * A service is a table of operations over plain objects: the gateway has already parsed the wire protocol,
 * checked the input against AWS's own service model, and checked the caller's permission.
 */
import type { Child, ChildOptions } from "./children/index.ts";

/** Who makes a call. `via` is set when an AWS service makes the call for itself under a role (for example `states.amazonaws.com`). */
export interface Caller {
  readonly accountId: string;
  /** ARN of the role or user, `arn:aws:iam::<account>:role/<name>`; the account root for the sandbox's administrator. */
  readonly principalArn: string;
  readonly via?: string;
}

export interface RequestContext {
  readonly service: string;
  readonly action: string;
  readonly caller: Caller;
  readonly requestId: string;
  readonly region: string;
  /** Virtual time of the request, epoch milliseconds. */
  readonly now: number;
  /**
   * Waits without holding the clock: gives the request's work token back for as long as `wait` runs (a long poll, a synchronous
   * invocation of something that sleeps). Absent only in unit tests of a service.
   */
  readonly park?: <T>(wait: () => Promise<T>) => Promise<T>;
  /** The caller is a process that lives in virtual time (a Lambda function), so that what a call takes can be seen by it. */
  readonly isInVirtualTime?: boolean;
}

/**
 * One API operation. Timestamps inside `input` arrive as `Date`, blobs as `Uint8Array`; outputs use the same types and the
 * gateway serialises them as the protocol asks. Throw {@link ServiceError} for AWS errors; anything else is a sandbox bug (500).
 */
// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
export type Operation = (input: any, context: RequestContext) => unknown | Promise<unknown>;

/** Output of an operation. */
// biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
export type AwsOutput = any;

export interface SandboxService {
  /** Name in the credential scope: `sagemaker`, `states`, `codepipeline`, `codebuild`, `events`, `monitoring`, `lambda`, … */
  readonly signingName: string;
  /** Folder of the botocore model: `sagemaker`, `sagemaker-runtime`, `stepfunctions`, `codepipeline`, … Several services may share a signing name. */
  readonly modelName: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** ARNs that IAM should check `<prefix>:<action>` against; `["*"]` where AWS has no resource-level permission. */
  resources(action: string, input: Record<string, unknown>): readonly string[];
  /** Permissions of an operation that needs others than `<prefix>:<action>` on its resources; undefined for the rule. */
  permissions?(
    action: string,
    input: Record<string, unknown>,
  ):
    | readonly {
        readonly action: string;
        readonly resource: string;
        /** Condition keys of the service, in lower case. */
        readonly context?: Readonly<Record<string, string>>;
      }[]
    | undefined;
  stop?(): Promise<void>;
}

/** An AWS error as a client sees it: `code` becomes the exception's name. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, unknown>>;
  constructor(
    code: string,
    message: string,
    options: { status?: number; fields?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? {};
  }
}

export interface Timer {
  readonly at: number;
}

export interface TimerOptions {
  /** Class of work (2 captures, 3 deadlines, 4 wake-ups, 5 ordinary, 5.5 asynchronous invocations, 6 alarms); lower first. */
  readonly order?: number;
  readonly key?: string;
  /** Timers of one instant and class that name different work here begin together; the same work waits for itself. */
  readonly parallel?: string;
}

/** Virtual time. See docs/adr on the clock: time moves only under a lease and while no work token is held. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Fires once at virtual `at`; order is (at, order, key, sequence), but see {@link TimerOptions.parallel}. Whatever `run` starts asynchronously must hold a token by the time it returns. */
  setTimer(at: number, run: () => void, options?: TimerOptions): Timer;
  clearTimer(timer: Timer | undefined): void;
  /** Takes a work token; time stands still until the returned function is called. Idempotent. */
  hold(name: string): () => void;
  /** Runs asynchronous work under a token. */
  work<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** Resolves at virtual `now + milliseconds`; holds no token while waiting. */
  sleep(milliseconds: number): Promise<void>;
}

export interface AwsEvent {
  readonly source: string;
  readonly "detail-type": string;
  readonly detail: Record<string, unknown>;
  readonly resources?: readonly string[];
}

export interface Datum {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly unit?: string;
  /** Epoch milliseconds; default now. */
  readonly timestamp?: number;
}

export interface AlarmState {
  readonly alarmName: string;
  readonly stateValue: "OK" | "ALARM" | "INSUFFICIENT_DATA";
}

/** The role under which a service makes a call, and how it gets it. */
export interface AssumedRole {
  /** The role that AWS would use; it may be of another account of the sandbox. */
  readonly roleArn: string;
  /** The service that assumes it: its trust policy is checked. */
  readonly service: string;
  /** Another role, which the service assumes first and which then assumes `roleArn`: the trust of both is checked. */
  readonly through?: string;
}

/** What the kernel offers to services. */
export interface Kernel {
  readonly clock: Clock;
  readonly accountId: string;
  readonly region: string;
  /** Base URL of the gateway, `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Folder for everything that the sandbox keeps; removed by `npm start` unless kept. */
  readonly stateDirectory: string;
  /** Path of the Python interpreter of the sandbox's virtual environment. */
  readonly python: string;
  /** Node 24 executable. */
  readonly node: string;

  /**
   * An AWS-to-AWS call: goes through the same model check, permission check and call record as a client's call.
   */
  call(service: string, action: string, input: object, as: AssumedRole): Promise<AwsOutput>;
  /** The same with only resource policies deciding (EventBridge or CloudWatch invoking a function): principal is the service itself. */
  callAsService(
    service: string,
    action: string,
    input: object,
    as: { service: string; sourceArn: string },
  ): Promise<AwsOutput>;
  /** The sandbox's own bookkeeping (administrator, unrecorded): never use it where AWS would check a permission. */
  callAsSandbox(service: string, action: string, input: object): Promise<AwsOutput>;
  /** True when `roleArn` may be assumed by `service` (PassRole targets), or through a role that it assumes first; throws nothing. */
  canAssume(roleArn: string, service: string, through?: string): boolean;
  /** Environment variables that give a child process temporary credentials of a role and the gateway's address. */
  credentialsFor(roleArn: string, sessionName: string): Record<string, string>;

  /** Publishes to the account's default event bus. */
  emitEvent(event: AwsEvent): void;
  putMetric(datum: Datum): void;
  /** Appends one line to a CloudWatch log stream (creates group and stream); EMF documents become metrics. */
  putLog(group: string, stream: string, message: string): void;
  /** Current state of metric alarms, and a subscription to transitions. */
  alarms: {
    get(name: string): AlarmState | undefined;
    onTransition(listener: (state: AlarmState) => void): () => void;
  };
  /** S3 objects as `roleArn` sees them (permission-checked). Body is bytes. */
  s3: {
    get(uri: string, as: { roleArn: string; service: string }): Promise<Uint8Array>;
    /** `kmsKeyId` encrypts with that key, which the role must be allowed to use; default: the bucket's own encryption. */
    put(
      uri: string,
      body: Uint8Array | string,
      as: { roleArn: string; service: string },
      kmsKeyId?: string,
    ): Promise<void>;
    list(uriPrefix: string, as: { roleArn: string; service: string }): Promise<readonly string[]>;
  };
  /** For Unix sockets, whose paths may have 107 bytes: a short path, gone with the sandbox. Several requests at once cost a third of what they cost over TCP. */
  readonly socketDirectory: string;
  /** Starts a child that dies with the sandbox (own process group, killed on stop, on Ctrl-C and when the parent is killed). */
  spawn(command: string, args: readonly string[], options: ChildOptions): Promise<Child>;
  /** Deterministic identifiers, from the sandbox's seed, in the order in which they are asked for. */
  uuid(): string;
  /** The same for messages and events: of processes that run beside each other they come in any order, which moves no other identifier. */
  messageId(): string;
}
