import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Child } from "../../kernel/children/index.ts";
import type { SandboxKernel } from "../../kernel/kernel.ts";
import type { LambdaFunction } from "./functions.ts";

export interface Invocation {
  readonly requestId: string;
  readonly payload: string;
  readonly deadline: number;
  readonly seed: number;
  /** Takes and gives back the clock while the function runs or sleeps. */
  readonly hold: () => void;
  readonly release: () => void;
  readonly settle: (outcome: InvocationOutcome) => void;
}

export type InvocationOutcome =
  | { readonly kind: "response"; readonly payload: string }
  | { readonly kind: "error"; readonly payload: string }
  | { readonly kind: "exit"; readonly detail: string };

/** One execution environment: a Node process with a function's bundle, driven over the Lambda Runtime API. */
export class ExecutionEnvironment {
  readonly fn: LambdaFunction;
  readonly revision: string;
  readonly logStream: string;
  readonly accessKeyId: string;
  loadMilliseconds: number | undefined;
  #alive = true;
  #invocation: Invocation | undefined;
  #pending: Invocation | undefined;
  #poll: ServerResponse | undefined;
  #initError: string | undefined;
  #outcome: InvocationOutcome | undefined;
  readonly #mayLog: boolean;
  readonly #marks = { stdout: "", stderr: "" };
  readonly #kernel: SandboxKernel;
  readonly #credentials: Record<string, string>;
  #process: Child | undefined;
  readonly #server: Server;

  private constructor(kernel: SandboxKernel, fn: LambdaFunction, server: Server, logStream: string) {
    this.#kernel = kernel;
    this.fn = fn;
    this.revision = fn.revision;
    this.logStream = logStream;
    this.#server = server;
    server.on("request", (request, response) => this.#serve(request, response));
    this.#mayLog = kernel.mayDo(
      fn.role,
      "logs:PutLogEvents",
      `arn:aws:logs:${kernel.region}:${kernel.accountId}:log-group:${fn.logging.group}:log-stream:${logStream}`,
    );
    this.#credentials = kernel.credentialsFor(fn.role, fn.name);
    this.accessKeyId = this.#credentials.AWS_ACCESS_KEY_ID as string;
    kernel.identities.bind(this.accessKeyId, { park: () => this.#park(), kill: () => this.kill() });
  }

  static async start(
    kernel: SandboxKernel,
    fn: LambdaFunction,
    logStream: string,
    compileCache: string,
  ): Promise<ExecutionEnvironment> {
    const server = createServer({ keepAliveTimeout: 0 });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const environment = new ExecutionEnvironment(kernel, fn, server, logStream);
    try {
      await environment.#start(compileCache);
    } catch (error) {
      environment.#ended(null, null);
      throw error;
    }
    return environment;
  }

  async #start(compileCache: string): Promise<void> {
    const { fn } = this;
    const kernel = this.#kernel;
    const runtime = path.join(import.meta.dirname, "runtime");
    const flags = [
      "--max-semi-space-size=8",
      "--max-old-space-size=256",
      "--require",
      path.join(runtime, "shim.cjs"),
    ];
    const child = await kernel.spawn(kernel.node, [...flags, path.join(runtime, "ric.cjs")], {
      name: `lambda ${fn.name}`,
      cwd: fn.codeFolder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...this.#variables((this.#server.address() as AddressInfo).port),
        NODE_COMPILE_CACHE: compileCache,
      },
    });
    this.#process = child;
    this.#readLines("stdout", child.stdout);
    this.#readLines("stderr", child.stderr);
    // Streams close after the last line; only then is the story of the process complete.
    child.once("close", (code, signal) => this.#ended(code, signal));
  }

  get alive(): boolean {
    return this.#alive;
  }

  run(invocation: Invocation): void {
    this.#outcome = undefined;
    this.#invocation = invocation;
    this.#pending = invocation;
    if (!this.#alive) this.#fail("the process ended before the invocation");
    this.#deliver();
  }

  kill(): void {
    this.#process?.kill("SIGKILL");
  }

  /** Kills the process and resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.#alive) return;
    const gone = new Promise<void>((resolve) => void this.#process?.once("close", () => resolve()));
    this.kill();
    await gone;
  }

  #variables(port: number): Record<string, string> {
    const { fn } = this;
    return {
      ...fn.environment,
      PATH: process.env.PATH ?? "",
      LANG: "en_US.UTF-8",
      TZ: ":UTC",
      ...this.#credentials,
      AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
      AWS_LAMBDA_FUNCTION_NAME: fn.name,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMegabytes),
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_LOG_FORMAT: fn.logging.format,
      AWS_LAMBDA_LOG_GROUP_NAME: fn.logging.group,
      AWS_LAMBDA_LOG_STREAM_NAME: this.logStream,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      LAMBDA_TASK_ROOT: fn.codeFolder,
      LAMBDA_RUNTIME_DIR: path.join(import.meta.dirname, "runtime"),
      _HANDLER: fn.handler,
      SLUICE_NOW: String(this.#kernel.clock.now()),
    };
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => this.#answer(request, response, Buffer.concat(chunks).toString("utf8")));
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const url = request.url ?? "";
    if (url.endsWith("/invocation/next")) {
      this.loadMilliseconds = Number(request.headers["x-sluice-load-ms"] ?? 0);
      this.#poll = response;
      this.#deliver();
      return;
    }
    if (url === "/_sluice/sleep") {
      this.#sleep(Number(body), response);
      return;
    }
    response.writeHead(202).end('{"status":"OK"}');
    if (url.endsWith("/init/error")) {
      this.#initError = body;
      return;
    }
    const [, requestId, kind] = /invocation\/([^/]+)\/(response|error)$/.exec(url) ?? [];
    if (requestId !== this.#invocation?.requestId) return;
    this.#outcome = { kind: kind === "response" ? "response" : "error", payload: body };
    this.#settleWhenComplete();
  }

  /** Only virtual timers are left in the process: the clock is given back until the first is due. */
  #sleep(at: number, response: ServerResponse): void {
    const invocation = this.#invocation;
    const { clock } = this.#kernel;
    if (!invocation) return void response.end(String(clock.now()));
    clock.setTimer(
      at,
      () => {
        if (this.#invocation !== invocation) return;
        invocation.hold();
        response.end(String(clock.now()));
      },
      { order: 4, key: `lambda ${this.fn.name} ${invocation.requestId}` },
    );
    invocation.release();
  }

  /** A request of this process waits in virtual time, so the process waits too. */
  #park(): () => void {
    const invocation = this.#invocation;
    invocation?.release();
    return () => {
      if (this.#invocation === invocation) invocation?.hold();
    };
  }

  #deliver(): void {
    const invocation = this.#pending;
    const poll = this.#poll;
    if (!invocation || !poll) return;
    this.#pending = undefined;
    this.#poll = undefined;
    poll.writeHead(200, {
      "lambda-runtime-aws-request-id": invocation.requestId,
      "lambda-runtime-deadline-ms": String(invocation.deadline),
      "lambda-runtime-invoked-function-arn": this.fn.arn,
      "x-sluice-now": String(this.#kernel.clock.now()),
      "x-sluice-seed": String(invocation.seed),
    });
    poll.end(invocation.payload);
  }

  #readLines(name: "stdout" | "stderr", stream: NodeJS.ReadableStream | null): void {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#line(name, line);
    });
    stream?.on("end", () => {
      if (rest !== "") this.#line(name, rest);
    });
  }

  #line(name: "stdout" | "stderr", line: string): void {
    const mark = line.indexOf("\u0000");
    const text = mark === -1 ? line : line.slice(0, mark);
    if (text !== "") this.log(text.replaceAll("\r", "\n"));
    if (mark === -1) return;
    this.#marks[name] = line.slice(mark + 1);
    this.#settleWhenComplete();
  }

  /** Writes to the function's log stream, if its role may. */
  log(message: string): void {
    if (this.#mayLog) this.#kernel.putLog(this.fn.logging.group, this.logStream, message);
  }

  #settleWhenComplete(): void {
    const invocation = this.#invocation;
    if (!invocation || !this.#outcome) return;
    const { requestId } = invocation;
    if (this.#marks.stdout !== requestId || this.#marks.stderr !== requestId) return;
    this.#invocation = undefined;
    invocation.settle(this.#outcome);
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#alive = false;
    this.#server.close();
    this.#server.closeAllConnections();
    this.#kernel.identities.revoke(this.accessKeyId);
    this.#fail(signal ? `signal: ${signal === "SIGKILL" ? "killed" : signal}` : `exit status ${code}`);
  }

  #fail(how: string): void {
    const invocation = this.#invocation;
    if (!invocation) return;
    this.#invocation = undefined;
    if (this.#initError === undefined)
      invocation.settle({ kind: "exit", detail: `Runtime exited with error: ${how}` });
    else invocation.settle({ kind: "error", payload: this.#initError });
  }
}
