/** What a Task does: calls to other services under the machine's role, shaped as Step Functions shapes them. */
import type { Kernel } from "../../kernel/types.ts";
import { ServiceError } from "../../kernel/types.ts";
import { parseResource, type Resource, sdkServices } from "./definition.ts";
import { StateError } from "./errors.ts";
import type { Strand } from "./strand.ts";

type Json = Record<string, unknown>;

export interface TaskContext {
  readonly kernel: Kernel;
  readonly roleArn: string;
  readonly strand: Strand;
  readonly executionArn: string;
  /** Called when a `.sync` job has been started. */
  readonly submitted: (output: unknown) => void;
  /** True once the task's own time is over or the execution ended. */
  readonly cancelled: () => boolean;
  /** What to undo when the task is abandoned. */
  readonly onCancel: (undo: () => Promise<unknown>) => void;
}

const principal = "states.amazonaws.com";
const pollMs = 15_000;

const titles: Readonly<Record<string, string>> = {
  lambda: "Lambda",
  sagemaker: "SageMaker",
  stepfunctions: "StepFunctions",
  sns: "SNS",
  sqs: "SQS",
  events: "EventBridge",
  dynamodb: "DynamoDB",
};

/** `<Service>.<Code>Exception`, as AWS's Java exceptions are named. */
function errorName(title: string, code: string): string {
  return `${title}.${code.endsWith("Exception") || code.endsWith("Error") ? code : `${code}Exception`}`;
}

/** Calls a service as the machine's role; errors become states errors. */
async function call(
  context: TaskContext,
  model: string,
  action: string,
  input: object,
  title: string,
): Promise<Json> {
  try {
    const { kernel, roleArn } = context;
    return (await context.strand.outside(() =>
      kernel.call(model, action, input, { roleArn, service: principal }),
    )) as Json;
  } catch (problem) {
    if (!(problem instanceof ServiceError)) throw problem;
    throw new StateError(
      errorName(title, problem.code),
      `${problem.message} (Service: ${title}; Status Code: ${problem.status}; Error Code: ${problem.code})`,
    );
  }
}

/** Plain JSON of an answer: dates as epoch milliseconds or ISO texts, bytes as text. */
export function plain(
  value: unknown,
  dates: "epoch" | "iso",
  rename: (key: string) => string = (key) => key,
): unknown {
  if (value instanceof Date) return dates === "epoch" ? value.getTime() : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (Array.isArray(value)) return value.map((inner) => plain(inner, dates, rename));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [rename(key), plain(inner, dates, rename)]));
}

const lower = (key: string): string => (key[0]?.toLowerCase() ?? "") + key.slice(1);
const upper = (key: string): string => (key[0]?.toUpperCase() ?? "") + key.slice(1);
const asText = (value: unknown): unknown =>
  value === undefined || typeof value === "string" ? value : JSON.stringify(value);

/** Runs one task and returns its result. Throws {@link StateError}. */
export async function runTask(resourceText: string, args: unknown, context: TaskContext): Promise<unknown> {
  const resource = parseResource(resourceText);
  if (typeof resource === "string") throw new StateError("States.Runtime", resource);
  if (resource.kind === "lambda")
    return (await invokeLambda({ FunctionName: resource.functionArn, Payload: args }, context)).Payload;
  if (args !== undefined && (args === null || typeof args !== "object" || Array.isArray(args))) {
    throw new StateError("States.Runtime", `Arguments: expected an object, got ${JSON.stringify(args)}`);
  }
  const input = (args ?? {}) as Json;
  return resource.kind === "sdk"
    ? callSdk(resource, input, context)
    : callOptimised(resource, input, context);
}

async function callSdk(
  resource: Resource & { kind: "sdk" },
  input: Json,
  context: TaskContext,
): Promise<unknown> {
  const service = sdkServices[resource.service];
  if (!service) throw new StateError("States.Runtime", `no SDK integration with ${resource.service}`);
  // Step Functions spells every member in PascalCase, also where the API begins with a small letter.
  const given = service.lowerCamel ? (plain(input, "iso", lower) as Json) : input;
  const output = await call(context, service.model, resource.action, given, service.title);
  return plain(output, "iso", service.lowerCamel ? upper : undefined);
}

async function callOptimised(
  resource: Resource & { kind: "optimised" },
  input: Json,
  context: TaskContext,
): Promise<unknown> {
  switch (resource.service) {
    case "lambda":
      return invokeLambda(input, context);
    case "states":
      return startExecution(resource.pattern, input, context);
    case "sagemaker":
      return resource.pattern === "sync"
        ? sagemakerJob(resource.action, input, context)
        : plain(await call(context, "sagemaker", resource.action, input, "SageMaker"), "epoch");
    case "sns":
      return plain(
        await call(context, "sns", "Publish", { ...input, Message: asText(input.Message) }, "SNS"),
        "epoch",
      );
    case "sqs":
      return plain(
        await call(
          context,
          "sqs",
          "SendMessage",
          { ...input, MessageBody: asText(input.MessageBody) },
          "SQS",
        ),
        "epoch",
      );
    case "events":
      return putEvents(input, context);
    default:
      return plain(
        await call(
          context,
          resource.service,
          resource.action,
          input,
          titles[resource.service] ?? resource.service,
        ),
        "epoch",
      );
  }
}

async function invokeLambda(input: Json, context: TaskContext): Promise<Json> {
  const { Payload, ...rest } = input;
  const output = await call(
    context,
    "lambda",
    "Invoke",
    { ...rest, ...(Payload === undefined ? {} : { Payload: Buffer.from(JSON.stringify(Payload)) }) },
    "Lambda",
  );
  // A blob that its service made of text comes as text.
  const text =
    output.Payload instanceof Uint8Array
      ? Buffer.from(output.Payload).toString("utf8")
      : String(output.Payload ?? "");
  if (output.FunctionError) throw lambdaError(text);
  return {
    ExecutedVersion: output.ExecutedVersion ?? "$LATEST",
    StatusCode: output.StatusCode ?? 200,
    Payload: text === "" ? null : (JSON.parse(text) as unknown),
  };
}

function lambdaError(text: string): StateError {
  let parsed: { errorType?: unknown };
  try {
    parsed = JSON.parse(text) as { errorType?: unknown };
  } catch (problem) {
    if (!(problem instanceof SyntaxError)) throw problem;
    parsed = {};
  }
  return new StateError(typeof parsed.errorType === "string" ? parsed.errorType : "Lambda.Unknown", text);
}

async function putEvents(input: Json, context: TaskContext): Promise<unknown> {
  const entries = Array.isArray(input.Entries) ? (input.Entries as Json[]) : [];
  const sent = { ...input, Entries: entries.map((entry) => ({ ...entry, Detail: asText(entry.Detail) })) };
  const output = await call(context, "events", "PutEvents", sent, "EventBridge");
  if (Number(output.FailedEntryCount ?? 0) > 0)
    throw new StateError("EventBridge.FailedEntry", JSON.stringify(output));
  return plain(output, "epoch");
}

/** Looks every 15 virtual seconds until `isDone`. */
async function poll(
  context: TaskContext,
  look: () => Promise<Json>,
  isDone: (output: Json) => boolean,
): Promise<Json> {
  for (;;) {
    const output = await look();
    if (isDone(output)) return output;
    await context.strand.sleepUntil(context.kernel.clock.now() + pollMs);
    if (context.cancelled()) throw new StateError("States.Timeout", "the task was abandoned");
  }
}

async function sagemakerJob(action: string, input: Json, context: TaskContext): Promise<unknown> {
  const kind = action.slice("Create".length);
  const name = { [`${kind}Name`]: input[`${kind}Name`] };
  context.submitted(plain(await call(context, "sagemaker", action, input, "SageMaker"), "epoch"));
  const as = { roleArn: context.roleArn, service: principal };
  context.onCancel(() => context.kernel.call("sagemaker", `Stop${kind}`, name, as));
  const output = await poll(
    context,
    () => call(context, "sagemaker", `Describe${kind}`, name, "SageMaker"),
    (job) => ["Completed", "Failed", "Stopped"].includes(String(job[`${kind}Status`])),
  );
  const result = plain(output, "epoch");
  if (output[`${kind}Status`] === "Completed") return result;
  throw new StateError("States.TaskFailed", JSON.stringify(result));
}

async function startExecution(pattern: string, input: Json, context: TaskContext): Promise<unknown> {
  const started = await call(
    context,
    "stepfunctions",
    "StartExecution",
    plain({ ...input, Input: asText(input.Input ?? {}) }, "iso", lower) as Json,
    "StepFunctions",
  );
  const result = plain(started, "epoch", upper);
  if (pattern === "") return result;
  context.submitted(result);
  const as = { roleArn: context.roleArn, service: principal };
  const executionArn = String(started.executionArn);
  context.onCancel(() => context.kernel.call("stepfunctions", "StopExecution", { executionArn }, as));
  const output = await poll(
    context,
    () => call(context, "stepfunctions", "DescribeExecution", { executionArn }, "StepFunctions"),
    (execution) => execution.status !== "RUNNING",
  );
  const described = plain(output, "epoch", upper) as Json;
  // `.sync:2` hands on JSON, `.sync` the text.
  if (pattern === "sync:2") {
    for (const field of ["Input", "Output"]) {
      if (typeof described[field] === "string") described[field] = JSON.parse(described[field]) as unknown;
    }
  }
  if (output.status === "SUCCEEDED") return described;
  throw new StateError("States.TaskFailed", JSON.stringify(described));
}
