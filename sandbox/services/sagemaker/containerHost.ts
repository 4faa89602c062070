/** Containers of the prebuilt image as forks of one warm Python process: see sandbox/containers/README.md. */
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Child } from "../../kernel/children/index.ts";
import type { Kernel } from "../../kernel/types.ts";

const packagePath = fileURLToPath(new URL("../../containers", import.meta.url));

export interface ContainerExit {
  readonly code: number | null;
  readonly signal: number | null;
}

export interface ContainerSpec {
  /** Root that stands for `/opt/ml`. */
  readonly root: string;
  /** File for stdout and stderr. */
  readonly log: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Virtual time, epoch milliseconds. */
  readonly now: number;
  readonly source?: string;
  readonly modelArchive?: string;
  readonly limitSeconds?: number;
  readonly sleptFile?: string;
}

export interface Container {
  /** The Unix socket on which it serves (serving only); it accepts connections before the model has loaded. */
  readonly socketPath: string | undefined;
  readonly exited: Promise<ContainerExit>;
  readonly alive: () => boolean;
  signal(number: number): void;
}

interface Pending {
  readonly started: () => void;
  readonly failed: (problem: Error) => void;
  readonly exited: (exit: ContainerExit) => void;
}

interface HostMessage {
  readonly started?: number;
  readonly exited?: number;
  readonly code?: number | null;
  readonly signal?: number | null;
}

/** Starts the warm process on first use. */
export class ContainerHost {
  private readonly kernel: Kernel;
  private child: Promise<Child> | undefined;
  private readonly containers = new Map<number, Pending>();
  private sequence = 0;
  private errors = "";

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Resolves when the process exists, before its code has run. Rejects when the Python environment cannot start. */
  async start(kind: "train" | "serve", spec: ContainerSpec): Promise<Container> {
    this.child ??= this.hostProcess();
    const child = await this.child;
    this.sequence += 1;
    const id = this.sequence;
    let alive = true;
    let reportExit: (exit: ContainerExit) => void = () => {};
    const exited = new Promise<ContainerExit>((resolve) => {
      reportExit = resolve;
    });
    const socketPath = kind === "serve" ? join(this.kernel.socketDirectory, `container-${id}`) : undefined;
    await new Promise<void>((resolve, reject) => {
      this.containers.set(id, {
        started: resolve,
        failed: reject,
        exited: (exit) => {
          alive = false;
          reportExit(exit);
        },
      });
      this.write(child, { start: id, kind, spec: { ...spec, hostPath: packagePath, socket: socketPath } });
    });
    return {
      socketPath,
      exited,
      alive: () => alive,
      signal: (number) => {
        if (alive) this.write(child, { id, signal: number });
      },
    };
  }

  /** Ends every container. */
  async stop(): Promise<void> {
    const child = await this.child;
    if (!child || child.hasEnded) return;
    const gone = once(child, "exit");
    child.stdin?.end();
    await gone;
  }

  private write(child: Child, message: object): void {
    child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  private async hostProcess(): Promise<Child> {
    const child = await this.spawnHost();
    if (!child.stdout) throw new Error("container host: expected a pipe for its output, got none");
    createInterface({ input: child.stdout }).on("line", (line) =>
      this.receive(JSON.parse(line) as HostMessage),
    );
    child.stderr?.on("data", (data: Buffer) => {
      this.errors = (this.errors + data.toString()).slice(-2000);
    });
    child.stdin?.on("error", (problem) => this.lost(problem.message));
    child.on("exit", () => this.lost("it ended"));
    return child;
  }

  private async spawnHost(): Promise<Child> {
    const options = {
      name: "containers",
      cwd: packagePath,
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH ?? "",
        HOME: this.kernel.stateDirectory,
        // Containers are many and the machine is small; one thread each also keeps the arithmetic reproducible.
        OMP_NUM_THREADS: "1",
        OPENBLAS_NUM_THREADS: "1",
        PYTHONDONTWRITEBYTECODE: "1",
        PYTHONHASHSEED: "0",
      },
    } as const;
    try {
      return await this.kernel.spawn(this.kernel.python, ["-m", "sluice_containers.host"], options);
    } catch (problem) {
      this.child = undefined;
      throw this.unavailable(problem instanceof Error ? problem.message : String(problem));
    }
  }

  private receive(message: HostMessage): void {
    if (message.started !== undefined) this.containers.get(message.started)?.started();
    if (message.exited === undefined) return;
    this.containers
      .get(message.exited)
      ?.exited({ code: message.code ?? null, signal: message.signal ?? null });
    this.containers.delete(message.exited);
  }

  private lost(reason: string): void {
    this.child = undefined;
    const problem = this.unavailable(reason);
    for (const container of this.containers.values()) {
      container.failed(problem);
      container.exited({ code: null, signal: 9 });
    }
    this.containers.clear();
  }

  private unavailable(reason: string): Error {
    return new Error(
      `container host (${this.kernel.python}): expected a Python with xgboost and numpy, ${reason}; ${this.errors.trim()}`,
    );
  }
}
