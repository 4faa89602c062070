/** `sagemaker-runtime`: InvokeEndpoint. */
import { type Operation, type RequestContext, ServiceError } from "../../kernel/types.ts";
import type { CaptureWriter } from "./capture.ts";
import { reportBug, type Sagemaker, unitHash } from "./common.ts";
import type { Endpoint } from "./endpoint.ts";
import type { EndpointStore } from "./endpoints.ts";
import type { Fleet, Variant } from "./fleet.ts";
import type { Answer } from "./serving.ts";

const bodyLimit = 6_291_456;
const overheadMicroseconds = 1_500;
const unsupported = [
  "TargetModel",
  "TargetContainerHostname",
  "EnableExplanations",
  "InferenceComponentName",
  "SessionId",
];

interface InvokeInput {
  readonly EndpointName: string;
  readonly Body?: Uint8Array;
  readonly ContentType?: string;
  readonly Accept?: string;
  readonly CustomAttributes?: string;
  readonly TargetVariant?: string;
  readonly InferenceId?: string;
}

interface Served {
  readonly endpoint: Endpoint;
  readonly fleet: Fleet;
  readonly variant: Variant;
  readonly id: string;
}

const validationError = (message: string): ServiceError => new ServiceError("ValidationError", message);

export class Runtime {
  private readonly service: Sagemaker;
  private readonly endpoints: EndpointStore;
  private readonly captures: CaptureWriter;

  constructor(service: Sagemaker, endpoints: EndpointStore, captures: CaptureWriter) {
    this.service = service;
    this.endpoints = endpoints;
    this.captures = captures;
  }

  operations(): Record<string, Operation> {
    return { InvokeEndpoint: (input, context) => this.invoke(input as InvokeInput, context) };
  }

  private async invoke(input: InvokeInput, context: RequestContext): Promise<object> {
    const given = unsupported.filter(
      (field) => (input as unknown as Record<string, unknown>)[field] !== undefined,
    );
    if (given.length > 0)
      throw validationError(`The Sluice sandbox does not support InvokeEndpoint ${given.join(", ")}`);
    const body = input.Body ?? new Uint8Array();
    if (body.byteLength > bodyLimit) {
      throw validationError(`Body: expected at most ${bodyLimit} bytes, got ${body.byteLength}.`);
    }
    const served = this.route(input);
    const answer = await served.variant.container.invoke(requestHeaders(input), body);
    this.record(served, input, body, answer);
    this.mirror(served, input, body);
    if (context.isInVirtualTime && context.park) {
      const { clock } = this.service.kernel;
      const milliseconds = (answer.latencyMicroseconds + overheadMicroseconds) / 1000;
      await context.park(() => clock.sleep(milliseconds));
    }
    if (answer.status >= 200 && answer.status < 300) return response(served.variant, answer);
    throw this.modelError(served, answer);
  }

  /** Endpoint, fleet and variant of a request. */
  private route(input: InvokeInput): Served {
    const endpoint = this.endpoints.byName.get(input.EndpointName.toLowerCase());
    if (!endpoint?.fleet || endpoint.status === "Deleting") {
      throw validationError(
        `Endpoint ${input.EndpointName} of account ${this.service.kernel.accountId} not found.`,
      );
    }
    endpoint.requests += 1;
    const id = input.InferenceId ?? `#${endpoint.requests}`;
    const green = endpoint.pending?.fleet;
    const isGreen =
      green && unitHash(`fleet|${green.config.EndpointConfigName}|${id}`) < (endpoint.pending?.share ?? 0);
    const fleet = isGreen ? green : endpoint.fleet;
    if (input.TargetVariant === undefined) return { endpoint, fleet, variant: fleet.choose(id), id };
    const variant = fleet.variant(input.TargetVariant);
    if (!variant)
      throw validationError(`Variant ${input.TargetVariant} was not found for endpoint ${endpoint.name}.`);
    return { endpoint, fleet, variant, id };
  }

  private record(served: Served, input: InvokeInput, body: Uint8Array, answer: Answer): void {
    this.measure(served, answer);
    const { fleet, variant, endpoint } = served;
    const capture = fleet.config.DataCaptureConfig;
    if (!capture) return;
    const succeeded = answer.status >= 200 && answer.status < 300;
    this.captures.add({
      endpointName: endpoint.name,
      variantName: variant.spec.VariantName,
      roleArn: variant.model.ExecutionRoleArn,
      capture,
      sampleId: served.id,
      inferenceId: input.InferenceId,
      customAttributes: [input.CustomAttributes, answer.customAttributes].filter(
        (value) => value !== undefined,
      ),
      input: { contentType: input.ContentType ?? "application/octet-stream", body },
      output: succeeded ? { contentType: answer.contentType, body: answer.body } : undefined,
    });
  }

  /** Each metric twice: per variant, and per variant and configuration (the one that tells a green fleet from a blue one). */
  private measure({ endpoint, fleet, variant }: Served, answer: Answer): void {
    const base = { EndpointName: endpoint.name, VariantName: variant.spec.VariantName };
    const failed = answer.status >= 300 || answer.status < 200;
    const values: [string, number, string][] = [
      ["Invocations", 1, "None"],
      ["InvocationsPerInstance", 1 / Math.max(1, variant.currentInstanceCount), "None"],
      ["Invocation4XXErrors", answer.status >= 400 && answer.status < 500 ? 1 : 0, "None"],
      ["Invocation5XXErrors", answer.status >= 500 ? 1 : 0, "None"],
      ["InvocationModelErrors", failed ? 1 : 0, "None"],
      ["ModelLatency", answer.latencyMicroseconds, "Microseconds"],
      ["OverheadLatency", overheadMicroseconds, "Microseconds"],
    ];
    for (const dimensions of [base, { ...base, EndpointConfigName: fleet.config.EndpointConfigName }]) {
      for (const [metricName, value, unit] of values) {
        this.service.kernel.putMetric({ namespace: "AWS/SageMaker", metricName, dimensions, value, unit });
      }
    }
  }

  /** Shadows get copies after the caller's answer exists; what they say is captured under their own name and goes nowhere else. */
  private mirror(served: Served, input: InvokeInput, body: Uint8Array): void {
    for (const variant of served.fleet.shadowsFor(served.id, served.variant)) {
      void this.service.kernel.clock
        .work("shadow invocation", async () => {
          const answer = await variant.container.invoke(requestHeaders(input), body);
          this.record({ ...served, variant }, input, body, answer);
        })
        .catch((problem) => reportBug("shadow invocation", problem));
    }
  }

  private modelError({ endpoint, variant }: Served, answer: Answer): ServiceError {
    const { kernel } = this.service;
    const group = `/aws/sagemaker/Endpoints/${endpoint.name}`;
    const text = answer.body.toString().slice(0, 1024);
    const kind = answer.status >= 500 ? "server" : "client";
    const message = `Received ${kind} error (${answer.status}) from ${variant.spec.VariantName} with message "${text}". See https://${kernel.region}.console.aws.amazon.com/cloudwatch/home?region=${kernel.region}#logEventViewer:group=${group} in account ${kernel.accountId} for more information.`;
    return new ServiceError("ModelError", message, {
      status: 424,
      fields: {
        OriginalStatusCode: answer.status,
        OriginalMessage: text,
        LogStreamArn: `arn:aws:logs:${kernel.region}:${kernel.accountId}:log-group:${group}`,
      },
    });
  }
}

function requestHeaders(input: InvokeInput): Record<string, string> {
  return {
    "content-type": input.ContentType ?? "application/octet-stream",
    ...(input.Accept !== undefined ? { accept: input.Accept } : {}),
    ...(input.CustomAttributes !== undefined
      ? { "x-amzn-sagemaker-custom-attributes": input.CustomAttributes }
      : {}),
    ...(input.InferenceId !== undefined ? { "x-amzn-sagemaker-inference-id": input.InferenceId } : {}),
  };
}

function response(variant: Variant, answer: Answer): object {
  return {
    Body: answer.body,
    ContentType: answer.contentType,
    InvokedProductionVariant: variant.spec.VariantName,
    ...(answer.customAttributes !== undefined ? { CustomAttributes: answer.customAttributes } : {}),
  };
}
