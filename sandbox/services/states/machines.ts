/** State machines: create, describe, update, delete, list, validate, tags. */
import { createHash } from "node:crypto";
import { type Kernel, type Operation, ServiceError } from "../../kernel/types.ts";
import type { Definition } from "./definition.ts";
import { validateDefinition } from "./validate.ts";

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
type Input = any;

export interface Machine {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly type: "STANDARD";
  readonly creationDate: Date;
  definition: string;
  parsed: Definition;
  roleArn: string;
  revisionId: string | undefined;
  loggingConfiguration: LoggingConfiguration;
  tracingConfiguration: { readonly enabled: boolean };
}

interface LoggingConfiguration {
  readonly level?: "ALL" | "ERROR" | "FATAL" | "OFF";
  readonly includeExecutionData?: boolean;
  readonly destinations?: readonly { readonly cloudWatchLogsLogGroup?: { readonly logGroupArn?: string } }[];
}

export interface PageInput {
  readonly nextToken?: string;
  readonly maxResults?: number;
}

/** One page of a list. Throws InvalidToken for a foreign token. */
export function page<T>(items: readonly T[], input: PageInput): { items: T[]; nextToken?: string } {
  const start = input.nextToken === undefined ? 0 : Number(input.nextToken);
  if (!Number.isInteger(start) || start < 0) throw new ServiceError("InvalidToken", "Invalid Token");
  const end = start + (input.maxResults || 100);
  return { items: items.slice(start, end), ...(end < items.length ? { nextToken: String(end) } : {}) };
}

export class MachineStore {
  readonly byArn = new Map<string, Machine>();
  private readonly tags = new Map<string, Map<string, string>>();
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  arn(name: string): string {
    return `arn:aws:states:${this.kernel.region}:${this.kernel.accountId}:stateMachine:${name}`;
  }

  /** Throws InvalidArn or StateMachineDoesNotExist. */
  get(arn: string): Machine {
    if (!/^arn:aws[\w-]*:states:[\w-]+:\d{12}:stateMachine:.+$/.test(arn)) {
      throw new ServiceError("InvalidArn", `Invalid Arn: '${arn}'`);
    }
    const machine = this.byArn.get(arn);
    if (!machine)
      throw new ServiceError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }

  operations(): Record<string, Operation> {
    return {
      CreateStateMachine: (input) => this.create(input),
      DescribeStateMachine: (input) => this.describe(this.get(input.stateMachineArn)),
      UpdateStateMachine: (input) => this.update(input),
      DeleteStateMachine: (input) => {
        this.byArn.delete(input.stateMachineArn);
        this.tags.delete(input.stateMachineArn);
        return {};
      },
      ListStateMachines: (input) => {
        const { items, nextToken } = page([...this.byArn.values()], input);
        return {
          stateMachines: items.map(({ stateMachineArn, name, type, creationDate }) => ({
            stateMachineArn,
            name,
            type,
            creationDate,
          })),
          nextToken,
        };
      },
      ListStateMachineVersions: (input) => {
        this.get(input.stateMachineArn);
        return { stateMachineVersions: [] };
      },
      ValidateStateMachineDefinition: (input) => {
        const diagnostics = validateDefinition(input.definition);
        return { result: diagnostics.length === 0 ? "OK" : "FAIL", diagnostics, truncated: false };
      },
      TagResource: (input) => {
        this.tag(this.taggable(input.resourceArn), input.tags);
        return {};
      },
      UntagResource: (input) => {
        for (const key of input.tagKeys) this.tags.get(this.taggable(input.resourceArn))?.delete(key);
        return {};
      },
      ListTagsForResource: (input) => ({
        tags: [...(this.tags.get(this.taggable(input.resourceArn)) ?? [])].map(([key, value]) => ({
          key,
          value,
        })),
      }),
    };
  }

  private taggable(arn: string): string {
    if (!this.byArn.has(arn))
      throw new ServiceError("ResourceNotFound", `Resource not found: '${arn}'`, {
        fields: { resourceName: arn },
      });
    return arn;
  }

  private tag(arn: string, tags: readonly { key: string; value: string }[] | undefined): void {
    const merged = new Map(this.tags.get(arn));
    for (const { key, value } of tags ?? []) merged.set(key, value);
    if (merged.size > 50)
      throw new ServiceError("TooManyTags", `at most 50 tags, got ${merged.size}`, {
        fields: { resourceName: arn },
      });
    this.tags.set(arn, merged);
  }

  private create(input: Input): object {
    const arn = this.arn(input.name);
    if (/[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u.test(input.name))
      throw new ServiceError("InvalidName", `Invalid Name: '${input.name}'`);
    if (input.type === "EXPRESS")
      throw new ServiceError(
        "ValidationException",
        "The Sluice sandbox does not support type EXPRESS; use STANDARD",
      );
    if (input.publish)
      throw new ServiceError(
        "ValidationException",
        "The Sluice sandbox does not support publish (state machine versions)",
      );
    const parsed = checked(input.definition);
    this.checkRole(input.roleArn);
    const present = this.byArn.get(arn);
    if (present) {
      // The same request again is answered, not refused: CreateStateMachine is idempotent.
      const same = present.definition === input.definition && present.roleArn === input.roleArn;
      if (!same)
        throw new ServiceError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
      return { stateMachineArn: arn, creationDate: present.creationDate };
    }
    const creationDate = new Date(this.kernel.clock.now());
    this.byArn.set(arn, {
      stateMachineArn: arn,
      name: input.name,
      type: "STANDARD",
      creationDate,
      definition: input.definition,
      parsed,
      roleArn: input.roleArn,
      revisionId: undefined,
      loggingConfiguration: logging(input.loggingConfiguration),
      tracingConfiguration: input.tracingConfiguration ?? { enabled: false },
    });
    this.tag(arn, input.tags);
    return { stateMachineArn: arn, creationDate };
  }

  private update(input: Input): object {
    const machine = this.get(input.stateMachineArn);
    if (input.publish)
      throw new ServiceError(
        "ValidationException",
        "The Sluice sandbox does not support publish (state machine versions)",
      );
    if (input.definition !== undefined) {
      machine.parsed = checked(input.definition);
      machine.definition = input.definition;
    }
    if (input.roleArn !== undefined) {
      this.checkRole(input.roleArn);
      machine.roleArn = input.roleArn;
    }
    if (input.loggingConfiguration !== undefined)
      machine.loggingConfiguration = logging(input.loggingConfiguration);
    if (input.tracingConfiguration !== undefined) machine.tracingConfiguration = input.tracingConfiguration;
    machine.revisionId = createHash("sha256")
      .update(machine.definition + machine.roleArn)
      .digest("hex")
      .slice(0, 32);
    return { updateDate: new Date(this.kernel.clock.now()), revisionId: machine.revisionId };
  }

  private checkRole(roleArn: string): void {
    if (this.kernel.canAssume(roleArn, "states.amazonaws.com")) return;
    throw new ServiceError(
      "AccessDeniedException",
      "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
    );
  }

  private describe(machine: Machine): object {
    const { parsed: _parsed, revisionId, ...rest } = machine;
    return { ...rest, status: "ACTIVE", ...(revisionId ? { revisionId } : {}) };
  }
}

function logging(given: LoggingConfiguration | undefined): LoggingConfiguration {
  const configuration = { level: "OFF" as const, includeExecutionData: false, ...given };
  if (configuration.level !== "OFF" && (given?.destinations ?? []).length === 0) {
    throw new ServiceError(
      "InvalidLoggingConfiguration",
      "Invalid Logging Configuration: Must specify exactly one Log Destination.",
    );
  }
  return configuration;
}

function checked(definition: string): Definition {
  const problems = validateDefinition(definition);
  if (problems.length === 0) return JSON.parse(definition) as Definition;
  const list = problems.map(({ code, message, location }) => `${code}: ${message} at ${location}`).join(", ");
  throw new ServiceError("InvalidDefinition", `Invalid State Machine Definition: '${list}'`);
}
