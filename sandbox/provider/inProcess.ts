/** Deploys one stack without a Pulumi CLI: the program runs in a child process against the in-process monitor. */
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { waitThroughGateway } from "./clients.ts";
import type { ChildJob, ChildMessage, ParentMessage, StackOperation, StackResult } from "./host/messages.ts";

export interface DeployStackOptions {
  /** Path of the module that exports `program(): Promise<Record<string, unknown>>`. */
  readonly program: string;
  readonly project: string;
  readonly stack: string;
  readonly config: Readonly<Record<string, string>>;
  readonly gatewayUrl: string;
  /** Default 000000000000. */
  readonly accountId?: string;
  /** State goes to `<stateDirectory>/stacks/<stack>.json`; other stacks' outputs are read there. */
  readonly stateDirectory: string;
  /** Lets virtual time pass while an endpoint comes up; default: the gateway's control interface. */
  readonly waitVirtual?: (seconds: number) => Promise<void>;
  readonly log?: (line: string) => void;
}

/**
 * Runs one operation on one stack. What succeeded before a failure stays recorded, so the next run goes on from there.
 * @throws Error that lists all failures, each with the resource and what AWS said
 */
export async function runStackOperation(
  operation: StackOperation,
  options: DeployStackOptions,
  process = new StackProcess(),
): Promise<StackResult> {
  const { waitVirtual, log, accountId, ...rest } = options;
  const job: ChildJob = { ...rest, operation, accountId: accountId ?? "000000000000" };
  const result = await process.run(
    job,
    waitVirtual ?? waitThroughGateway(options.gatewayUrl),
    log ?? (() => undefined),
  );
  if (result.failures.length > 0)
    throw new Error(
      `${operation} of stack ${options.stack} failed:\n${result.failures.map((one) => `  - ${one}`).join("\n")}`,
    );
  return result;
}

export const deployStack = (options: DeployStackOptions): Promise<StackResult> =>
  runStackOperation("up", options);

/** A process for one operation on one stack. It loads what every stack needs while it waits for its job. */
export class StackProcess {
  readonly #child: ChildProcess;
  readonly #said: string[] = [];
  readonly #closed: Promise<string>;
  readonly #stop = (): void => void this.#child.kill();

  constructor() {
    const child = fork(path.join(import.meta.dirname, "child.ts"), [], {
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => this.#said.push(text));
    process.once("exit", this.#stop);
    this.#closed = new Promise((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("close", (code, signal) => {
        process.off("exit", this.#stop);
        resolve(signal ?? `exit status ${code}`);
      });
    });
  }

  async run(
    job: ChildJob,
    waitVirtual: (seconds: number) => Promise<void>,
    log: (line: string) => void,
  ): Promise<StackResult> {
    const child = this.#child;
    const tell = (message: ParentMessage) => {
      if (child.connected) child.send(message);
    };
    let result: StackResult | undefined;
    let problem: Error | undefined;
    child.on("message", (message: ChildMessage) => {
      if (message.kind === "log") log(`${job.stack}: ${message.line}`);
      else if (message.kind === "result") result = message.result;
      else if (message.kind === "error") problem = new Error(`stack ${job.stack}: ${message.message}`);
      else
        waitVirtual(message.seconds).then(
          () => tell({ kind: "waited", id: message.id }),
          (error: Error) => {
            problem = error;
            child.kill();
          },
        );
    });
    tell({ kind: "job", job });
    const end = await this.#closed;
    if (result && !problem) return result;
    throw (
      problem ??
      new Error(
        `stack ${job.stack}: its process ended without a result (${end}); it said:\n${this.#said.join("").slice(-4000)}`,
      )
    );
  }

  /** Ends a process whose job never came. */
  async stop(): Promise<void> {
    this.#stop();
    await this.#closed;
  }
}
