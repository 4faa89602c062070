import type { Clock } from "./types.ts";

/** A work token that can be given back for a while. */
export class ParkableToken {
  readonly #clock: Clock;
  readonly #name: string;
  #release: (() => void) | undefined;
  #ended = false;

  constructor(clock: Clock, name: string) {
    this.#clock = clock;
    this.#name = name;
    this.#release = clock.hold(name);
  }

  /** @param parkCaller gives back the token of the process that waits for this request, if there is one */
  parking(parkCaller?: () => () => void): <T>(wait: () => Promise<T>) => Promise<T> {
    return async (wait) => {
      // The wait starts its own work before the tokens go, so that time cannot slip between.
      const waiting = wait();
      const unpark = parkCaller?.();
      this.#release?.();
      this.#release = undefined;
      try {
        return await waiting;
      } finally {
        unpark?.();
        if (!this.#ended) this.#release = this.#clock.hold(this.#name);
      }
    };
  }

  release(): void {
    this.#ended = true;
    this.#release?.();
  }
}
