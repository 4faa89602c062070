import { EventEmitter } from "node:events";
import type { Socket } from "node:net";

interface ChildEvents {
  /** The process ended; its pipes may still hold what it wrote. */
  exit: [code: number | null, signal: NodeJS.Signals | null];
  /** The process ended and everything it wrote was read. */
  close: [code: number | null, signal: NodeJS.Signals | null];
}

/** A child of the sandbox, as Node's `ChildProcess` where they overlap. Nobody misses its end: events come after the turn in which it was given out. */
export class Child extends EventEmitter<ChildEvents> {
  readonly pid: number;
  /** By file descriptor; null where nothing is piped. */
  readonly stdio: readonly (Socket | null)[];
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;

  constructor(pid: number, stdio: readonly (Socket | null)[]) {
    super();
    this.pid = pid;
    this.stdio = stdio;
  }

  get stdin(): Socket | null {
    return this.stdio[0] ?? null;
  }

  get stdout(): Socket | null {
    return this.stdio[1] ?? null;
  }

  get stderr(): Socket | null {
    return this.stdio[2] ?? null;
  }

  get hasEnded(): boolean {
    return this.exitCode !== null || this.signalCode !== null;
  }

  /** Signals the process itself, not its group. Nothing happens once it has ended. */
  kill(signal: NodeJS.Signals): void {
    if (this.hasEnded) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      // It has ended and the news is under way.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** For the spawner's report. */
  ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.exitCode = code;
    this.signalCode = signal;
    setImmediate(() => {
      this.emit("exit", code, signal);
      const outputs = this.stdio.slice(1).filter((pipe) => pipe !== null);
      void Promise.all(outputs.map(closed)).then(() => this.emit("close", code, signal));
    });
  }
}

const closed = (pipe: Socket): Promise<void> =>
  pipe.closed ? Promise.resolve() : new Promise((resolve) => void pipe.once("close", () => resolve()));
