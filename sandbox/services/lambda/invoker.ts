import path from "node:path";
import { setTimeout as realTimeout } from "node:timers";
import type { SandboxKernel } from "../../kernel/kernel.ts";
import { ServiceError } from "../../kernel/types.ts";
import type { ExecutionEnvironment, InvocationOutcome } from "./environment.ts";
import type { LambdaFunction } from "./functions.ts";
import type { LambdaOptions } from "./options.ts";
import { EnvironmentPool } from "./pool.ts";

export interface InvokeResult {
  /** JSON text: the answer, or the error object. */
  readonly payload: string;
  readonly functionError: "Unhandled" | undefined;
  readonly requestId: string;
  readonly logTail: string;
}

/** Real milliseconds without an answer after which a process is taken for hung; it then times out at its virtual deadline. */
export const defaultHangMilliseconds = 30_000;

/** Runs functions: one process per concurrent invocation, virtual deadline, real watchdog, log lines and metrics as AWS gives them. */
export class Invoker {
  readonly pool: EnvironmentPool;
  readonly #kernel: SandboxKernel;
  readonly #hangMilliseconds: number;

  constructor(kernel: SandboxKernel, options: LambdaOptions) {
    this.#kernel = kernel;
    this.#hangMilliseconds = options.hangMilliseconds ?? defaultHangMilliseconds;
    const compileCache =
      options.compileCacheDirectory ?? path.join(kernel.stateDirectory, "lambda", "compile-cache");
    this.pool = new EnvironmentPool(kernel, compileCache);
  }

  /**
   * @throws ServiceError TooManyRequestsException when the reserved concurrency is used up; KMSAccessDeniedException when the role
   * cannot decrypt the environment. What the function throws is a result, not an exception.
   */
  async invoke(fn: LambdaFunction, payload: string, requestId: string): Promise<InvokeResult> {
    if (fn.reservedConcurrency !== undefined && fn.inFlight >= fn.reservedConcurrency) {
      this.#metric(fn, "Throttles", 1);
      throw new ServiceError("TooManyRequestsException", "Rate Exceeded.", {
        status: 429,
        fields: { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" },
      });
    }
    if (
      fn.kmsKeyArn !== undefined &&
      Object.keys(fn.environment).length > 0 &&
      !this.#kernel.mayDo(fn.role, "kms:Decrypt", fn.kmsKeyArn)
    )
      throw new ServiceError(
        "KMSAccessDeniedException",
        `Lambda was unable to decrypt the environment variables because KMS access was denied: ${fn.role} on ${fn.kmsKeyArn}`,
        { status: 502 },
      );
    fn.inFlight++;
    fn.invocations++;
    this.#metric(fn, "Invocations", 1);
    try {
      return await this.#run(fn, payload, requestId);
    } finally {
      fn.inFlight--;
    }
  }

  async #run(fn: LambdaFunction, payload: string, requestId: string): Promise<InvokeResult> {
    const { clock } = this.#kernel;
    const token = new InvocationToken(() => clock.hold(`lambda ${fn.name} ${requestId}`));
    const began = clock.now();
    let environment: ExecutionEnvironment | undefined;
    try {
      const taken = await this.pool.take(fn);
      environment = taken.environment;
      environment.log(`START RequestId: ${requestId} Version: $LATEST`);
      const outcome = await this.#await(environment, fn, payload, requestId, token);
      const duration = Math.max(1, clock.now() - began);
      fn.loadMilliseconds = environment.loadMilliseconds ?? fn.loadMilliseconds;
      const result = this.#conclude(fn, environment, outcome, requestId, duration, taken.cold);
      this.#metric(fn, "Errors", result.functionError ? 1 : 0);
      this.#metric(fn, "Duration", duration, "Milliseconds");
      return result;
    } finally {
      if (environment) this.pool.giveBack(environment);
      token.release();
    }
  }

  #await(
    environment: ExecutionEnvironment,
    fn: LambdaFunction,
    payload: string,
    requestId: string,
    token: InvocationToken,
  ): Promise<InvocationOutcome | "timeout"> {
    const { clock } = this.#kernel;
    const deadline = clock.now() + fn.timeoutSeconds * 1000;
    return new Promise((resolve) => {
      let timedOut = false;
      const finish = (outcome: InvocationOutcome | "timeout") => {
        clock.clearTimer(virtual);
        clearTimeout(watchdog);
        resolve(outcome);
      };
      const kill = () => {
        timedOut = true;
        environment.kill();
      };
      const virtual = clock.setTimer(
        deadline,
        () => {
          token.hold();
          kill();
        },
        { order: 3, key: `lambda timeout ${fn.name} ${requestId}` },
      );
      const watchdog = realTimeout(() => {
        this.#kernel.log(
          `lambda ${fn.name}: no answer within ${this.#hangMilliseconds} real ms; ended, to be reported as timed out`,
        );
        kill();
      }, this.#hangMilliseconds);
      environment.run({
        requestId,
        payload,
        deadline,
        seed: seedOf(requestId),
        hold: () => token.hold(),
        release: () => token.release(),
        settle: (outcome) => {
          if (!timedOut) return finish(outcome);
          // Ended by the watchdog before its deadline: the callers hear of it when AWS would have told them.
          if (clock.now() >= deadline) return finish("timeout");
          clock.clearTimer(virtual);
          clock.setTimer(
            deadline,
            () => {
              token.hold();
              finish("timeout");
            },
            { order: 3, key: `lambda timeout ${fn.name} ${requestId}` },
          );
          token.release();
        },
      });
    });
  }

  #conclude(
    fn: LambdaFunction,
    environment: ExecutionEnvironment,
    outcome: InvocationOutcome | "timeout",
    requestId: string,
    duration: number,
    cold: boolean,
  ): InvokeResult {
    const tail: string[] = [`START RequestId: ${requestId} Version: $LATEST`];
    const line = (text: string) => {
      tail.push(text);
      environment.log(text);
    };
    let payload: string;
    if (outcome === "timeout") {
      const message = `Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`;
      line(`${new Date(this.#kernel.clock.now()).toISOString()} ${requestId} ${message}`);
      payload = JSON.stringify({
        errorType: "Sandbox.Timedout",
        errorMessage: `RequestId: ${requestId} Error: ${message}`,
      });
    } else if (outcome.kind === "exit")
      payload = JSON.stringify({
        errorType: "Runtime.ExitError",
        errorMessage: `RequestId: ${requestId} Error: ${outcome.detail}`,
      });
    else payload = outcome.payload;
    line(`END RequestId: ${requestId}`);
    const init = cold ? `\tInit Duration: ${(environment.loadMilliseconds ?? 0).toFixed(2)} ms` : "";
    line(
      `REPORT RequestId: ${requestId}\tDuration: ${duration.toFixed(2)} ms\tBilled Duration: ${duration} ms\tMemory Size: ${fn.memoryMegabytes} MB\tMax Memory Used: ${fn.memoryMegabytes} MB${init}`,
    );
    const failed = outcome === "timeout" || outcome.kind !== "response";
    return { payload, functionError: failed ? "Unhandled" : undefined, requestId, logTail: tail.join("\n") };
  }

  #metric(fn: LambdaFunction, metricName: string, value: number, unit = "Count"): void {
    this.#kernel.putMetric({
      namespace: "AWS/Lambda",
      metricName,
      dimensions: { FunctionName: fn.name },
      value,
      unit,
    });
  }
}

/** A work token that a running function gives back while it sleeps. */
class InvocationToken {
  readonly #take: () => () => void;
  #held: (() => void) | undefined;

  constructor(take: () => () => void) {
    this.#take = take;
    this.#held = take();
  }

  hold(): void {
    this.#held ??= this.#take();
  }

  release(): void {
    this.#held?.();
    this.#held = undefined;
  }
}

function seedOf(text: string): number {
  let hash = 2166136261;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 16777619);
  return hash | 0;
}
