/** One execution, and what the world hears of it: metrics, events, logs. */
import type { Kernel } from "../../kernel/types.ts";
import type { History, HistoryEvent } from "./history.ts";
import type { Machine } from "./machines.ts";

export type Status = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

export interface Execution {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly startDate: Date;
  readonly input: string;
  readonly history: History;
  readonly controller: AbortController;
  status: Status;
  stopDate?: Date;
  output?: string;
  error?: string;
  cause?: string;
}

const metricNames: Readonly<Record<Status, string>> = {
  RUNNING: "ExecutionsStarted",
  SUCCEEDED: "ExecutionsSucceeded",
  FAILED: "ExecutionsFailed",
  TIMED_OUT: "ExecutionsTimedOut",
  ABORTED: "ExecutionsAborted",
};

export class ExecutionReporter {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Metrics and the status-change event. */
  report(execution: Execution): void {
    const { status, startDate, stopDate } = execution;
    const dimensions = { StateMachineArn: execution.stateMachineArn };
    const metric = (metricName: string, value: number, unit: string): void =>
      this.kernel.putMetric({ namespace: "AWS/States", metricName, dimensions, value, unit });
    metric(metricNames[status], 1, "Count");
    if (stopDate) metric("ExecutionTime", stopDate.getTime() - startDate.getTime(), "Milliseconds");
    this.kernel.emitEvent({
      source: "aws.states",
      "detail-type": "Step Functions Execution Status Change",
      detail: {
        executionArn: execution.executionArn,
        stateMachineArn: execution.stateMachineArn,
        name: execution.name,
        status,
        startDate: startDate.getTime(),
        stopDate: stopDate?.getTime() ?? null,
        input: execution.input,
        inputDetails: { included: true },
        output: execution.output ?? null,
        outputDetails: execution.output === undefined ? null : { included: true },
        error: execution.error ?? null,
        cause: execution.cause ?? null,
      },
      resources: [execution.executionArn],
    });
  }

  /** Writes one event to the machine's log group, as far as its level asks. */
  log(machine: Machine, execution: Execution, event: HistoryEvent): void {
    const { level = "OFF", includeExecutionData, destinations } = machine.loggingConfiguration;
    const isError = /Failed|TimedOut|Aborted/.test(event.type);
    const isFatal = isError && event.type.startsWith("Execution");
    if (level === "OFF" || (level === "ERROR" && !isError) || (level === "FATAL" && !isFatal)) return;
    const group = /:log-group:(.+?)(:\*)?$/.exec(
      destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn ?? "",
    )?.[1];
    if (!group) return;
    const { id, timestamp, type, previousEventId, ...details } = event;
    const line = {
      id: String(id),
      type,
      ...(includeExecutionData ? { details } : {}),
      previous_event_id: String(previousEventId),
      event_timestamp: String(timestamp.getTime()),
      execution_arn: execution.executionArn,
    };
    this.kernel.putLog(group, `states/${machine.name}`, JSON.stringify(line));
  }
}
