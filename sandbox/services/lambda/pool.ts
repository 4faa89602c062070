import type { SandboxKernel } from "../../kernel/kernel.ts";
import { SeededIdentifiers } from "../../kernel/random.ts";
import { ExecutionEnvironment } from "./environment.ts";
import type { LambdaFunction } from "./functions.ts";

const warmLimit = 12;

/**
 * Warm processes, at most {@link warmLimit} idle or busy ones in all once the busy ones come back. The one whose function was invoked
 * least goes first, then the longest idle: a function of every few minutes is warm on AWS too, one of every few hours is not.
 */
export class EnvironmentPool {
  readonly #kernel: SandboxKernel;
  /** Longest idle first. */
  #idle: ExecutionEnvironment[] = [];
  readonly #all = new Set<ExecutionEnvironment>();
  /** Of its own: which process is the longest idle depends on the machine, and the identifiers of all else must not. */
  readonly #streams = new SeededIdentifiers("log streams");

  readonly #compileCache: string;

  constructor(kernel: SandboxKernel, compileCache: string) {
    this.#kernel = kernel;
    this.#compileCache = compileCache;
  }

  get size(): number {
    return this.#all.size;
  }

  /** A process for one invocation, warm if there is one of the function's current revision. */
  async take(fn: LambdaFunction): Promise<{ environment: ExecutionEnvironment; cold: boolean }> {
    const index = this.#idle.findLastIndex(
      (each) => each.fn === fn && each.revision === fn.revision && each.alive,
    );
    const warm = index === -1 ? undefined : this.#idle.splice(index, 1)[0];
    if (warm) return { environment: warm, cold: false };
    this.#shrinkTo(warmLimit - 1);
    const day = new Date(this.#kernel.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
    const stream = `${day}/[$LATEST]${this.#streams.uuid().replaceAll("-", "")}`;
    const environment = await ExecutionEnvironment.start(this.#kernel, fn, stream, this.#compileCache);
    this.#all.add(environment);
    return { environment, cold: true };
  }

  giveBack(environment: ExecutionEnvironment): void {
    if (!environment.alive || environment.revision !== environment.fn.revision) {
      this.#discard(environment);
      return;
    }
    this.#idle.push(environment);
    this.#shrinkTo(warmLimit);
  }

  /** Ends the idle processes of a function whose code or configuration changed. */
  recycle(fn: LambdaFunction): void {
    const stale = this.#idle.filter((each) => each.fn === fn);
    this.#idle = this.#idle.filter((each) => each.fn !== fn);
    for (const environment of stale) this.#discard(environment);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all].map((environment) => environment.stop()));
  }

  #shrinkTo(limit: number): void {
    this.#idle = this.#idle.filter((each) => {
      if (!each.alive) this.#all.delete(each);
      return each.alive;
    });
    while (this.#all.size > limit) {
      const least = leastUsed(this.#idle);
      if (!least) return;
      this.#idle = this.#idle.filter((each) => each !== least);
      this.#discard(least);
    }
  }

  #discard(environment: ExecutionEnvironment): void {
    this.#all.delete(environment);
    if (environment.alive) environment.kill();
  }
}

/** @param idle longest idle first */
function leastUsed(idle: readonly ExecutionEnvironment[]): ExecutionEnvironment | undefined {
  let least = idle[0];
  for (const each of idle) if (least && each.fn.invocations < least.fn.invocations) least = each;
  return least;
}
