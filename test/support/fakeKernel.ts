/**
 * A kernel in memory for tests of single services: virtual clock, S3 as a map, no protocols, no IAM beyond `deny`.
 * It proves what a service does with the kernel, not that AWS's models or policies accept the calls.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Children } from "../../sandbox/kernel/children/index.ts";
import type {
  AlarmState,
  AwsEvent,
  Clock,
  Datum,
  Kernel,
  SandboxService,
  Timer,
} from "../../sandbox/kernel/types.ts";
import { ServiceError } from "../../sandbox/kernel/types.ts";

interface FakeTimer extends Timer {
  readonly order: number;
  readonly sequence: number;
  readonly key: string;
  readonly run: () => void;
}

const before = (a: FakeTimer, b: FakeTimer): number =>
  a.at - b.at || a.order - b.order || (a.key < b.key ? -1 : a.key > b.key ? 1 : a.sequence - b.sequence);

export class FakeClock implements Clock {
  private time: number;
  private sequence = 0;
  private readonly timers = new Set<FakeTimer>();
  private readonly tokens = new Map<number, string>();

  constructor(start: number) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  setTimer(at: number, run: () => void, options: { order?: number; key?: string } = {}): Timer {
    const timer: FakeTimer = {
      at: Math.max(at, this.time),
      order: options.order ?? 5,
      key: options.key ?? "",
      sequence: this.sequence++,
      run,
    };
    this.timers.add(timer);
    return timer;
  }

  clearTimer(timer: Timer | undefined): void {
    this.timers.delete(timer as FakeTimer);
  }

  hold(name: string): () => void {
    const id = this.sequence++;
    this.tokens.set(id, name);
    return () => this.tokens.delete(id);
  }

  async work<T>(name: string, run: () => Promise<T>): Promise<T> {
    const release = this.hold(name);
    try {
      return await run();
    } finally {
      release();
    }
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(this.time + milliseconds, resolve));
  }

  /** Waits until nothing holds a token and the event loop has drained. */
  async settle(): Promise<void> {
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const deadline = performance.now() + 30_000;
    for (let quiet = 0; quiet < 3; quiet = this.tokens.size === 0 ? quiet + 1 : 0) {
      await turn();
      if (this.tokens.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
      if (performance.now() > deadline) {
        throw new Error(`clock stuck: tokens held by ${JSON.stringify([...this.tokens.values()])}`);
      }
    }
  }

  /** Moves time forward; false when `until` given and never true. */
  async advance(milliseconds: number, until?: () => boolean): Promise<boolean> {
    const target = this.time + milliseconds;
    for (;;) {
      await this.settle();
      if (until?.()) return true;
      const next = [...this.timers].sort(before)[0];
      if (next === undefined || next.at > target) break;
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = target;
    return until === undefined;
  }
}

export interface Call {
  readonly service: string;
  readonly action: string;
  readonly input: Record<string, unknown>;
  readonly roleArn?: string;
}

type Stub = (input: Record<string, unknown>, call: Call) => unknown;

export interface FakeKernel extends Kernel {
  readonly clock: FakeClock;
  readonly events: AwsEvent[];
  readonly metrics: Datum[];
  readonly logs: { group: string; stream: string; message: string }[];
  readonly objects: Map<string, Uint8Array>;
  readonly calls: Call[];
  /** Answers for actions of services that are not registered, by `service:Action`. */
  readonly stubs: Map<string, Stub>;
  /** `service:Action` or S3 URI prefixes that every role is refused. */
  readonly denied: Set<string>;
  register(services: readonly SandboxService[]): void;
  setAlarm(alarm: AlarmState): void;
  /** Calls as the administrator. */
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  send(service: string, action: string, input?: object): Promise<any>;
  stop(): Promise<void>;
}

export function createFakeKernel(options: { start?: number; python?: string } = {}): FakeKernel {
  const clock = new FakeClock(options.start ?? Date.UTC(2026, 0, 5, 9));
  const stateDirectory = mkdtempSync(join(tmpdir(), "sluice-test-"));
  const socketDirectory = mkdtempSync(join(tmpdir(), "sluice-"));
  const services = new Map<string, SandboxService>();
  const children = new Children(socketDirectory);
  const alarms = new Map<string, AlarmState>();
  const listeners = new Set<(state: AlarmState) => void>();
  let uuids = 0;
  const uuid = (): string => {
    uuids += 1;
    return `00000000-0000-4000-8000-${String(uuids).padStart(12, "0")}`;
  };
  const refuse = (what: string, roleArn: string): void => {
    for (const prefix of fake.denied) {
      if (what.startsWith(prefix)) {
        throw new ServiceError("AccessDenied", `User: ${roleArn} is not authorized to perform: ${what}`, {
          status: 403,
        });
      }
    }
  };
  const run = async (
    service: string,
    action: string,
    input: object,
    roleArn?: string,
    via?: string,
  ): Promise<unknown> => {
    const call: Call = {
      service,
      action,
      input: input as Record<string, unknown>,
      ...(roleArn ? { roleArn } : {}),
    };
    fake.calls.push(call);
    const stub = fake.stubs.get(`${service}:${action}`);
    if (stub) return stub(call.input, call);
    const operation = services.get(service)?.operations[action];
    if (!operation)
      throw new Error(
        `fake kernel: nothing answers ${service}:${action}; register the service or add a stub`,
      );
    return operation(input, {
      service,
      action,
      caller: {
        accountId: fake.accountId,
        principalArn: roleArn ?? `arn:aws:iam::${fake.accountId}:root`,
        ...(via ? { via } : {}),
      },
      requestId: fake.uuid(),
      region: fake.region,
      now: clock.now(),
    });
  };
  const fake: FakeKernel = {
    clock,
    accountId: "000000000000",
    region: "eu-west-1",
    url: "http://127.0.0.1:1",
    stateDirectory,
    socketDirectory,
    python: options.python ?? "python3",
    node: process.execPath,
    events: [],
    metrics: [],
    logs: [],
    objects: new Map(),
    calls: [],
    stubs: new Map(),
    denied: new Set(),
    async call(service, action, input, who) {
      return clock.work(`${service}:${action}`, async () => {
        refuse(`${service}:${action}`, who.roleArn);
        return run(service, action, input, who.roleArn, who.service);
      });
    },
    callAsService: (service, action, input) => clock.work(action, () => run(service, action, input)),
    callAsSandbox: (service, action, input) => clock.work(action, () => run(service, action, input)),
    canAssume: () => true,
    credentialsFor: (roleArn) => ({
      AWS_ACCESS_KEY_ID: `key-${roleArn.split("/").at(-1)}`,
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "token",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_REGION: "eu-west-1",
    }),
    emitEvent: (event) => fake.events.push(structuredClone(event)),
    putMetric: (datum) => fake.metrics.push(datum),
    putLog: (group, stream, message) => fake.logs.push({ group, stream, message }),
    alarms: {
      get: (name) => alarms.get(name),
      onTransition(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    s3: {
      get: async (uri, who) => {
        refuse(uri, who.roleArn);
        const body = fake.objects.get(uri);
        if (!body) throw new ServiceError("NoSuchKey", "The specified key does not exist.", { status: 404 });
        return body;
      },
      put: async (uri, body, who) => {
        refuse(uri, who.roleArn);
        fake.objects.set(uri, typeof body === "string" ? Buffer.from(body) : body);
      },
      list: async (prefix, who) => {
        refuse(prefix, who.roleArn);
        return [...fake.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      },
    },
    spawn: (command, args, spawnOptions) => children.spawn(command, args, spawnOptions),
    uuid,
    messageId: uuid,
    register(list) {
      for (const service of list) services.set(service.modelName, service);
    },
    setAlarm(alarm) {
      alarms.set(alarm.alarmName, alarm);
      for (const listener of listeners) listener(alarm);
    },
    send: (service, action, input = {}) => clock.work(action, () => run(service, action, input)),
    async stop() {
      await Promise.all([...new Set(services.values())].map((service) => service.stop?.()));
      await children.stop(0);
      rmSync(socketDirectory, { recursive: true, force: true });
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
  return fake;
}
