/** Executions: start, describe, stop, list, history. */
import { type Kernel, type Operation, ServiceError, type Timer } from "../../kernel/types.ts";
import { payloadLimit, StateError } from "./errors.ts";
import { type Execution, ExecutionReporter, type Status } from "./execution.ts";
import { History, type HistoryEvent } from "./history.ts";
import { runMachine } from "./interpreter.ts";
import { type Machine, type MachineStore, page } from "./machines.ts";
import { Strand } from "./strand.ts";

// biome-ignore lint/suspicious/noExplicitAny: inputs are checked against AWS's service model before they arrive
type Input = any;

/** Reasons that end an execution from outside. */
class Ended extends Error {
  readonly status: "TIMED_OUT" | "ABORTED";
  readonly error: string | undefined;
  readonly reason: string | undefined;
  constructor(status: "TIMED_OUT" | "ABORTED", error?: string, reason?: string) {
    super(status);
    this.status = status;
    this.error = error;
    this.reason = reason;
  }
}

const endEvents: Readonly<Record<Exclude<Status, "RUNNING">, readonly [type: string, details: string]>> = {
  SUCCEEDED: ["ExecutionSucceeded", "executionSucceededEventDetails"],
  FAILED: ["ExecutionFailed", "executionFailedEventDetails"],
  TIMED_OUT: ["ExecutionTimedOut", "executionTimedOutEventDetails"],
  ABORTED: ["ExecutionAborted", "executionAbortedEventDetails"],
};

export class ExecutionStore {
  private readonly byArn = new Map<string, Execution>();
  private readonly kernel: Kernel;
  private readonly machines: MachineStore;
  private readonly reporter: ExecutionReporter;

  constructor(kernel: Kernel, machines: MachineStore) {
    this.kernel = kernel;
    this.machines = machines;
    this.reporter = new ExecutionReporter(kernel);
  }

  operations(): Record<string, Operation> {
    return {
      StartExecution: (input) => this.start(input),
      StartSyncExecution: () => {
        throw new ServiceError(
          "StateMachineTypeNotSupported",
          "StartSyncExecution: the Sluice sandbox has standard state machines only; use StartExecution",
        );
      },
      DescribeExecution: (input) => {
        const execution = this.get(input.executionArn);
        const { history: _history, controller: _controller, ...described } = execution;
        return {
          ...described,
          inputDetails: { included: true },
          outputDetails: { included: true },
          redriveCount: 0,
          redriveStatus: "NOT_REDRIVABLE",
        };
      },
      StopExecution: (input) => {
        const execution = this.get(input.executionArn);
        if (execution.status !== "RUNNING")
          return { stopDate: execution.stopDate ?? new Date(this.kernel.clock.now()) };
        execution.controller.abort(new Ended("ABORTED", input.error, input.cause));
        return { stopDate: new Date(this.kernel.clock.now()) };
      },
      GetExecutionHistory: (input) => {
        const { events } = this.get(input.executionArn).history;
        const { items, nextToken } = page(input.reverseOrder ? [...events].reverse() : events, input);
        return { events: input.includeExecutionData === false ? items.map(withoutData) : items, nextToken };
      },
      ListExecutions: (input) => this.list(input),
    };
  }

  stop(): void {
    for (const { status, controller } of this.byArn.values()) {
      if (status === "RUNNING")
        controller.abort(new Ended("ABORTED", "Sandbox.Stopped", "the sandbox stopped"));
    }
  }

  private get(arn: string): Execution {
    const execution = this.byArn.get(arn);
    if (!execution) throw new ServiceError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  private start(input: Input): object {
    const machine = this.machines.get(input.stateMachineArn);
    const text: string = input.input ?? "{}";
    const parsed = parseInput(text);
    const name: string = input.name ?? this.kernel.uuid();
    if (!/^[\w.+!@()=-][\w.+!@()=' -]{0,79}$/.test(name))
      throw new ServiceError("InvalidName", `Invalid Name: '${name}'`);
    const executionArn = `${machine.stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
    const present = this.byArn.get(executionArn);
    if (present) {
      if (present.status === "RUNNING" && present.input === text)
        return { executionArn, startDate: present.startDate };
      throw new ServiceError("ExecutionAlreadyExists", `Execution Already Exists: '${executionArn}'`);
    }
    const execution: Execution = {
      executionArn,
      stateMachineArn: machine.stateMachineArn,
      name,
      startDate: new Date(this.kernel.clock.now()),
      input: text,
      history: new History(
        () => this.kernel.clock.now(),
        (event) => this.reporter.log(machine, execution, event),
      ),
      controller: new AbortController(),
      status: "RUNNING",
    };
    this.byArn.set(executionArn, execution);
    this.reporter.report(execution);
    void this.run(machine, execution, parsed);
    return { executionArn, startDate: execution.startDate };
  }

  /** Never rejects. A running execution keeps the definition and role it started with. */
  private async run(machine: Machine, execution: Execution, input: unknown): Promise<void> {
    const { clock } = this.kernel;
    const { history, controller } = execution;
    const strand = new Strand(clock, `execution ${execution.name}`, controller.signal);
    const { parsed: definition, roleArn } = machine;
    history.add("ExecutionStarted", { executionStartedEventDetails: { input: execution.input, roleArn } }, 0);
    let timer: Timer | undefined;
    if (definition.TimeoutSeconds !== undefined) {
      timer = clock.setTimer(clock.now() + definition.TimeoutSeconds * 1000, () =>
        controller.abort(new Ended("TIMED_OUT", "States.Timeout", "")),
      );
    }
    let draws = 0;
    try {
      const output = await runMachine(
        {
          kernel: this.kernel,
          roleArn,
          executionArn: execution.executionArn,
          history,
          world: {
            now: () => clock.now(),
            uuid: () => this.kernel.uuid(),
            random: () => {
              draws += 1;
              return unit(`${execution.executionArn}|${draws}`);
            },
          },
          context: {
            Execution: {
              Id: execution.executionArn,
              Input: input,
              Name: execution.name,
              RoleArn: roleArn,
              StartTime: execution.startDate.toISOString(),
              RedriveCount: 0,
            },
            StateMachine: { Id: machine.stateMachineArn, Name: machine.name },
          },
        },
        definition,
        input,
        strand,
      );
      this.end(execution, "SUCCEEDED", { output: JSON.stringify(output) });
    } catch (problem) {
      this.fail(execution, problem);
    } finally {
      clock.clearTimer(timer);
      strand.end();
    }
  }

  private fail(execution: Execution, problem: unknown): void {
    if (problem instanceof Ended) {
      this.end(execution, problem.status, { error: problem.error, cause: problem.reason });
      return;
    }
    if (problem instanceof StateError) {
      this.end(execution, "FAILED", { error: problem.error, cause: problem.cause });
      return;
    }
    // A bug of the sandbox must not look like a state machine's own failure.
    const text = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
    process.stderr.write(`sandbox bug in execution ${execution.executionArn}: ${text}\n`);
    this.end(execution, "FAILED", { error: "States.Runtime", cause: `sandbox bug: ${text}` });
  }

  private end(
    execution: Execution,
    status: Exclude<Status, "RUNNING">,
    result: { output?: string; error?: string | undefined; cause?: string | undefined },
  ): void {
    const given = Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined));
    const [type, details] = endEvents[status];
    execution.history.add(type, { [details]: given });
    Object.assign(execution, given, { status, stopDate: new Date(this.kernel.clock.now()) });
    this.reporter.report(execution);
  }

  private list(input: Input): object {
    const machine = input.stateMachineArn ? this.machines.get(input.stateMachineArn) : undefined;
    const found = [...this.byArn.values()]
      .filter((execution) => !machine || execution.stateMachineArn === machine.stateMachineArn)
      .filter((execution) => !input.statusFilter || execution.status === input.statusFilter)
      .reverse();
    const { items, nextToken } = page(found, input);
    const executions = items.map(({ executionArn, stateMachineArn, name, status, startDate, stopDate }) => ({
      executionArn,
      stateMachineArn,
      name,
      status,
      startDate,
      ...(stopDate ? { stopDate } : {}),
    }));
    return { executions, nextToken };
  }
}

function parseInput(text: string): unknown {
  if (Buffer.byteLength(text) > payloadLimit) {
    throw new ServiceError(
      "InvalidExecutionInput",
      `Invalid State Machine Execution Input: at most ${payloadLimit} bytes`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (problem) {
    throw new ServiceError(
      "InvalidExecutionInput",
      `Invalid State Machine Execution Input: '${String(problem)}'`,
    );
  }
}

function withoutData(event: HistoryEvent): HistoryEvent {
  const strip = (value: unknown): unknown => {
    if (value === null || typeof value !== "object" || value instanceof Date) return value;
    return Object.fromEntries(
      Object.entries(value).filter(([key]) => !["input", "output", "parameters", "cause"].includes(key)),
    );
  };
  return Object.fromEntries(
    Object.entries(event).map(([key, value]) => [key, strip(value)]),
  ) as unknown as HistoryEvent;
}

/** A number in [0, 1) from a text (FNV-1a with a final mix), so that jitter is the same in every run. */
function unit(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / 4294967296;
}
