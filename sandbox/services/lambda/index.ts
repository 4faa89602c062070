import type { SandboxKernel } from "../../kernel/kernel.ts";
import {
  type Operation,
  type RequestContext,
  type SandboxService,
  ServiceError,
} from "../../kernel/types.ts";
import { accessOperations } from "./access.ts";
import { AsyncQueue } from "./asyncQueue.ts";
import type { LambdaFunction } from "./functions.ts";
import { Invoker } from "./invoker.ts";
import { functionOperations } from "./operations.ts";
import type { LambdaOptions } from "./options.ts";
import { FunctionStore } from "./store.ts";

const largestSynchronousPayload = 6 * 2 ** 20;
const largestAsynchronousPayload = 2 ** 20;

/** Lambda: real bundles in their own Node processes over the Runtime API, on virtual time. */
export function createLambdaServices(kernel: SandboxKernel, options: LambdaOptions = {}): SandboxService[] {
  const store = new FunctionStore(kernel);
  const invoker = new Invoker(kernel, options);
  const queue = new AsyncQueue(kernel, invoker);
  store.onChange = (fn) => invoker.pool.recycle(fn);
  kernel.authorizer.addResourcePolicies((arn) => policyOf(store, arn));
  return [
    {
      signingName: "lambda",
      modelName: "lambda",
      operations: {
        ...functionOperations(kernel, store),
        ...accessOperations(kernel, store),
        Invoke: invokeOperation(store, invoker, queue),
      },
      resources: (action, input) => resources(store, action, input),
      stop: () => invoker.pool.stop(),
    },
  ];
}

function invokeOperation(store: FunctionStore, invoker: Invoker, queue: AsyncQueue): Operation {
  return async (input, context: RequestContext) => {
    const fn = store.get(input.FunctionName, input.Qualifier);
    const payload = payloadOf(input.Payload, input.InvocationType === "Event");
    if (input.InvocationType === "DryRun") return { StatusCode: 204 };
    if (input.InvocationType === "Event") {
      queue.enqueue(fn, payload, context.requestId);
      return { StatusCode: 202 };
    }
    const run = () => invoker.invoke(fn, payload, context.requestId);
    const result = await (context.park ? context.park(run) : run());
    return {
      StatusCode: 200,
      FunctionError: result.functionError,
      ExecutedVersion: "$LATEST",
      Payload: result.payload,
      LogResult:
        input.LogType === "Tail" ? Buffer.from(result.logTail).subarray(-4096).toString("base64") : undefined,
    };
  };
}

function payloadOf(bytes: Uint8Array | undefined, asynchronous: boolean): string {
  const limit = asynchronous ? largestAsynchronousPayload : largestSynchronousPayload;
  if ((bytes?.length ?? 0) > limit)
    throw new ServiceError(
      "RequestTooLargeException",
      `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
      { status: 413 },
    );
  const text = bytes === undefined || bytes.length === 0 ? "{}" : Buffer.from(bytes).toString("utf8");
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new ServiceError(
      "InvalidRequestContentException",
      `Could not parse request body into json: ${(cause as Error).message}`,
    );
  }
  return text;
}

function resources(store: FunctionStore, action: string, input: Record<string, unknown>): readonly string[] {
  if (action === "ListFunctions" || action === "ListEventSourceMappings") return ["*"];
  const reference = input.FunctionName ?? input.Resource;
  return [typeof reference === "string" ? store.arn(store.nameOf(reference)) : "*"];
}

function policyOf(store: FunctionStore, arn: string): string | undefined {
  if (!arn.startsWith("arn:aws:lambda:") || !store.has(arn)) return undefined;
  return policyDocument(store.get(store.arn(store.nameOf(arn))));
}

export function policyDocument(fn: LambdaFunction): string | undefined {
  if (fn.permissions.size === 0) return undefined;
  return JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: [...fn.permissions.values()] });
}
