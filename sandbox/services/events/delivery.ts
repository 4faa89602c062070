import type { SandboxKernel } from "../../kernel/kernel.ts";
import { ServiceError } from "../../kernel/types.ts";

/** Something to be delivered to an ARN by EventBridge or by Scheduler. */
export interface Delivery {
  readonly targetArn: string;
  /** What the target gets, JSON text. */
  readonly input: string;
  /** Role under which the target is called; without one the resource policy of the target decides. */
  readonly roleArn: string | undefined;
  /** `events.amazonaws.com` or `scheduler.amazonaws.com`. */
  readonly service: string;
  /** ARN of the rule or schedule. */
  readonly sourceArn: string;
  readonly retries: number;
  readonly maximumAgeSeconds: number;
  readonly deadLetterArn: string | undefined;
  /** Attributes that name the source on a dead letter. */
  readonly origin: Readonly<Record<string, string>>;
  /** Name for order and logs. */
  readonly key: string;
  /** Extra input of queue targets. */
  readonly messageGroupId?: string | undefined;
  /** Called with the metric to count. */
  readonly count: (metric: "invoked" | "failed" | "deadLettered") => void;
}

const firstDelay = 1_000;
const longestDelay = 180_000;
/** Errors that another attempt cannot cure. */
const permanent =
  /^(AccessDenied|AccessDeniedException|AuthorizationError|ResourceNotFoundException|NotFound|ValidationException|InvalidParameter.*|NotImplemented|StateMachineDoesNotExist|PipelineNotFoundException|QueueDoesNotExist)$/;

/** Delivers with retries and growing pauses in virtual time; what cannot be delivered goes to the dead-letter queue, or is counted and lost. */
export function deliver(kernel: SandboxKernel, delivery: Delivery): void {
  const began = kernel.clock.now();
  let attempts = 0;
  const attempt = async (): Promise<void> => {
    attempts++;
    try {
      await callTarget(kernel, delivery);
      delivery.count("invoked");
    } catch (error) {
      const failure =
        error instanceof ServiceError ? error : new ServiceError("InternalFailure", String(error));
      const delay = Math.min(firstDelay * 2 ** (attempts - 1), longestDelay);
      const expired = kernel.clock.now() + delay - began > delivery.maximumAgeSeconds * 1000;
      if (permanent.test(failure.code) || attempts > delivery.retries || expired)
        return await giveUp(kernel, delivery, failure, attempts);
      schedule(delay);
    }
  };
  const run = () =>
    void attempt().catch((error: Error) => {
      kernel.log(`${delivery.key}: ${error.stack}`);
    });
  const schedule = (delay: number) =>
    void kernel.clock.setTimer(kernel.clock.now() + delay, run, { key: `deliver ${delivery.key}` });
  schedule(0);
}

async function giveUp(
  kernel: SandboxKernel,
  delivery: Delivery,
  failure: ServiceError,
  attempts: number,
): Promise<void> {
  delivery.count("failed");
  const what = `${delivery.key}: delivery to ${delivery.targetArn} failed after ${attempts} attempts: ${failure.code}: ${failure.message}`;
  kernel.log(what);
  if (delivery.deadLetterArn === undefined) return;
  const attribute = (value: string) => ({ DataType: "String", StringValue: value.slice(0, 1_000) });
  const attributes = {
    ...delivery.origin,
    TARGET_ARN: delivery.targetArn,
    ERROR_CODE: failure.code,
    ERROR_MESSAGE: failure.message,
    RETRY_ATTEMPTS: String(attempts - 1),
  };
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, attribute(value)]),
  );
  const QueueUrl = queueUrl(kernel, delivery.deadLetterArn);
  const input = { QueueUrl, MessageBody: delivery.input, MessageAttributes };
  try {
    // Scheduler writes dead letters under the schedule's role, EventBridge by the queue's policy.
    if (delivery.service === "scheduler.amazonaws.com" && delivery.roleArn !== undefined)
      await kernel.call("sqs", "SendMessage", input, {
        roleArn: delivery.roleArn,
        service: delivery.service,
      });
    else await kernel.callAsService("sqs", "SendMessage", input, delivery);
    delivery.count("deadLettered");
  } catch (error) {
    kernel.log(
      `${delivery.key}: dead letter to ${delivery.deadLetterArn} failed: ${(error as Error).message}`,
    );
  }
}

function queueUrl(kernel: SandboxKernel, arn: string): string {
  const [, , , , account, name] = arn.split(":");
  return `${kernel.url}/${account}/${name}`;
}

/** The API call that a target's ARN stands for. @throws ServiceError for targets that the sandbox does not have */
function callTarget(kernel: SandboxKernel, delivery: Delivery): Promise<unknown> {
  const { service, action, input } = requestOf(kernel, delivery);
  if (delivery.roleArn !== undefined)
    return kernel.call(service, action, input, { roleArn: delivery.roleArn, service: delivery.service });
  return kernel.callAsService(service, action, input, delivery);
}

function requestOf(
  kernel: SandboxKernel,
  delivery: Delivery,
): { service: string; action: string; input: object } {
  const { targetArn, input } = delivery;
  const [, , service, , , ...rest] = targetArn.split(":");
  const resource = rest.join(":");
  if (service === "lambda")
    return {
      service,
      action: "Invoke",
      input: { FunctionName: targetArn, InvocationType: "Event", Payload: input },
    };
  if (service === "sns")
    return { service, action: "Publish", input: { TopicArn: targetArn, Message: input } };
  if (service === "sqs") {
    const group = delivery.messageGroupId === undefined ? {} : { MessageGroupId: delivery.messageGroupId };
    return {
      service,
      action: "SendMessage",
      input: { QueueUrl: queueUrl(kernel, targetArn), MessageBody: input, ...group },
    };
  }
  if (service === "states" && resource.startsWith("stateMachine:"))
    return {
      service: "stepfunctions",
      action: "StartExecution",
      input: { stateMachineArn: targetArn, input },
    };
  if (service === "codepipeline")
    return { service, action: "StartPipelineExecution", input: { name: resource } };
  if (service === "codebuild")
    return {
      service,
      action: "StartBuild",
      input: { ...(JSON.parse(input) as object), projectName: resource.replace("project/", "") },
    };
  if (service === "events" && resource.startsWith("event-bus/"))
    return { service, action: "PutEvents", input: { Entries: [forwarded(input, targetArn)] } };
  throw unsupportedTarget(targetArn);
}

/** An event passed on to another bus keeps its source, type and detail. */
function forwarded(text: string, bus: string): object {
  const event = JSON.parse(text) as {
    source: string;
    "detail-type": string;
    detail: unknown;
    resources?: readonly string[];
    time: string;
  };
  return {
    Source: event.source,
    DetailType: event["detail-type"],
    Detail: JSON.stringify(event.detail),
    Resources: event.resources ?? [],
    EventBusName: bus,
    Time: new Date(event.time),
  };
}

const targets =
  /^arn:aws:(lambda:[^:]*:\d+:function:|sns:|sqs:|states:[^:]*:\d+:stateMachine:|codepipeline:|codebuild:[^:]*:\d+:project\/|events:[^:]*:\d+:event-bus\/)/;

/** @throws ServiceError when the sandbox cannot deliver to such an ARN */
export function checkTarget(arn: string): void {
  if (!targets.test(arn)) throw unsupportedTarget(arn);
}

/** Targets that AWS calls under a role that must be given. */
export function needsRole(arn: string): boolean {
  return /^arn:aws:(states|codepipeline|codebuild|events):/.test(arn);
}

function unsupportedTarget(arn: string): ServiceError {
  return new ServiceError(
    "NotImplemented",
    `the Sluice sandbox does not support event target ${arn}; it has Lambda, SNS, SQS, Step Functions, CodePipeline, CodeBuild and event buses`,
    { status: 501 },
  );
}
