import { mkdirSync } from "node:fs";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import path from "node:path";
import { setTimeout as sleepReally } from "node:timers/promises";
import type { SandboxKernel } from "../../kernel/kernel.ts";

const readyAttempts = 400;

/** The ministack process behind the gateway, and requests to it at the virtual time of the moment. */
export class Ministack {
  readonly #kernel: SandboxKernel;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #socketPath: string;

  private constructor(kernel: SandboxKernel) {
    this.#kernel = kernel;
    this.#socketPath = path.join(kernel.socketDirectory, "ministack");
  }

  /** @throws Error when the process ends or does not answer within 20 s */
  static async start(kernel: SandboxKernel): Promise<Ministack> {
    const ministack = new Ministack(kernel);
    await ministack.#launch();
    return ministack;
  }

  /** Sends one request; the caller reads the response stream. */
  send(options: {
    method: string;
    path: string;
    headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    body?: Uint8Array | NodeJS.ReadableStream;
  }): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { ...options.headers, "x-sluice-now": String(this.#kernel.clock.now()) } as Record<
        string,
        string
      >;
      const outgoing = httpRequest({
        socketPath: this.#socketPath,
        method: options.method,
        path: options.path,
        headers,
        agent: this.#agent,
      });
      outgoing.once("response", resolve).once("error", reject);
      const { body } = options;
      if (body && "pipe" in body) body.pipe(outgoing).once("error", reject);
      else outgoing.end(body);
    });
  }

  stop(): void {
    this.#agent.destroy();
  }

  async #launch(): Promise<void> {
    const folder = path.join(this.#kernel.stateDirectory, "ministack");
    mkdirSync(folder, { recursive: true });
    const script = path.join(import.meta.dirname, "../../python/ministack_clock.py");
    const child = await this.#kernel.spawn(this.#kernel.python, [script], {
      name: "ministack",
      stdio: ["ignore", "ignore", "pipe"],
      // A clean environment: ministack reads many variables, some of which a developer's shell may hold.
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        TMPDIR: folder,
        TZ: "UTC",
        SLUICE_SOCKET: this.#socketPath,
        STATE_DIR: path.join(folder, "state"),
        S3_DATA_DIR: path.join(folder, "s3"),
        IOT_MTLS_ENABLED: "0",
        SFTP_ENABLED: "0",
        LOG_LEVEL: "ERROR",
        MINISTACK_ACCOUNT_ID: this.#kernel.accountId,
        MINISTACK_REGION: this.#kernel.region,
        PYTHONDONTWRITEBYTECODE: "1",
      },
    });
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString("utf8")).slice(-4_000);
    });
    for (let attempt = 0; attempt < readyAttempts; attempt++) {
      // A ready answer may come from another instance: only a living child of ours counts.
      if (child.exitCode !== null)
        throw new Error(`ministack: ended with status ${child.exitCode} before it was ready: ${complaint}`);
      if (await this.#answers()) return;
      await sleepReally(50);
    }
    throw new Error(`ministack: expected an answer on ${this.#socketPath} within 20 s: ${complaint}`);
  }

  async #answers(): Promise<boolean> {
    try {
      const response = await this.send({ method: "GET", path: "/_ministack/ready", headers: {} });
      response.resume();
      return response.statusCode === 200;
    } catch {
      // Not listening yet; the caller tries again.
      return false;
    }
  }
}
