import type { SandboxKernel } from "../../kernel/kernel.ts";
import { ServiceError } from "../../kernel/types.ts";
import type { LambdaFunction } from "./functions.ts";
import type { InvokeResult, Invoker } from "./invoker.ts";

const defaultRetries = 2;
const defaultEventAgeSeconds = 21_600;
const retryDelays = [60_000, 120_000];
const firstThrottleDelay = 1_000;
const longestThrottleDelay = 300_000;

interface AsyncEvent {
  readonly fn: LambdaFunction;
  readonly payload: string;
  readonly requestId: string;
  readonly enqueued: number;
  attempts: number;
  throttles: number;
}

type Condition = "Success" | "RetriesExhausted" | "EventAgeExceeded" | "ZeroReservedConcurrency";

/**
 * Asynchronous invocations: delivered once the clock runs, retried after one and two minutes when the function fails, for up to the
 * event's greatest age when it is throttled, then sent to the failure destination and the dead-letter queue under the function's role.
 */
export class AsyncQueue {
  readonly #kernel: SandboxKernel;
  readonly #invoker: Invoker;

  constructor(kernel: SandboxKernel, invoker: Invoker) {
    this.#kernel = kernel;
    this.#invoker = invoker;
  }

  enqueue(fn: LambdaFunction, payload: string, requestId: string): void {
    const event = { fn, payload, requestId, enqueued: this.#kernel.clock.now(), attempts: 0, throttles: 0 };
    this.#metric(fn, "AsyncEventsReceived");
    this.#schedule(event, 0);
  }

  #schedule(event: AsyncEvent, delay: number): void {
    const { clock } = this.#kernel;
    // The attempt holds tokens of its own from its first step on.
    const run = () =>
      void this.#attempt(event).catch((error) => {
        const detail = error instanceof Error ? error.stack : String(error);
        this.#kernel.log(
          `lambda ${event.fn.name}: asynchronous event ${event.requestId} was lost: ${detail}`,
        );
      });
    // Functions that were called at one instant run beside each other, as on AWS; calls of one function follow each other.
    clock.setTimer(clock.now() + delay, run, {
      order: 5.5,
      key: `async ${event.fn.name} ${event.requestId}`,
      parallel: event.fn.name,
    });
  }

  async #attempt(event: AsyncEvent): Promise<void> {
    const { fn } = event;
    if (fn.reservedConcurrency === 0) return await this.#giveUp(event, "ZeroReservedConcurrency", undefined);
    if (this.#age(event) > this.#greatestAge(fn))
      return await this.#giveUp(event, "EventAgeExceeded", undefined);
    let result: InvokeResult;
    try {
      result = await this.#invoker.invoke(fn, event.payload, event.requestId);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      // Throttled or misconfigured: no attempt of the function was made, the event waits with growing pauses.
      const delay = Math.min(firstThrottleDelay * 2 ** event.throttles++, longestThrottleDelay);
      if (this.#age(event) + delay > this.#greatestAge(fn))
        return await this.#giveUp(event, "EventAgeExceeded", undefined);
      return this.#schedule(event, delay);
    }
    event.attempts++;
    if (result.functionError === undefined)
      return await this.#deliver(event, "Success", result, fn.asyncConfig?.onSuccess);
    const retries = fn.asyncConfig?.maximumRetryAttempts ?? defaultRetries;
    if (event.attempts > retries) return await this.#giveUp(event, "RetriesExhausted", result);
    const delay = retryDelays[event.attempts - 1] ?? 120_000;
    if (this.#age(event) + delay > this.#greatestAge(fn))
      return await this.#giveUp(event, "EventAgeExceeded", result);
    this.#schedule(event, delay);
  }

  #age(event: AsyncEvent): number {
    return this.#kernel.clock.now() - event.enqueued;
  }

  #greatestAge(fn: LambdaFunction): number {
    return (fn.asyncConfig?.maximumEventAgeSeconds ?? defaultEventAgeSeconds) * 1000;
  }

  async #giveUp(event: AsyncEvent, condition: Condition, result: InvokeResult | undefined): Promise<void> {
    const { fn } = event;
    this.#metric(fn, "AsyncEventsDropped");
    await this.#deliver(event, condition, result, fn.asyncConfig?.onFailure);
    if (fn.deadLetterArn !== undefined) await this.#deadLetter(event, fn.deadLetterArn, result);
  }

  async #deliver(
    event: AsyncEvent,
    condition: Condition,
    result: InvokeResult | undefined,
    destination: string | undefined,
  ): Promise<void> {
    if (destination === undefined) return;
    const record = {
      version: "1.0",
      timestamp: new Date(this.#kernel.clock.now()).toISOString(),
      requestContext: {
        requestId: event.requestId,
        functionArn: `${event.fn.arn}:$LATEST`,
        condition,
        approximateInvokeCount: event.attempts,
      },
      requestPayload: JSON.parse(event.payload),
      ...(result === undefined
        ? {}
        : {
            responseContext: {
              statusCode: 200,
              executedVersion: "$LATEST",
              ...(result.functionError === undefined ? {} : { functionError: result.functionError }),
            },
            responsePayload: JSON.parse(result.payload),
          }),
    };
    try {
      await this.#send(event.fn, destination, JSON.stringify(record), condition);
    } catch (error) {
      this.#metric(event.fn, "DestinationDeliveryFailures");
      this.#kernel.log(`lambda ${event.fn.name}: destination ${destination}: ${(error as Error).message}`);
    }
  }

  async #deadLetter(event: AsyncEvent, target: string, result: InvokeResult | undefined): Promise<void> {
    const failure = result === undefined ? {} : (JSON.parse(result.payload) as { errorMessage?: string });
    const attribute = (value: string) => ({ DataType: "String", StringValue: value });
    const attributes = {
      RequestID: attribute(event.requestId),
      ErrorCode: { DataType: "Number", StringValue: "200" },
      ErrorMessage: attribute((failure.errorMessage ?? "event age exceeded").slice(0, 1024)),
    };
    try {
      await this.#send(event.fn, target, event.payload, "RetriesExhausted", attributes);
    } catch (error) {
      this.#metric(event.fn, "DeadLetterErrors");
      this.#kernel.log(`lambda ${event.fn.name}: dead-letter target ${target}: ${(error as Error).message}`);
    }
  }

  async #send(
    fn: LambdaFunction,
    target: string,
    body: string,
    condition: Condition,
    attributes?: object,
  ): Promise<void> {
    const as = { roleArn: fn.role, service: "lambda.amazonaws.com" };
    const messageAttributes = attributes === undefined ? {} : { MessageAttributes: attributes };
    const [, , service, , account, ...rest] = target.split(":");
    const name = rest.join(":");
    if (service === "sqs") {
      const QueueUrl = `${this.#kernel.url}/${account}/${name}`;
      await this.#kernel.call(
        "sqs",
        "SendMessage",
        { QueueUrl, MessageBody: body, ...messageAttributes },
        as,
      );
    } else if (service === "sns")
      await this.#kernel.call(
        "sns",
        "Publish",
        { TopicArn: target, Message: body, ...messageAttributes },
        as,
      );
    else if (service === "lambda")
      await this.#kernel.call(
        "lambda",
        "Invoke",
        { FunctionName: target, InvocationType: "Event", Payload: body },
        as,
      );
    else if (service === "events") {
      const DetailType = `Lambda Function Invocation Result - ${condition === "Success" ? "Success" : "Failure"}`;
      const entry = {
        Source: "lambda",
        DetailType,
        Detail: body,
        EventBusName: target,
        Resources: [target, `${fn.arn}:$LATEST`],
      };
      await this.#kernel.call("events", "PutEvents", { Entries: [entry] }, as);
    } else
      throw new ServiceError(
        "InvalidParameterValueException",
        `destination ${target}: expected an SQS, SNS, Lambda or EventBridge ARN`,
      );
  }

  #metric(fn: LambdaFunction, metricName: string): void {
    this.#kernel.putMetric({
      namespace: "AWS/Lambda",
      metricName,
      dimensions: { FunctionName: fn.name },
      value: 1,
      unit: "Count",
    });
  }
}
