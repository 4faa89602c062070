import { createWriteStream, type WriteStream } from "node:fs";
import path from "node:path";

/** One API call as it was seen at the gateway. */
export interface CallRecord {
  /** Virtual time, ISO 8601. */
  readonly time: string;
  readonly service: string;
  readonly action: string;
  readonly resource: string;
  /** ARN of the role or user, or the name of the AWS service that acted for itself. */
  readonly principal: string;
  /** The AWS service that made the call under the role, if one did. */
  readonly via?: string;
  /** `ok`, or the error's code. */
  readonly outcome: string;
  readonly message?: string;
  readonly requestId: string;
  /** Real milliseconds. */
  readonly durationMs: number;
}

const keptCalls = 100_000;
/** Real milliseconds that lines wait to be written together: one write a call was a twentieth of the gateway's work. */
const flushMilliseconds = 50;

/** Keeps the newest calls in memory and all of them as JSON lines in `<state>/calls.jsonl`. */
export class CallRecorder {
  #calls: CallRecord[] = [];
  #dropped = 0;
  readonly #file: WriteStream;
  #failure: Error | undefined;
  #lines = "";
  #flushing: NodeJS.Timeout | undefined;

  constructor(stateDirectory: string) {
    this.#file = createWriteStream(path.join(stateDirectory, "calls.jsonl"), { flags: "a" });
    this.#file.on("error", (error) => {
      this.#failure = error;
    });
  }

  add(call: CallRecord): void {
    this.#calls.push(call);
    if (this.#calls.length > 2 * keptCalls) {
      this.#dropped += keptCalls;
      this.#calls = this.#calls.slice(keptCalls);
    }
    if (this.#failure) return;
    this.#lines += `${JSON.stringify(call)}\n`;
    this.#flushing ??= setTimeout(() => this.#flush(), flushMilliseconds);
  }

  #flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    if (this.#lines !== "" && !this.#failure) this.#file.write(this.#lines);
    this.#lines = "";
  }

  /** The newest calls, oldest first, that have all the given properties. */
  list(filter: Partial<CallRecord> = {}): readonly CallRecord[] {
    const wanted = Object.entries(filter) as [keyof CallRecord, unknown][];
    return this.#calls.filter((call) => wanted.every(([key, value]) => call[key] === value));
  }

  /** All calls so far, also those that memory no longer holds. */
  get count(): number {
    return this.#dropped + this.#calls.length;
  }

  /** Why the file is incomplete, if writing it failed. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  async stop(): Promise<void> {
    this.#flush();
    await new Promise<void>((resolve) => this.#file.end(resolve));
  }
}
