import type { SandboxKernel } from "../../kernel/kernel.ts";
import { type SandboxService, ServiceError } from "../../kernel/types.ts";
import { metricsOf } from "./emf.ts";
import { matcherOf } from "./filter.ts";

export interface LogLine {
  readonly timestamp: number;
  readonly ingested: number;
  readonly message: string;
  readonly id: string;
}

interface LogGroup {
  readonly name: string;
  readonly created: number;
  retentionDays: number | undefined;
  kmsKeyId: string | undefined;
  tags: Record<string, string>;
  readonly streams: Map<string, LogLine[]>;
}

const pageSize = 10_000;

/** CloudWatch Logs: groups, streams, lines; documents in the embedded metric format become metrics. */
export class LogStore {
  readonly groups = new Map<string, LogGroup>();
  readonly #kernel: SandboxKernel;
  #lines = 0;

  constructor(kernel: SandboxKernel) {
    this.#kernel = kernel;
  }

  create(name: string): LogGroup {
    const group: LogGroup = {
      name,
      created: this.#kernel.clock.now(),
      retentionDays: undefined,
      kmsKeyId: undefined,
      tags: {},
      streams: new Map(),
    };
    this.groups.set(name, group);
    return group;
  }

  append(groupName: string, streamName: string, message: string, timestamp?: number): void {
    const group = this.groups.get(groupName) ?? this.create(groupName);
    let stream = group.streams.get(streamName);
    if (!stream) {
      stream = [];
      group.streams.set(streamName, stream);
    }
    const now = this.#kernel.clock.now();
    stream.push({
      timestamp: timestamp ?? now,
      ingested: now,
      message,
      id: String(++this.#lines).padStart(16, "0"),
    });
    for (const datum of metricsOf(message, now)) this.#kernel.putMetric(datum);
  }

  /** @throws ServiceError when there is no such group */
  group(name: string): LogGroup {
    const group = this.groups.get(name);
    if (!group)
      throw new ServiceError("ResourceNotFoundException", "The specified log group does not exist.");
    return group;
  }

  arn(name: string): string {
    return `arn:aws:logs:${this.#kernel.region}:${this.#kernel.accountId}:log-group:${name}`;
  }

  /** Lines of a group in the order of their arrival. */
  lines(groupName: string): readonly LogLine[] {
    const group = this.groups.get(groupName);
    return group ? [...group.streams.values()].flat().sort((a, b) => (a.id < b.id ? -1 : 1)) : [];
  }
}

export function createLogsServices(kernel: SandboxKernel, store: LogStore): SandboxService[] {
  return [
    {
      signingName: "logs",
      modelName: "logs",
      operations: { ...groupOperations(store), ...eventOperations(store) },
      resources: (_action, input) => {
        const name = (input.logGroupName ?? input.logGroupIdentifier) as string | undefined;
        if (typeof input.resourceArn === "string") return [input.resourceArn];
        if (name === undefined)
          return [
            `arn:aws:logs:${kernel.region}:${kernel.accountId}:log-group:${input.logGroupNamePrefix ?? ""}*`,
          ];
        const stream = typeof input.logStreamName === "string" ? `:log-stream:${input.logStreamName}` : ":*";
        return [`${store.arn(name)}${stream}`];
      },
    },
  ];
}

function groupOperations(store: LogStore): SandboxService["operations"] {
  const ofArn = (arn: string) => store.group(arn.replace(/^.*:log-group:/, "").replace(/:\*$/, ""));
  return {
    CreateLogGroup: (input) => {
      if (store.groups.has(input.logGroupName))
        throw new ServiceError("ResourceAlreadyExistsException", "The specified log group already exists");
      const group = store.create(input.logGroupName);
      group.kmsKeyId = input.kmsKeyId;
      group.tags = { ...(input.tags ?? {}) };
    },
    DeleteLogGroup: (input) => {
      store.group(input.logGroupName);
      store.groups.delete(input.logGroupName);
    },
    DescribeLogGroups: (input) => ({
      logGroups: [...store.groups.values()]
        .filter(
          (group) =>
            group.name.startsWith(input.logGroupNamePrefix ?? "") &&
            group.name.includes(input.logGroupNamePattern ?? ""),
        )
        .map((group) => ({
          logGroupName: group.name,
          creationTime: group.created,
          retentionInDays: group.retentionDays,
          metricFilterCount: 0,
          arn: `${store.arn(group.name)}:*`,
          logGroupArn: store.arn(group.name),
          storedBytes: 0,
          kmsKeyId: group.kmsKeyId,
          logGroupClass: "STANDARD",
        })),
    }),
    PutRetentionPolicy: (input) => {
      store.group(input.logGroupName).retentionDays = input.retentionInDays;
    },
    DeleteRetentionPolicy: (input) => {
      store.group(input.logGroupName).retentionDays = undefined;
    },
    AssociateKmsKey: (input) => {
      store.group(input.logGroupName).kmsKeyId = input.kmsKeyId;
    },
    DisassociateKmsKey: (input) => {
      store.group(input.logGroupName).kmsKeyId = undefined;
    },
    TagResource: (input) => {
      const group = ofArn(input.resourceArn);
      group.tags = { ...group.tags, ...input.tags };
    },
    UntagResource: (input) => {
      const group = ofArn(input.resourceArn);
      group.tags = Object.fromEntries(
        Object.entries(group.tags).filter(([key]) => !input.tagKeys.includes(key)),
      );
    },
    ListTagsForResource: (input) => ({ tags: ofArn(input.resourceArn).tags }),
    ListTagsLogGroup: (input) => ({ tags: store.group(input.logGroupName).tags }),
  };
}

function eventOperations(store: LogStore): SandboxService["operations"] {
  const nameOf = (input: { logGroupName?: string; logGroupIdentifier?: string }) =>
    input.logGroupName ?? (input.logGroupIdentifier ?? "").replace(/^.*:log-group:/, "");
  return {
    CreateLogStream: (input) => {
      const { streams } = store.group(input.logGroupName);
      if (streams.has(input.logStreamName))
        throw new ServiceError("ResourceAlreadyExistsException", "The specified log stream already exists");
      streams.set(input.logStreamName, []);
    },
    DeleteLogStream: (input) => {
      if (!store.group(input.logGroupName).streams.delete(input.logStreamName)) throw noStream();
    },
    DescribeLogStreams: (input) => ({
      logStreams: [...store.group(nameOf(input)).streams]
        .filter(([name]) => name.startsWith(input.logStreamNamePrefix ?? ""))
        .slice(0, input.limit ?? 50)
        .map(([name, lines]) => ({
          logStreamName: name,
          creationTime: lines[0]?.ingested,
          firstEventTimestamp: lines[0]?.timestamp,
          lastEventTimestamp: lines.at(-1)?.timestamp,
          lastIngestionTime: lines.at(-1)?.ingested,
          arn: `${store.arn(nameOf(input))}:log-stream:${name}`,
        })),
    }),
    PutLogEvents: (input) => {
      if (!store.group(input.logGroupName).streams.has(input.logStreamName)) throw noStream();
      for (const event of input.logEvents)
        store.append(input.logGroupName, input.logStreamName, event.message, event.timestamp);
      return { nextSequenceToken: "0" };
    },
    GetLogEvents: (input) => {
      const lines = store.group(nameOf(input)).streams.get(input.logStreamName);
      if (!lines) throw noStream();
      const chosen = lines.filter((line) => within(line, input));
      const from =
        input.nextToken === undefined
          ? input.startFromHead
            ? 0
            : Math.max(0, chosen.length - (input.limit ?? pageSize))
          : Number(input.nextToken.slice(2));
      const page = chosen.slice(from, from + (input.limit ?? pageSize));
      return {
        events: page.map((line) => ({
          timestamp: line.timestamp,
          message: line.message,
          ingestionTime: line.ingested,
        })),
        nextForwardToken: `f/${from + page.length}`,
        nextBackwardToken: `b/${Math.max(0, from - pageSize)}`,
      };
    },
    FilterLogEvents: (input) => {
      const group = store.group(nameOf(input));
      const matches = matcherOf(input.filterPattern ?? "");
      const wanted = [...group.streams].filter(
        ([name]) =>
          (input.logStreamNames ?? [name]).includes(name) && name.startsWith(input.logStreamNamePrefix ?? ""),
      );
      const found = wanted
        .flatMap(([logStreamName, lines]) =>
          lines
            .filter((line) => within(line, input) && matches(line.message))
            .map((line) => ({
              logStreamName,
              timestamp: line.timestamp,
              message: line.message,
              ingestionTime: line.ingested,
              eventId: line.id,
            })),
        )
        .sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1));
      const from = Number(input.nextToken ?? 0);
      const limit = input.limit ?? pageSize;
      const nextToken = from + limit < found.length ? String(from + limit) : undefined;
      return { events: found.slice(from, from + limit), searchedLogStreams: [], nextToken };
    },
  };
}

function within(line: LogLine, input: { startTime?: number; endTime?: number }): boolean {
  return (
    line.timestamp >= (input.startTime ?? 0) && line.timestamp < (input.endTime ?? Number.POSITIVE_INFINITY)
  );
}

function noStream(): ServiceError {
  return new ServiceError("ResourceNotFoundException", "The specified log stream does not exist.");
}
