import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, type SandboxService, ServiceError, type Timer } from "../../kernel/types.ts";
import { checkTarget, deliver } from "../events/delivery.ts";
import { parseSchedule, type Schedule } from "../events/schedule.ts";

interface ScheduleTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly RetryPolicy?: {
    readonly MaximumRetryAttempts?: number;
    readonly MaximumEventAgeInSeconds?: number;
  };
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly SqsParameters?: { readonly MessageGroupId?: string };
}

interface ScheduleInput {
  readonly Name: string;
  readonly GroupName?: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone?: string;
  readonly StartDate?: Date;
  readonly EndDate?: Date;
  readonly Description?: string;
  readonly State?: "ENABLED" | "DISABLED";
  readonly KmsKeyArn?: string;
  readonly Target: ScheduleTarget;
  readonly FlexibleTimeWindow: { readonly Mode: string; readonly MaximumWindowInMinutes?: number };
  readonly ActionAfterCompletion?: "NONE" | "DELETE";
}

interface StoredSchedule {
  readonly arn: string;
  readonly created: number;
  modified: number;
  input: ScheduleInput;
  schedule: Schedule;
  timer: Timer | undefined;
}

const defaultRetries = 185;
const defaultAgeSeconds = 86_400;
const knownTargetFields = new Set([
  "Arn",
  "RoleArn",
  "Input",
  "RetryPolicy",
  "DeadLetterConfig",
  "SqsParameters",
]);

/** EventBridge Scheduler: rate, cron and one-time schedules in any time zone, targets called under their role. */
export function createSchedulerServices(kernel: SandboxKernel): SandboxService[] {
  const schedules = new SchedulerStore(kernel);
  return [
    {
      signingName: "scheduler",
      modelName: "scheduler",
      operations: schedules.operations(),
      resources: (_action, input) => [
        typeof input.Name === "string"
          ? schedules.arn(String(input.GroupName ?? "default"), input.Name)
          : String(input.ResourceArn ?? "*"),
      ],
    },
  ];
}

class SchedulerStore {
  readonly #kernel: SandboxKernel;
  readonly #schedules = new Map<string, StoredSchedule>();
  readonly #groups = new Map<string, { created: number; tags: Record<string, string> }>();

  constructor(kernel: SandboxKernel) {
    this.#kernel = kernel;
    this.#groups.set("default", { created: kernel.clock.now(), tags: {} });
  }

  arn(group: string, name: string): string {
    return `arn:aws:scheduler:${this.#kernel.region}:${this.#kernel.accountId}:schedule/${group}/${name}`;
  }

  operations(): Readonly<Record<string, Operation>> {
    return {
      CreateSchedule: (input) => this.#create(input),
      UpdateSchedule: (input) => this.#update(input),
      GetSchedule: (input) => describe(this.#get(input)),
      ListSchedules: (input) => ({
        Schedules: [...this.#schedules.values()]
          .filter(
            (each) =>
              each.input.Name.startsWith(input.NamePrefix ?? "") &&
              (input.GroupName ?? each.input.GroupName ?? "default") === (each.input.GroupName ?? "default"),
          )
          .map((each) => ({ ...describe(each), Target: { Arn: each.input.Target.Arn } })),
      }),
      DeleteSchedule: (input) => this.#remove(this.#get(input)),
      CreateScheduleGroup: (input) => {
        if (this.#groups.has(input.Name))
          throw new ServiceError("ConflictException", `Schedule group ${input.Name} already exists.`);
        this.#groups.set(input.Name, { created: this.#kernel.clock.now(), tags: {} });
        return { ScheduleGroupArn: this.#groupArn(input.Name) };
      },
      GetScheduleGroup: (input) => {
        const group = this.#groups.get(input.Name);
        if (!group)
          throw new ServiceError("ResourceNotFoundException", `Schedule group ${input.Name} does not exist.`);
        return {
          Arn: this.#groupArn(input.Name),
          Name: input.Name,
          State: "ACTIVE",
          CreationDate: group.created,
          LastModificationDate: group.created,
        };
      },
      DeleteScheduleGroup: (input) => {
        for (const each of [...this.#schedules.values()])
          if (each.input.GroupName === input.Name) this.#remove(each);
        if (!this.#groups.delete(input.Name))
          throw new ServiceError("ResourceNotFoundException", `Schedule group ${input.Name} does not exist.`);
      },
      ListTagsForResource: () => ({ Tags: [] }),
    };
  }

  #create(input: ScheduleInput): object {
    const arn = this.arn(input.GroupName ?? "default", input.Name);
    if (this.#schedules.has(arn))
      throw new ServiceError("ConflictException", `Schedule ${input.Name} already exists.`);
    const now = this.#kernel.clock.now();
    const stored: StoredSchedule = {
      arn,
      created: now,
      modified: now,
      input,
      schedule: this.#checked(input),
      timer: undefined,
    };
    this.#schedules.set(arn, stored);
    this.#arm(stored);
    return { ScheduleArn: arn };
  }

  #update(input: ScheduleInput): object {
    const stored = this.#get(input);
    const schedule = this.#checked(input);
    Object.assign(stored, { input, schedule, modified: this.#kernel.clock.now() });
    this.#arm(stored);
    return { ScheduleArn: stored.arn };
  }

  #get(input: { Name: string; GroupName?: string }): StoredSchedule {
    const found = this.#schedules.get(this.arn(input.GroupName ?? "default", input.Name));
    if (!found) throw new ServiceError("ResourceNotFoundException", `Schedule ${input.Name} does not exist.`);
    return found;
  }

  #remove(stored: StoredSchedule): void {
    this.#kernel.clock.clearTimer(stored.timer);
    this.#schedules.delete(stored.arn);
  }

  #checked(input: ScheduleInput): Schedule {
    const unknown = Object.keys(input.Target).filter((field) => !knownTargetFields.has(field));
    if (unknown.length > 0)
      throw new ServiceError(
        "NotImplemented",
        `the Sluice sandbox does not support scheduler targets with ${unknown.join(", ")}`,
        { status: 501 },
      );
    checkTarget(input.Target.Arn);
    if (!this.#groups.has(input.GroupName ?? "default"))
      throw new ServiceError(
        "ResourceNotFoundException",
        `Schedule group ${input.GroupName} does not exist.`,
      );
    if (!this.#kernel.canAssume(input.Target.RoleArn, "scheduler.amazonaws.com"))
      throw new ServiceError(
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
      );
    try {
      const anchor = (input.StartDate ?? new Date(this.#kernel.clock.now())).getTime();
      return parseSchedule(input.ScheduleExpression, anchor, {
        at: true,
        timeZone: input.ScheduleExpressionTimezone ?? "UTC",
      });
    } catch (error) {
      throw new ServiceError(
        "ValidationException",
        `Invalid Schedule Expression ${input.ScheduleExpression}. ${(error as Error).message}`,
      );
    }
  }

  #arm(stored: StoredSchedule): void {
    const { clock } = this.#kernel;
    clock.clearTimer(stored.timer);
    stored.timer = undefined;
    const { input } = stored;
    const from = Math.max(clock.now(), (input.StartDate?.getTime() ?? 0) - 1);
    const at = input.State === "DISABLED" ? undefined : stored.schedule.next(from);
    if (at === undefined || at > (input.EndDate?.getTime() ?? Number.POSITIVE_INFINITY)) return;
    const run = () => {
      this.#fire(stored, at);
      this.#arm(stored);
      if (!stored.timer && input.ActionAfterCompletion === "DELETE") this.#remove(stored);
    };
    stored.timer = clock.setTimer(at, run, { key: `schedule ${stored.arn}` });
  }

  /** Flexible windows fire at their beginning: AWS promises any moment of the window, the sandbox the same one every time. */
  #fire(stored: StoredSchedule, at: number): void {
    const { Target: target, Name: name, GroupName: group = "default" } = stored.input;
    const input = (target.Input ?? "{}")
      .replaceAll("<aws.scheduler.schedule-arn>", stored.arn)
      .replaceAll("<aws.scheduler.scheduled-time>", new Date(at).toISOString().replace(".000Z", "Z"))
      .replaceAll("<aws.scheduler.execution-id>", this.#kernel.uuid())
      .replaceAll("<aws.scheduler.attempt-number>", "1");
    deliver(this.#kernel, {
      targetArn: target.Arn,
      input,
      roleArn: target.RoleArn,
      service: "scheduler.amazonaws.com",
      sourceArn: stored.arn,
      retries: target.RetryPolicy?.MaximumRetryAttempts ?? defaultRetries,
      maximumAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? defaultAgeSeconds,
      deadLetterArn: target.DeadLetterConfig?.Arn,
      origin: { SCHEDULE_ARN: stored.arn },
      key: `scheduler ${group}/${name} ${at}`,
      messageGroupId: target.SqsParameters?.MessageGroupId,
      count: (metric) => {
        const names = {
          invoked: "InvocationAttemptCount",
          failed: "TargetErrorCount",
          deadLettered: "InvocationsSentToDeadLetterCount",
        };
        this.#kernel.putMetric({
          namespace: "AWS/Scheduler",
          metricName: names[metric],
          dimensions: { ScheduleGroup: group },
          value: 1,
          unit: "Count",
        });
      },
    });
  }

  #groupArn(name: string): string {
    return `arn:aws:scheduler:${this.#kernel.region}:${this.#kernel.accountId}:schedule-group/${name}`;
  }
}

function describe(stored: StoredSchedule): Record<string, unknown> {
  return {
    ...stored.input,
    GroupName: stored.input.GroupName ?? "default",
    Arn: stored.arn,
    State: stored.input.State ?? "ENABLED",
    ScheduleExpressionTimezone: stored.input.ScheduleExpressionTimezone ?? "UTC",
    ActionAfterCompletion: stored.input.ActionAfterCompletion ?? "NONE",
    CreationDate: stored.created,
    LastModificationDate: stored.modified,
  };
}
