/**
 * One line of control of an execution on the virtual clock: it holds a work token while it computes and gives it back while it waits.
 * A stop or a time-out of the execution ends every wait.
 */
import type { Clock } from "../../kernel/types.ts";

export class Strand {
  private readonly clock: Clock;
  private readonly name: string;
  private readonly signal: AbortSignal;
  private release: (() => void) | undefined;

  constructor(clock: Clock, name: string, signal: AbortSignal) {
    this.clock = clock;
    this.name = name;
    this.signal = signal;
    this.resume();
  }

  /** A line beside this one that also ends with `signal`. */
  fork(signal: AbortSignal): Strand {
    return new Strand(this.clock, this.name, AbortSignal.any([this.signal, signal]));
  }

  end(): void {
    this.release?.();
    this.release = undefined;
  }

  /** Waits without holding time. `waiting` must hold its own tokens for work. Rejects with the reason when the execution is aborted. */
  async outside<T>(waiting: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    let abort: () => void = () => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(this.signal.reason);
      this.signal.addEventListener("abort", abort, { once: true });
    });
    try {
      const work = waiting(this.signal);
      this.end();
      return await Promise.race([work, aborted]);
    } finally {
      this.signal.removeEventListener("abort", abort);
      this.resume();
    }
  }

  /** Sleeps in virtual time. */
  async sleepUntil(at: number): Promise<void> {
    let timer: ReturnType<Clock["setTimer"]> | undefined;
    try {
      await this.outside(
        () =>
          new Promise<void>((resolve) => {
            timer = this.clock.setTimer(at, resolve, { key: this.name });
          }),
      );
    } finally {
      this.clock.clearTimer(timer);
    }
  }

  private resume(): void {
    this.release ??= this.clock.hold(this.name);
  }
}
