/**
 * The spawner: starts processes for the sandbox, whose own memory is large and costs tens of milliseconds to fork, while this process forks in one.
 * A child's pipes are connections to the sandbox's socket, so that what it writes comes there without passing through here.
 *
 * When the channel to the sandbox closes, because that ended in whatever way, SIGKILL included, it kills the process groups that are left. It
 * needs nothing from the children.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import { killGroup } from "./groups.ts";
import type { SpawnerReport, StartRequest } from "./messages.ts";

const socketPath = process.argv[2] as string;
const groups = new Set<number>();

const report = (message: SpawnerReport): void => {
  // The sandbox may have gone in the meantime; `disconnect` follows.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};

/** A connection that is not read here: what the sandbox writes to it is the child's. */
function openPipe(id: number, descriptor: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketPath });
    socket.pause();
    socket.once("error", reject);
    socket.once("connect", () => socket.write(`${id}/${descriptor}\n`, () => resolve(socket)));
  });
}

async function start({ id, command, args, cwd, env, stdio }: StartRequest): Promise<void> {
  const pipes: Socket[] = [];
  try {
    const all = await Promise.all(
      stdio.map((kind, descriptor) => (kind === "pipe" ? openPipe(id, descriptor) : kind)),
    );
    pipes.push(...all.filter((each) => typeof each !== "string"));
    const child = spawn(command, args, { cwd, env: env as NodeJS.ProcessEnv, detached: true, stdio: all });
    follow(id, child);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    report({ failed: id, code, message });
  } finally {
    // The child has its own copies.
    for (const pipe of pipes) pipe.destroy();
  }
}

function follow(id: number, child: ChildProcess): void {
  child.once("error", (error: NodeJS.ErrnoException) =>
    report({ failed: id, code: error.code, message: error.message }),
  );
  const { pid } = child;
  if (pid === undefined) return;
  groups.add(pid);
  report({ started: id, pid });
  child.once("exit", (code, signal) => {
    // The leader is gone; what it started and left behind goes too.
    killGroup(pid, "SIGKILL");
    groups.delete(pid);
    report({ exited: id, code, signal });
  });
}

// Ctrl-C reaches everything in the terminal's foreground; the sandbox decides what ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.on("message", (request: StartRequest) => void start(request));
process.on("disconnect", () => {
  for (const group of groups) killGroup(group, "SIGKILL");
  rmSync(dirname(socketPath), { recursive: true, force: true });
  process.exit(0);
});
