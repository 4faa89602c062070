import type { Child } from "./child.ts";
import { killGroup } from "./groups.ts";
import { Spawner } from "./spawner.ts";

export { Child } from "./child.ts";

export interface ChildOptions {
  /** For people. */
  readonly name: string;
  readonly cwd?: string;
  /** Default: the sandbox's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** One per file descriptor from 0 on; default: nothing is piped. */
  readonly stdio?: readonly ("pipe" | "ignore")[];
}

/** Every child of a sandbox, each in its own process group, none of which outlives the sandbox. */
export class Children {
  readonly #alive = new Map<Child, string>();
  readonly #onExit = () => this.killNow();
  readonly #spawner: Spawner;
  #stopping = false;

  /** @param socketDirectory with a short path; removed with the children */
  constructor(socketDirectory: string) {
    this.#spawner = new Spawner(socketDirectory);
    process.on("exit", this.#onExit);
  }

  /** @throws Error when the command cannot be started, or when the sandbox is stopping */
  async spawn(command: string, args: readonly string[], options: ChildOptions): Promise<Child> {
    const { name, cwd, env, stdio = ["ignore", "ignore", "ignore"] } = options;
    if (this.#stopping) throw new Error(`${name}: the sandbox is stopping, no process can be started`);
    const child = await this.#spawner.start(name, { command, args, cwd, env, stdio });
    this.#alive.set(child, name);
    child.once("exit", () => this.#alive.delete(child));
    if (this.#stopping) killGroup(child.pid, "SIGKILL");
    return child;
  }

  /** Names and process ids of the living children. */
  list(): readonly { readonly name: string; readonly pid: number }[] {
    return [...this.#alive].map(([{ pid }, name]) => ({ name, pid }));
  }

  /** Asks every child to end, kills what is left after `graceMilliseconds`, and waits until all are gone. */
  async stop(graceMilliseconds = 2_000): Promise<void> {
    this.#stopping = true;
    const gone = [...this.#alive.keys()].map(
      (child) => new Promise<void>((resolve) => void child.once("exit", () => resolve())),
    );
    for (const child of this.#alive.keys()) killGroup(child.pid, "SIGTERM");
    const timer = setTimeout(() => this.killNow(), graceMilliseconds);
    await Promise.all(gone);
    clearTimeout(timer);
    process.off("exit", this.#onExit);
    await this.#spawner.stop();
  }

  /** Kills every child at once, without waiting; safe in an exit handler. */
  killNow(): void {
    for (const child of this.#alive.keys()) killGroup(child.pid, "SIGKILL");
  }
}
