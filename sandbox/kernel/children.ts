import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

/**
 * Reads `add <pid>` and `del <pid>` lines; when its input closes, because the sandbox's process ended in whatever way, SIGKILL
 * included, it kills the process groups that are left. It needs nothing from the children.
 */
const reaperScript = `
trap '' INT TERM HUP
groups=" "
while read -r verb group; do
  rest=" "
  for each in $groups; do [ "$each" = "$group" ] || rest="$rest$each "; done
  groups="$rest"
  [ "$verb" = add ] && groups="$groups$group "
done
for each in $groups; do kill -s KILL -- "-$each" 2>/dev/null; done
exit 0
`;

/** Every child of a sandbox, each in its own process group, none of which outlives the sandbox. */
export class Children {
  readonly #alive = new Map<ChildProcess, string>();
  readonly #onExit = () => this.killNow();
  #reaper: ChildProcess | undefined;
  #stopping = false;

  constructor() {
    process.on("exit", this.#onExit);
  }

  spawn(command: string, args: readonly string[], options: SpawnOptions & { name: string }): ChildProcess {
    if (this.#stopping)
      throw new Error(`${options.name}: the sandbox is stopping, no process can be started`);
    const { name, ...rest } = options;
    const child = spawn(command, args, { ...rest, detached: true });
    const { pid } = child;
    if (pid === undefined) return child;
    this.#alive.set(child, name);
    this.#tell(`add ${pid}`);
    child.once("exit", () => {
      // The leader is gone; what it started and left behind goes too.
      killGroup(pid, "SIGKILL");
      this.#alive.delete(child);
      this.#tell(`del ${pid}`);
    });
    return child;
  }

  /** Names and process ids of the living children. */
  list(): readonly { readonly name: string; readonly pid: number }[] {
    return [...this.#alive].map(([child, name]) => ({ name, pid: child.pid as number }));
  }

  /** Asks every child to end, kills what is left after `graceMilliseconds`, and waits until all are gone. */
  async stop(graceMilliseconds = 2_000): Promise<void> {
    this.#stopping = true;
    const gone = [...this.#alive.keys()].map(
      (child) => new Promise<void>((resolve) => void child.once("exit", () => resolve())),
    );
    for (const child of this.#alive.keys()) killGroup(child.pid as number, "SIGTERM");
    const timer = setTimeout(() => this.killNow(), graceMilliseconds);
    await Promise.all(gone);
    clearTimeout(timer);
    process.off("exit", this.#onExit);
    const reaper = this.#reaper;
    if (reaper && reaper.exitCode === null) {
      const ended = new Promise<void>((resolve) => void reaper.once("exit", () => resolve()));
      reaper.stdin?.end();
      await ended;
    }
  }

  /** Kills every child at once, without waiting; safe in an exit handler. */
  killNow(): void {
    for (const child of this.#alive.keys()) killGroup(child.pid as number, "SIGKILL");
  }

  #tell(line: string): void {
    if (!this.#reaper) {
      this.#reaper = spawn("/bin/sh", ["-c", reaperScript], {
        detached: true,
        stdio: ["pipe", "ignore", "ignore"],
      });
      this.#reaper.unref();
      (this.#reaper.stdin as unknown as { unref?: () => void } | null)?.unref?.();
      // The reaper may die before the sandbox; the exit handler still ends the children then.
      this.#reaper.stdin?.on("error", () => undefined);
    }
    this.#reaper.stdin?.write(`${line}\n`);
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
