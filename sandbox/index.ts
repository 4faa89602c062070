import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { VirtualClock } from "./kernel/clock.ts";
import { createControl } from "./kernel/control.ts";
import type { FaultList } from "./kernel/faults.ts";
import { SandboxKernel } from "./kernel/kernel.ts";
import type { CallRecord } from "./kernel/recorder.ts";
import type { Kernel, SandboxService } from "./kernel/types.ts";
import type { CodeBuildOptions } from "./services/codebuild/index.ts";
import { type BuiltIn, createBuiltInServices } from "./services/index.ts";
import type { LambdaOptions } from "./services/lambda/options.ts";
import type { LogLine } from "./services/logs/index.ts";
import type { SagemakerOptions } from "./services/sagemaker/index.ts";
import type { Message } from "./services/sns/topics.ts";

export interface SandboxOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Default: a new folder under the system's temporary folder, which the caller may remove. */
  readonly stateDirectory?: string;
  /** Interpreter of an environment with the sandbox's requirements, see `python/ensure.ts`. */
  readonly python: string;
  /** Node 24 for Lambda functions; default: the one that runs this. */
  readonly node?: string;
  readonly seed?: number | string;
  /** Virtual time at the start; default: the wall clock's. */
  readonly start?: Date;
  readonly region?: string;
  readonly accountId?: string;
  /** Another sandbox, whose clock, port and processes this one shares as one more account; it ends with that one. */
  readonly beside?: Sandbox;
  /** Access key ids that act as the account's administrator; default the account's id, and `sluice` and `test` in the first account. */
  readonly administratorKeys?: readonly string[];
  /** False leaves out S3, DynamoDB, SQS, KMS, SSM and Athena, which start a child; default true. */
  readonly ministack?: boolean;
  readonly lambda?: LambdaOptions;
  readonly sagemaker?: SagemakerOptions;
  readonly codebuild?: CodeBuildOptions;
  readonly log?: (line: string) => void;
  /** Services beyond those that the sandbox brings, or in their place. */
  readonly register?: (kernel: Kernel) => readonly SandboxService[];
  /** Whether Ctrl-C and SIGTERM stop the sandbox before the process ends; default true. */
  readonly handleSignals?: boolean;
}

export interface Sandbox {
  readonly url: string;
  readonly clock: VirtualClock;
  readonly kernel: SandboxKernel;
  readonly faults: FaultList;
  readonly stateDirectory: string;
  /** The calls that the gateway saw, oldest first. */
  calls(filter?: Partial<CallRecord>): readonly CallRecord[];
  /** Lines of a log group in the order of their arrival. */
  logs(group: string): readonly LogLine[];
  /** Everything that was published to SNS topics, oldest first. */
  messages(): readonly Message[];
  /** Ends every service, port and child. */
  stop(): Promise<void>;
}

/**
 * Starts AWS on this machine. Nothing outlives it: children end on `stop`, on Ctrl-C, on an uncaught exception, and when this
 * process is killed.
 * @throws Error when the port is taken or a child does not start; nothing is left behind then
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const stateDirectory = options.stateDirectory ?? mkdtempSync(path.join(tmpdir(), "sluice-sandbox-"));
  const accountId = options.accountId ?? "000000000000";
  const kernel = new SandboxKernel({
    stateDirectory,
    python: options.python,
    node: options.node ?? process.execPath,
    start: (options.start ?? new Date()).getTime(),
    seed: options.seed ?? 1,
    region: options.region ?? "eu-west-1",
    accountId,
    administratorKeys: options.administratorKeys ?? [
      accountId,
      ...(options.beside === undefined ? ["sluice", "test"] : []),
    ],
    log: options.log ?? (() => undefined),
    ...(options.beside === undefined ? {} : { beside: options.beside.kernel }),
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= kernel.stop().finally(removeHandlers);
    return stopping;
  };
  const removeHandlers =
    options.handleSignals === false || options.beside !== undefined ? () => undefined : stopOnSignals(stop);
  let builtIn: BuiltIn;
  try {
    if (options.beside === undefined) await kernel.listen(options.port ?? 0);
    builtIn = await createBuiltInServices(kernel, {
      ministack: options.ministack ?? true,
      ...(options.register === undefined ? {} : { register: options.register }),
      ...(options.lambda === undefined ? {} : { lambda: options.lambda }),
      ...(options.sagemaker === undefined ? {} : { sagemaker: options.sagemaker }),
      ...(options.codebuild === undefined ? {} : { codebuild: options.codebuild }),
    });
    kernel.onControl(createControl(kernel, stop));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: kernel.url,
    clock: kernel.clock,
    kernel,
    faults: kernel.faults,
    stateDirectory,
    logs: (group) => builtIn.logs(group),
    messages: () => builtIn.messages(),
    calls: (filter) => kernel.recorder.list(filter),
    stop,
  };
}

function stopOnSignals(stop: () => Promise<void>): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const remove = () => {
    for (const signal of signals) process.off(signal, handler);
  };
  const handler = (signal: NodeJS.Signals) => {
    // With the handlers gone the signal then ends this process as it would have done without a sandbox.
    void stop().finally(() => {
      remove();
      process.kill(process.pid, signal);
    });
  };
  for (const signal of signals) process.on(signal, handler);
  return remove;
}
