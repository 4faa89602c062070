import { parsePolicy } from "../../kernel/iam/policy.ts";
import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type Operation, ServiceError } from "../../kernel/types.ts";
import type { Bus, Buses } from "./buses.ts";
import { compilePattern } from "./pattern.ts";

const largestEntry = 2 ** 20;

/** Operations on buses, and publishing. */
export function busOperations(kernel: SandboxKernel, buses: Buses): Readonly<Record<string, Operation>> {
  return {
    CreateEventBus: (input) => {
      if (buses.buses.has(input.Name))
        throw new ServiceError("ResourceAlreadyExistsException", `Event bus ${input.Name} already exists.`);
      if (input.EventSourceName !== undefined)
        throw new ServiceError(
          "NotImplemented",
          "the Sluice sandbox does not support events:CreateEventBus (EventSourceName)",
          { status: 501 },
        );
      const bus = buses.create(input.Name);
      Object.assign(bus, {
        description: input.Description,
        kmsKey: input.KmsKeyIdentifier,
        deadLetterArn: input.DeadLetterConfig?.Arn,
        tags: Object.fromEntries(
          (input.Tags ?? []).map((tag: { Key: string; Value: string }) => [tag.Key, tag.Value]),
        ),
      });
      return { EventBusArn: bus.arn, Description: bus.description, KmsKeyIdentifier: bus.kmsKey };
    },
    UpdateEventBus: (input) => {
      const bus = buses.get(input.Name);
      Object.assign(bus, {
        description: input.Description,
        kmsKey: input.KmsKeyIdentifier,
        deadLetterArn: input.DeadLetterConfig?.Arn,
      });
      return { Arn: bus.arn, Name: bus.name, Description: bus.description };
    },
    DescribeEventBus: (input) => {
      const bus = buses.get(input.Name);
      return {
        Name: bus.name,
        Arn: bus.arn,
        Policy: busPolicy(bus),
        Description: bus.description,
        KmsKeyIdentifier: bus.kmsKey,
        DeadLetterConfig: bus.deadLetterArn === undefined ? undefined : { Arn: bus.deadLetterArn },
        CreationTime: bus.created,
        LastModifiedTime: bus.created,
      };
    },
    ListEventBuses: (input) => ({
      EventBuses: [...buses.buses.values()]
        .filter((bus) => bus.name.startsWith(input.NamePrefix ?? ""))
        .map((bus) => ({ Name: bus.name, Arn: bus.arn, Policy: busPolicy(bus), CreationTime: bus.created })),
    }),
    DeleteEventBus: (input) => {
      if (input.Name === "default")
        throw new ServiceError("ValidationException", "Cannot delete event bus default.");
      const bus = buses.buses.get(input.Name);
      if (!bus) return;
      if (bus.rules.size > 0)
        throw new ServiceError(
          "ValidationException",
          `Event bus ${input.Name} can't be deleted since it has rules.`,
        );
      buses.buses.delete(input.Name);
    },
    PutPermission: (input) => {
      const bus = buses.get(input.EventBusName);
      if (typeof input.Policy === "string") return setPolicy(bus, input.Policy);
      const principal = input.Principal === "*" ? "*" : { AWS: `arn:aws:iam::${input.Principal}:root` };
      const condition = input.Condition && {
        Condition: { [input.Condition.Type]: { [input.Condition.Key]: input.Condition.Value } },
      };
      bus.statements.set(input.StatementId, {
        Sid: input.StatementId,
        Effect: "Allow",
        Principal: principal,
        Action: input.Action,
        Resource: bus.arn,
        ...condition,
      });
    },
    RemovePermission: (input) => {
      const bus = buses.get(input.EventBusName);
      if (input.RemoveAllPermissions) bus.statements.clear();
      else if (!bus.statements.delete(input.StatementId))
        throw new ServiceError("ResourceNotFoundException", `Statement ${input.StatementId} does not exist.`);
    },
    TestEventPattern: (input) => {
      const event = JSON.parse(input.Event);
      return { Result: compile(input.EventPattern)(event) };
    },
    PutEvents: (input, { caller }) => {
      const results = (input.Entries as readonly Entry[]).map((entry) =>
        putEntry(kernel, buses, entry, caller.accountId),
      );
      return { FailedEntryCount: results.filter((result) => "ErrorCode" in result).length, Entries: results };
    },
  };
}

interface Entry {
  readonly Time?: Date;
  readonly Source?: string;
  readonly Resources?: readonly string[];
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
}

function putEntry(
  kernel: SandboxKernel,
  buses: Buses,
  entry: Entry,
  account: string,
): { EventId: string } | { ErrorCode: string; ErrorMessage: string } {
  const missing = (["Source", "DetailType", "Detail"] as const).filter(
    (name) => entry[name] === undefined || entry[name] === "",
  );
  if (missing.length > 0)
    return {
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter(s) ${missing.join(", ")} not valid. Reason: must not be empty.`,
    };
  if (Buffer.byteLength(JSON.stringify(entry)) > largestEntry)
    return {
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Total size of the entries in the request is over the limit of ${largestEntry} bytes.`,
    };
  let detail: unknown;
  try {
    detail = JSON.parse(entry.Detail as string);
  } catch {
    // Answered below together with JSON that is no object.
    detail = undefined;
  }
  if (typeof detail !== "object" || detail === null || Array.isArray(detail))
    return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  const event = {
    source: entry.Source as string,
    "detail-type": entry.DetailType as string,
    detail: detail as Record<string, unknown>,
    resources: entry.Resources ?? [],
  };
  const name = (entry.EventBusName ?? "default").replace(/^arn:.*:event-bus\//, "");
  const bus = buses.buses.get(name);
  // AWS takes events for a bus that does not exist without complaint; here that is worth a line.
  if (!bus) {
    kernel.log(`events: event ${event.source} for bus ${name}, which does not exist`);
    return { EventId: kernel.messageId() };
  }
  return { EventId: buses.publish(bus, event, entry.Time?.getTime(), account) };
}

function setPolicy(bus: Bus, text: string): void {
  try {
    parsePolicy(text, "resource");
  } catch (error) {
    throw new ServiceError("ValidationException", (error as Error).message);
  }
  const { Statement } = JSON.parse(text) as { Statement: object | readonly object[] };
  bus.statements.clear();
  (Array.isArray(Statement) ? Statement : [Statement]).forEach(
    (statement: { Sid?: string }, index: number) => {
      bus.statements.set(statement.Sid ?? `statement-${index}`, statement);
    },
  );
}

export function busPolicy(bus: Bus): string | undefined {
  if (bus.statements.size === 0) return undefined;
  return JSON.stringify({ Version: "2012-10-17", Statement: [...bus.statements.values()] });
}

/** @throws ServiceError in AWS's words for a pattern that is none */
export function compile(pattern: string): ReturnType<typeof compilePattern> {
  try {
    return compilePattern(pattern);
  } catch (error) {
    throw new ServiceError("InvalidEventPatternException", (error as Error).message);
  }
}
