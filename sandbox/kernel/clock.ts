import { type ScheduledTimer, TimerHeap } from "./timerHeap.ts";
import type { Clock, Timer, TimerOptions } from "./types.ts";

export interface ClockOptions {
  /** Epoch milliseconds at which the story starts. */
  readonly start: number;
  /** Told after {@link ClockOptions.stuckAfterMilliseconds} real milliseconds without progress under a lease: who holds the clock, and for how long. */
  readonly onStuck?: (holders: readonly Holder[]) => void;
  readonly stuckAfterMilliseconds?: number;
  /** Told about an exception in a timer's callback; the clock goes on. */
  readonly onError?: (error: unknown) => void;
}

export interface Holder {
  readonly name: string;
  readonly heldMilliseconds: number;
}

interface Lease {
  readonly until: number;
  readonly condition: (() => boolean) | undefined;
  readonly end: (held: boolean) => void;
}

const settleTurns = 2;
const ordinary = 5;

/**
 * One virtual clock for everything in a sandbox. Time moves only while somebody holds a lease and nobody holds a work token;
 * then one timer fires, in the order (at, order, key, sequence), together with those of the same instant and class that may run beside it,
 * and everything settles before the next.
 * Without a lease time stands. After {@link VirtualClock.followWallClock} it advances with the wall clock instead.
 */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  #kicked = false;
  #wallClock: { readonly virtual: number; readonly real: number } | undefined;
  #wallTimer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #progressAt = performance.now();
  #fired = 0;
  #stopped = false;
  readonly #timers = new TimerHeap();
  readonly #tokens = new Map<number, { name: string; since: number }>();
  readonly #leases = new Set<Lease>();
  readonly #options: ClockOptions;

  constructor(options: ClockOptions) {
    this.#now = options.start;
    this.#options = options;
  }

  now(): number {
    const wall = this.#wallClock;
    if (wall) this.#now = Math.max(this.#now, Math.floor(wall.virtual + performance.now() - wall.real));
    return this.#now;
  }

  /** How many timers have fired, for measurements. */
  get firedTimers(): number {
    return this.#fired;
  }

  setTimer(at: number, run: () => void, options: TimerOptions = {}): Timer {
    const timer: ScheduledTimer = {
      at: Math.max(Math.ceil(at), this.now()),
      order: options.order ?? ordinary,
      key: options.key ?? "",
      sequence: this.#sequence++,
      run,
      parallel: options.parallel,
      cleared: false,
    };
    this.#timers.push(timer);
    this.#kick();
    return timer;
  }

  clearTimer(timer: Timer | undefined): void {
    if (timer) (timer as ScheduledTimer).cleared = true;
  }

  hold(name: string): () => void {
    const token = this.#sequence++;
    this.#tokens.set(token, { name, since: performance.now() });
    return () => {
      if (this.#tokens.delete(token) && this.#tokens.size === 0) this.#kick();
    };
  }

  async work<T>(name: string, run: () => Promise<T>): Promise<T> {
    const release = this.hold(name);
    try {
      return await run();
    } finally {
      release();
    }
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimer(this.now() + milliseconds, resolve);
    });
  }

  /**
   * Grants time up to virtual `until` (epoch milliseconds). Ends there with `false`, or with `true` as soon as `condition` holds
   * at a quiet moment. The earliest of several leases bounds each jump, so that no holder oversleeps.
   */
  lease(until: number, condition?: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      this.#leases.add({ until, condition, end: resolve });
      this.#progress();
      this.#startWatch();
      this.#kick();
    });
  }

  /** Plays time up to virtual `at`, at most at the speed of the machine. */
  async sleepUntil(at: number): Promise<void> {
    await this.lease(at);
  }

  /** Plays `milliseconds` of virtual time. */
  async advance(milliseconds: number): Promise<void> {
    await this.lease(this.now() + milliseconds);
  }

  /** Plays time until `condition` holds, at most `milliseconds`; tells whether it held. */
  until(condition: () => boolean, milliseconds: number): Promise<boolean> {
    return this.lease(this.now() + milliseconds, condition);
  }

  /** Names of the work tokens that are held, longest first. */
  holders(): readonly Holder[] {
    const now = performance.now();
    return [...this.#tokens.values()]
      .map(({ name, since }) => ({ name, heldMilliseconds: Math.round(now - since) }))
      .sort((a, b) => b.heldMilliseconds - a.heldMilliseconds);
  }

  /** From now on virtual time advances with the wall clock, for a sandbox that is kept running. Cannot be undone. */
  followWallClock(): void {
    if (this.#wallClock) return;
    this.#wallClock = { virtual: this.#now, real: performance.now() };
    this.#kick();
  }

  /** Ends all leases; nothing fires afterwards. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#wallTimer);
    clearInterval(this.#watch);
    for (const lease of [...this.#leases]) this.#endLease(lease, false);
  }

  #kick(): void {
    if (this.#kicked || this.#stopped) return;
    this.#kicked = true;
    this.#settle(settleTurns);
  }

  /** Micro tasks, next ticks and I/O callbacks run first, so that work which was just started holds its token. */
  #settle(turns: number): void {
    setImmediate(() => (turns > 1 ? this.#settle(turns - 1) : this.#pump()));
  }

  #pump(): void {
    this.#kicked = false;
    if (this.#stopped) return;
    if (this.#wallClock) {
      this.#pumpWallClock();
      return;
    }
    if (this.#tokens.size > 0 || this.#leases.size === 0) return;
    if (this.#endFulfilledLease()) {
      this.#kick();
      return;
    }
    const bound = this.#earliestLease();
    const next = this.#timers.peek();
    if (!bound) return;
    if (!next || next.at > bound.until) {
      this.#now = Math.max(this.#now, bound.until);
      this.#endLease(bound, false);
      this.#kick();
      return;
    }
    this.#now = Math.max(this.#now, next.at);
    this.#fire();
  }

  #pumpWallClock(): void {
    const now = this.now();
    this.#endFulfilledLease();
    for (const lease of [...this.#leases]) if (lease.until <= now) this.#endLease(lease, false);
    const next = this.#timers.peek();
    if (next && next.at <= now) {
      this.#fire();
      return;
    }
    clearTimeout(this.#wallTimer);
    const nextAt = Math.min(next?.at ?? Number.POSITIVE_INFINITY, ...[...this.#leases].map((l) => l.until));
    const pollAt = [...this.#leases].some((lease) => lease.condition) ? now + 50 : Number.POSITIVE_INFINITY;
    const wait = Math.min(nextAt, pollAt) - now;
    if (Number.isFinite(wait)) this.#wallTimer = setTimeout(() => this.#kick(), Math.min(wait, 2 ** 30));
  }

  #fire(): void {
    const timer = this.#timers.pop();
    if (!timer) return;
    this.#progress();
    this.#kicked = true;
    this.#run(timer);
    const begun = new Set([timer.parallel]);
    for (let next = this.#timers.peek(); next && isBeside(next, timer, begun); next = this.#timers.peek()) {
      this.#timers.pop();
      begun.add(next.parallel);
      this.#run(next);
    }
    this.#settle(settleTurns);
  }

  #run(timer: ScheduledTimer): void {
    this.#fired++;
    try {
      timer.run();
    } catch (error) {
      this.#options.onError?.(error);
    }
  }

  #endFulfilledLease(): boolean {
    for (const lease of this.#leases) {
      if (lease.condition?.()) {
        this.#endLease(lease, true);
        return true;
      }
    }
    return false;
  }

  #earliestLease(): Lease | undefined {
    let first: Lease | undefined;
    for (const lease of this.#leases) if (!first || lease.until < first.until) first = lease;
    return first;
  }

  #endLease(lease: Lease, held: boolean): void {
    this.#leases.delete(lease);
    this.#progress();
    if (this.#leases.size === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
    lease.end(held);
  }

  #progress(): void {
    this.#progressAt = performance.now();
  }

  #startWatch(): void {
    const limit = this.#options.stuckAfterMilliseconds ?? 10_000;
    this.#watch ??= setInterval(
      () => {
        if (this.#wallClock || performance.now() - this.#progressAt < limit) return;
        this.#progress();
        this.#options.onStuck?.(this.holders());
      },
      Math.max(10, limit / 10),
    );
  }
}

/** Whether a timer may run beside one that was just fired, and those that run beside it already. */
function isBeside(
  next: ScheduledTimer,
  timer: ScheduledTimer,
  begun: ReadonlySet<string | undefined>,
): boolean {
  const isAtOnce = next.at === timer.at && next.order === timer.order;
  return isAtOnce && timer.parallel !== undefined && next.parallel !== undefined && !begun.has(next.parallel);
}
