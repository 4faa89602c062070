import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type AwsEvent, ServiceError, type Timer } from "../../kernel/types.ts";
import { deliver } from "./delivery.ts";
import type { Schedule } from "./schedule.ts";
import { type InputSettings, transform } from "./transform.ts";

export interface Target extends InputSettings {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy?: {
    readonly MaximumRetryAttempts?: number;
    readonly MaximumEventAgeInSeconds?: number;
  };
  readonly SqsParameters?: { readonly MessageGroupId?: string };
}

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly bus: string;
  pattern: string | undefined;
  matches: ((event: never) => boolean) | undefined;
  scheduleExpression: string | undefined;
  schedule: Schedule | undefined;
  enabled: boolean;
  description: string | undefined;
  roleArn: string | undefined;
  tags: Record<string, string>;
  timer: Timer | undefined;
  readonly targets: Map<string, Target>;
}

export interface Bus {
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  description: string | undefined;
  kmsKey: string | undefined;
  deadLetterArn: string | undefined;
  tags: Record<string, string>;
  /** Statements of the resource policy by their Sid. */
  readonly statements: Map<string, object>;
  readonly rules: Map<string, Rule>;
}

const defaultRetries = 185;
const defaultAgeSeconds = 86_400;

/** Event buses with their rules; events fan out to targets with retries on the clock. */
export class Buses {
  readonly #kernel: SandboxKernel;
  readonly buses = new Map<string, Bus>();

  constructor(kernel: SandboxKernel) {
    this.#kernel = kernel;
    this.create("default");
  }

  create(name: string): Bus {
    const bus: Bus = {
      name,
      arn: `arn:aws:events:${this.#kernel.region}:${this.#kernel.accountId}:event-bus/${name}`,
      created: this.#kernel.clock.now(),
      description: undefined,
      kmsKey: undefined,
      deadLetterArn: undefined,
      tags: {},
      statements: new Map(),
      rules: new Map(),
    };
    this.buses.set(name, bus);
    return bus;
  }

  /** @param reference name or ARN; the default bus without one. @throws ServiceError when there is no such bus */
  get(reference: string | undefined): Bus {
    const name = (reference ?? "default").replace(/^arn:.*:event-bus\//, "");
    const bus = this.buses.get(name);
    if (!bus) throw new ServiceError("ResourceNotFoundException", `Event bus ${name} does not exist.`);
    return bus;
  }

  rule(bus: string | undefined, name: string): Rule {
    const found = this.get(bus);
    const rule = found.rules.get(name);
    if (!rule)
      throw new ServiceError(
        "ResourceNotFoundException",
        `Rule ${name} does not exist on EventBus ${found.name}.`,
      );
    return rule;
  }

  ruleArn(bus: string, name: string): string {
    const path = bus === "default" ? name : `${bus}/${name}`;
    return `arn:aws:events:${this.#kernel.region}:${this.#kernel.accountId}:rule/${path}`;
  }

  /** Publishes one event of an account; returns its id. Matching is immediate, delivery follows on the clock. */
  publish(
    bus: Bus,
    event: AwsEvent,
    time = this.#kernel.clock.now(),
    account = this.#kernel.accountId,
  ): string {
    const id = this.#kernel.messageId();
    const envelope = {
      version: "0",
      id,
      "detail-type": event["detail-type"],
      source: event.source,
      account,
      time: new Date(Math.floor(time / 1000) * 1000).toISOString().replace(".000Z", "Z"),
      region: this.#kernel.region,
      resources: event.resources ?? [],
      detail: event.detail,
    };
    for (const rule of bus.rules.values())
      if (rule.enabled && rule.matches?.(envelope as never)) this.#fire(bus, rule, envelope);
    return id;
  }

  /** Sets the timer of a scheduled rule anew after any change. */
  reschedule(bus: Bus, rule: Rule): void {
    this.#kernel.clock.clearTimer(rule.timer);
    rule.timer = undefined;
    const at = rule.enabled ? rule.schedule?.next(this.#kernel.clock.now()) : undefined;
    if (at === undefined) return;
    const run = () => {
      const time = new Date(at).toISOString().replace(".000Z", "Z");
      const event = {
        version: "0",
        id: this.#kernel.messageId(),
        "detail-type": "Scheduled Event",
        source: "aws.events",
        account: this.#kernel.accountId,
        time,
        region: this.#kernel.region,
        resources: [rule.arn],
        detail: {},
      };
      this.#fire(bus, rule, event);
      this.reschedule(bus, rule);
    };
    rule.timer = this.#kernel.clock.setTimer(at, run, { key: `rule ${rule.arn}` });
  }

  #fire(bus: Bus, rule: Rule, event: Record<string, unknown>): void {
    this.#metric("TriggeredRules", bus, rule);
    this.#metric("MatchedEvents", bus, rule);
    for (const target of rule.targets.values())
      deliver(this.#kernel, {
        targetArn: target.Arn,
        input: transform(target, event, rule),
        roleArn: target.RoleArn,
        service: "events.amazonaws.com",
        sourceArn: rule.arn,
        retries: target.RetryPolicy?.MaximumRetryAttempts ?? defaultRetries,
        maximumAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? defaultAgeSeconds,
        deadLetterArn: target.DeadLetterConfig?.Arn,
        origin: { RULE_ARN: rule.arn },
        key: `events ${rule.name}/${target.Id} ${event.id}`,
        messageGroupId: target.SqsParameters?.MessageGroupId,
        count: (metric) => {
          const names = {
            invoked: "Invocations",
            failed: "FailedInvocations",
            deadLettered: "InvocationsSentToDlq",
          };
          this.#metric(names[metric], bus, rule);
        },
      });
  }

  #metric(metricName: string, bus: Bus, rule: Rule): void {
    const dimensions: Record<string, string> =
      bus.name === "default" ? { RuleName: rule.name } : { EventBusName: bus.name, RuleName: rule.name };
    this.#kernel.putMetric({ namespace: "AWS/Events", metricName, dimensions, value: 1, unit: "Count" });
  }
}
