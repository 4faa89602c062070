/** One serving container: started from a model's artifact, asked over HTTP, its output sent to CloudWatch Logs. */
import { closeSync, existsSync, mkdirSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { messageOf, type Sagemaker, sagemakerPrincipal } from "./common.ts";
import type { Container } from "./containerHost.ts";
import type { ResolvedContainer } from "./models.ts";

export interface ServingOptions {
  /** Folder name under the state directory, unique per start. */
  readonly label: string;
  readonly roleArn: string;
  readonly container: ResolvedContainer;
  readonly logGroup: string;
  readonly logStream: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly customAttributes: string | undefined;
  readonly body: Buffer;
  /** Virtual latency of the model: what its code slept plus what it computed, see {@link modelLatency}. */
  readonly latencyMicroseconds: number;
}

/** Why a container does not serve, in AWS's words. `atTimeout` when AWS would have waited for the health check time-out. */
export class StartError extends Error {
  readonly atTimeout: boolean;
  constructor(message: string, atTimeout: boolean) {
    super(message);
    this.name = "StartError";
    this.atTimeout = atTimeout;
  }
}

/** SageMaker gives up on a request after this long. */
export const invocationLimitMs = 60_000;
const floorMicroseconds = 2_000;

/**
 * Sleeping counts in full; computing counts by CPU time, at least 2 ms and rounded up to 2, 5, 10, 20, 50, … ms, so that a busy
 * machine does not change the story while a slow model still shows.
 */
export function modelLatency(cpuMicroseconds: number, sleptMilliseconds: number): number {
  let step = floorMicroseconds;
  for (let i = 0; step < cpuMicroseconds; i += 1) step = i % 3 === 0 ? step * 2.5 : step * 2;
  return Math.min(step + sleptMilliseconds * 1000, invocationLimitMs * 1000);
}

export class ServingContainer {
  private readonly service: Sagemaker;
  private readonly options: ServingOptions;
  private readonly folder: string;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 });
  private container: Container | undefined;
  private logOffset = 0;

  constructor(service: Sagemaker, options: ServingOptions) {
    this.service = service;
    this.options = options;
    this.folder = join(service.kernel.stateDirectory, "sagemaker", options.label);
  }

  /** Resolves when `/ping` answers. Throws {@link StartError}. */
  async start(): Promise<void> {
    await this.launch(await this.download());
    try {
      await this.ping();
    } catch (problem) {
      this.flushLog();
      await this.stop();
      throw problem;
    }
  }

  private async download(): Promise<string | undefined> {
    const url = this.options.container.modelDataUrl;
    mkdirSync(join(this.folder, "ml", "model"), { recursive: true });
    if (!url) return undefined;
    const archive = join(this.folder, "model.tar.gz");
    try {
      writeFileSync(archive, await this.service.kernel.s3.get(url, this.identity()));
    } catch (problem) {
      throw new StartError(
        `Failed to download model data for container "container_1" from URL: "${url}". Please ensure that there is an object located at the URL and that the role passed to CreateModel has permissions to download the object. ${messageOf(problem)}`,
        false,
      );
    }
    return archive;
  }

  private async source(): Promise<string | undefined> {
    const directory = this.options.container.environment.SAGEMAKER_SUBMIT_DIRECTORY;
    if (!directory?.startsWith("s3://")) return undefined;
    const path = join(this.folder, "sourcedir.tar.gz");
    try {
      writeFileSync(path, await this.service.kernel.s3.get(directory, this.identity()));
    } catch (problem) {
      throw new StartError(
        `Failed to download SAGEMAKER_SUBMIT_DIRECTORY "${directory}". ${messageOf(problem)}`,
        true,
      );
    }
    return path;
  }

  private async launch(modelArchive: string | undefined): Promise<void> {
    const { kernel, host } = this.service;
    const source = await this.source();
    this.container = await host.start("serve", {
      root: join(this.folder, "ml"),
      log: join(this.folder, "log.txt"),
      now: kernel.clock.now(),
      environment: {
        PATH: process.env.PATH ?? "",
        HOME: this.folder,
        LANG: "C.UTF-8",
        OMP_NUM_THREADS: "1",
        PYTHONDONTWRITEBYTECODE: "1",
        ...kernel.credentialsFor(this.options.roleArn, "SageMaker"),
        ...this.options.container.environment,
        ...this.options.environment,
      },
      ...(source ? { source } : {}),
      ...(modelArchive ? { modelArchive } : {}),
    });
  }

  private async ping(): Promise<void> {
    const container = this.container;
    if (!container) throw new Error("serving container: expected start() before ping()");
    const died = container.exited.then(() => "died" as const);
    const answered = this.send("GET", "/ping", {}, undefined, this.service.watchdogs.pingMs).then(
      ({ status }) => status,
    );
    // The connection breaks when the process dies, so either promise alone may come first.
    const outcome = await Promise.race([answered.catch(() => "broken" as const), died]);
    if (outcome === 200) return;
    throw new StartError(
      "did not pass the ping health check. Please check CloudWatch logs for this endpoint.",
      true,
    );
  }

  /** Never rejects: a container that hangs or dies answers 500 or 504 and is started again. */
  async invoke(headers: Record<string, string>, body: Uint8Array): Promise<Answer> {
    try {
      const now = String(this.service.kernel.clock.now());
      const answer = await this.send(
        "POST",
        "/invocations",
        { ...headers, "x-sluice-now": now },
        body,
        this.service.watchdogs.invocationMs,
      );
      if (answer.status >= 500) this.flushLog();
      const slept = Number(answer.headers["x-sluice-slept-milliseconds"] ?? 0);
      if (slept >= invocationLimitMs) return timedOut();
      const attributes = answer.headers["x-amzn-sagemaker-custom-attributes"];
      return {
        status: answer.status,
        contentType: answer.headers["content-type"] ?? "application/octet-stream",
        customAttributes: typeof attributes === "string" ? attributes : undefined,
        body: answer.body,
        latencyMicroseconds: modelLatency(Number(answer.headers["x-sluice-cpu-microseconds"] ?? 0), slept),
      };
    } catch (problem) {
      await this.restart();
      if (problem instanceof NoAnswer) return timedOut();
      return {
        ...timedOut(),
        status: 500,
        latencyMicroseconds: floorMicroseconds,
        body: Buffer.from(`container stopped: ${messageOf(problem)}`),
      };
    }
  }

  private restarting: Promise<void> | undefined;

  private restart(): Promise<void> {
    this.restarting ??= (async () => {
      this.flushLog();
      this.container?.signal(9);
      await this.container?.exited;
      const archive = join(this.folder, "model.tar.gz");
      if (existsSync(this.folder)) await this.launch(existsSync(archive) ? archive : undefined);
      this.restarting = undefined;
    })();
    return this.restarting;
  }

  /** @throws NoAnswer after `limitMs` real milliseconds */
  private send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: Uint8Array | undefined,
    limitMs: number,
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const length = body ? { "content-length": String(body.byteLength) } : {};
      const outgoing = request(
        {
          socketPath: this.container?.socketPath,
          method,
          path,
          agent: this.agent,
          headers: { ...headers, ...length },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 500,
              headers: response.headers,
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      const watchdog = setTimeout(() => outgoing.destroy(new NoAnswer()), limitMs);
      outgoing.on("error", reject);
      outgoing.on("close", () => clearTimeout(watchdog));
      outgoing.end(body);
    });
  }

  private identity(): { roleArn: string; service: string } {
    return { roleArn: this.options.roleArn, service: sagemakerPrincipal };
  }

  /** Sends new lines of the container's output to its log stream. */
  flushLog(): void {
    const { text, offset } = readFrom(join(this.folder, "log.txt"), this.logOffset);
    this.logOffset = offset;
    for (const line of text.split("\n")) {
      if (line.length > 0) this.service.kernel.putLog(this.options.logGroup, this.options.logStream, line);
    }
  }

  /** Ends the process and removes its folder. */
  async stop(): Promise<void> {
    this.agent.destroy();
    if (this.container) {
      this.flushLog();
      this.container.signal(9);
      await this.container.exited;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A container that hangs. */
class NoAnswer extends Error {}

function timedOut(): Answer {
  return {
    status: 504,
    contentType: "text/plain",
    customAttributes: undefined,
    body: Buffer.from("Your invocation timed out while waiting for a response from container."),
    latencyMicroseconds: invocationLimitMs * 1000,
  };
}

/** What was appended to a file since `offset`; nothing when it does not exist. */
export function readFrom(path: string, offset: number): { text: string; offset: number } {
  if (!existsSync(path)) return { text: "", offset };
  const file = openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    let position = offset;
    for (;;) {
      const chunk = Buffer.alloc(65536);
      const count = readSync(file, chunk, 0, chunk.length, position);
      if (count === 0) break;
      chunks.push(chunk.subarray(0, count));
      position += count;
    }
    return { text: Buffer.concat(chunks).toString(), offset: position };
  } finally {
    closeSync(file);
  }
}
