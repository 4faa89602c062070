/** Events of one execution in AWS's shape. */
import { StateError } from "./errors.ts";

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: Date;
  readonly type: string;
  readonly [details: string]: unknown;
}

/** Standard executions end when they have this many events. */
export const historyLimit = 25_000;

export class History {
  readonly events: HistoryEvent[] = [];
  private readonly now: () => number;
  private readonly onEvent: (event: HistoryEvent) => void;

  constructor(now: () => number, onEvent: (event: HistoryEvent) => void) {
    this.now = now;
    this.onEvent = onEvent;
  }

  /** Appends; returns the id. Throws States.Runtime past the limit, except for the execution's own end. */
  add(type: string, details: Record<string, unknown> = {}, previousEventId = this.events.length): number {
    if (this.events.length >= historyLimit && !type.startsWith("Execution")) {
      throw new StateError(
        "States.Runtime",
        `The execution reached the maximum number of history events (${historyLimit}).`,
      );
    }
    const event = {
      id: this.events.length + 1,
      previousEventId,
      timestamp: new Date(this.now()),
      type,
      ...details,
    };
    this.events.push(event);
    this.onEvent(event);
    return event.id;
  }
}
