/** A disturbance of matching calls, for tests of what a product does when AWS misbehaves. */
export interface Fault {
  /** Signing name or model name, `*` for every service. */
  readonly service: string;
  /** Operation name, `*` for every operation. */
  readonly action: string;
  /** How many calls it hits; default 1. */
  readonly times?: number;
  /** Calls that it lets through first; default 0. */
  readonly after?: number;
  /** Only calls of this principal (ARN). */
  readonly principalArn?: string;
  /** Answer with this error instead of doing anything. */
  readonly error?: { readonly code: string; readonly message?: string; readonly status?: number };
  /** Virtual milliseconds to wait before anything happens. */
  readonly delayMs?: number;
  /**
   * `connection`: does the call, then cuts the connection without an answer. `caller`: does the call, then kills the Lambda process
   * that made it, as when an execution environment dies half way.
   */
  readonly kill?: "connection" | "caller";
}

export interface ActiveFault extends Fault {
  remaining: number;
  skip: number;
}

export class FaultList {
  #faults: ActiveFault[] = [];

  /** @returns a function that withdraws the fault */
  add(fault: Fault): () => void {
    const active: ActiveFault = { ...fault, remaining: fault.times ?? 1, skip: fault.after ?? 0 };
    this.#faults.push(active);
    return () => {
      this.#faults = this.#faults.filter((each) => each !== active);
    };
  }

  /** Faults that have hits left. */
  get pending(): readonly Fault[] {
    return this.#faults.filter((each) => each.remaining > 0);
  }

  clear(): void {
    this.#faults = [];
  }

  /** Takes the first fault that matches a call, and counts it. */
  take(call: {
    signingName: string;
    modelName: string;
    action: string;
    principalArn: string;
  }): Fault | undefined {
    if (this.#faults.length === 0) return undefined;
    const fault = this.#faults.find(
      (each) =>
        each.remaining > 0 &&
        (each.service === "*" || each.service === call.signingName || each.service === call.modelName) &&
        (each.action === "*" || each.action === call.action) &&
        (each.principalArn === undefined || each.principalArn === call.principalArn),
    );
    if (!fault) return undefined;
    if (fault.skip > 0) {
      fault.skip--;
      return undefined;
    }
    fault.remaining--;
    return fault;
  }
}
