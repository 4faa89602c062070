import { type ChildProcess, fork } from "node:child_process";
import { createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { Child } from "./child.ts";
import { killGroup } from "./groups.ts";
import type { SpawnerReport, StartRequest } from "./messages.ts";

const LINE_END = 0x0a;

interface Starting {
  readonly name: string;
  readonly stdio: readonly ("pipe" | "ignore")[];
  readonly pipes: Map<number, Socket>;
  pid: number | undefined;
  readonly resolve: (child: Child) => void;
  readonly reject: (error: Error) => void;
}

/** The sandbox's side of the spawner (see spawnerProcess.ts). It starts with the first child. */
export class Spawner {
  readonly #starting = new Map<number, Starting>();
  readonly #running = new Map<number, Child>();
  #sequence = 0;
  #process: Promise<ChildProcess> | undefined;
  #server: Server | undefined;
  readonly #folder: string;

  /** @param folder for its socket, with a short path; it is removed when the spawner ends because this process did */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * A new process in a group of its own.
   * @throws Error with the system's code when the command cannot be started, or when the spawner itself ended
   */
  async start(name: string, request: Omit<StartRequest, "id">): Promise<Child> {
    this.#process ??= this.#launch();
    const spawner = await this.#process.catch((error: unknown) => {
      this.#process = undefined;
      throw error;
    });
    const id = ++this.#sequence;
    return new Promise((resolve, reject) => {
      const { stdio } = request;
      this.#starting.set(id, { name, stdio, pipes: new Map(), pid: undefined, resolve, reject });
      this.#keepAlive(spawner);
      const message: StartRequest = { id, ...request };
      spawner.send(message, (error) => {
        if (error) this.#fail(id, error.message, undefined);
      });
    });
  }

  /** Ends the spawner, and with it every child that is left. */
  async stop(): Promise<void> {
    const spawner = await this.#process;
    if (!spawner || spawner.exitCode !== null || spawner.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => void spawner.once("exit", () => resolve()));
    spawner.disconnect();
    await ended;
  }

  async #launch(): Promise<ChildProcess> {
    const socketPath = path.join(this.#folder, "pipes");
    const server = createServer((socket) => this.#greet(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(socketPath, resolve);
    });
    const spawner = fork(path.join(import.meta.dirname, "spawnerProcess.ts"), [socketPath], {
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: [],
    });
    spawner.on("message", (message: SpawnerReport) => {
      this.#receive(message);
      this.#keepAlive(spawner);
    });
    spawner.once("error", (error) => this.#lost(error.message));
    spawner.once("exit", (code, signal) => this.#lost(`it ended with ${signal ?? `status ${code}`}`));
    server.unref();
    spawner.unref();
    return spawner;
  }

  /** As Node's own children do, ours keep a program alive that has nothing else to do. */
  #keepAlive(spawner: ChildProcess): void {
    if (this.#starting.size + this.#running.size > 0) spawner.channel?.ref();
    else spawner.channel?.unref();
  }

  /** The first line of a connection says whose pipe it is. */
  #greet(socket: Socket): void {
    // What is written to a child that has ended breaks; its end is told by itself.
    socket.on("error", () => undefined);
    const read = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return void socket.once("readable", read);
      const end = chunk.indexOf(LINE_END);
      const [id, descriptor] = chunk.toString("latin1", 0, end).split("/").map(Number);
      if (end + 1 < chunk.length) socket.unshift(chunk.subarray(end + 1));
      const starting = this.#starting.get(id as number);
      if (!starting) return void socket.destroy();
      starting.pipes.set(descriptor as number, socket);
      this.#settle(id as number, starting);
    };
    socket.once("readable", read);
  }

  #receive(message: SpawnerReport): void {
    if ("started" in message) {
      const starting = this.#starting.get(message.started);
      if (!starting) return;
      starting.pid = message.pid;
      this.#settle(message.started, starting);
    } else if ("failed" in message) this.#fail(message.failed, message.message, message.code);
    else this.#ended(message);
  }

  #fail(id: number, message: string, code: string | undefined): void {
    const starting = this.#starting.get(id);
    this.#starting.delete(id);
    for (const pipe of starting?.pipes.values() ?? []) pipe.destroy();
    starting?.reject(Object.assign(new Error(`${starting.name}: ${message}`), { code }));
  }

  /** A child is given out when it runs and all its pipes have come. */
  #settle(id: number, { pid, stdio, pipes, resolve }: Starting): void {
    const isComplete = stdio.every((kind, descriptor) => kind === "ignore" || pipes.has(descriptor));
    if (pid === undefined || !isComplete) return;
    this.#starting.delete(id);
    const child = new Child(
      pid,
      stdio.map((_, descriptor) => pipes.get(descriptor) ?? null),
    );
    this.#running.set(id, child);
    resolve(child);
  }

  #ended({ exited, code, signal }: Extract<SpawnerReport, { exited: number }>): void {
    // A process may end before all its pipes have come.
    if (this.#starting.has(exited)) return void setImmediate(() => this.#receive({ exited, code, signal }));
    this.#running.get(exited)?.ended(code, signal);
    this.#running.delete(exited);
  }

  /** Without the spawner nobody hears of the children's ends: they go with it. */
  #lost(reason: string): void {
    this.#server?.close();
    for (const { name, reject } of this.#starting.values())
      reject(new Error(`${name}: expected the sandbox's spawner to start it, ${reason}`));
    this.#starting.clear();
    for (const child of this.#running.values()) {
      killGroup(child.pid, "SIGKILL");
      child.ended(null, "SIGKILL");
    }
    this.#running.clear();
    this.#process = undefined;
  }
}
