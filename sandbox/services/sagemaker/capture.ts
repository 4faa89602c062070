/** Data capture: requests and answers as JSON lines in S3, buffered per endpoint, variant and configuration. */
import type { Timer } from "../../kernel/types.ts";
import { messageOf, reportBug, type Sagemaker, sagemakerPrincipal, unitHash } from "./common.ts";
import type { DataCaptureConfig } from "./endpointConfigs.ts";

export interface CapturedCall {
  readonly endpointName: string;
  readonly variantName: string;
  readonly roleArn: string;
  readonly capture: DataCaptureConfig;
  /** Decides sampling, so the same request is captured in every run. */
  readonly sampleId: string;
  readonly inferenceId: string | undefined;
  readonly customAttributes: readonly string[];
  readonly input: { readonly contentType: string; readonly body: Uint8Array };
  readonly output: { readonly contentType: string; readonly body: Uint8Array } | undefined;
}

interface Buffered {
  readonly call: CapturedCall;
  readonly lines: string[];
  readonly hour: string;
  bytes: number;
  timer: Timer | undefined;
}

const maximumRecords = 5_000;
const maximumBytes = 4_000_000;

export class CaptureWriter {
  private readonly service: Sagemaker;
  private readonly buffers = new Map<string, Buffered>();

  constructor(service: Sagemaker) {
    this.service = service;
  }

  /** Costs a string per call; S3 is written after {@link Timings.captureFlushMs} or when a file is full. */
  add(call: CapturedCall): void {
    const { capture } = call;
    if (!capture.EnableCapture) return;
    if (unitHash(`capture|${call.sampleId}`) * 100 >= capture.InitialSamplingPercentage) return;
    const { clock } = this.service.kernel;
    const time = new Date(clock.now()).toISOString();
    const hour = time.slice(0, 13);
    const key = [call.endpointName, call.variantName, capture.DestinationS3Uri, hour].join("|");
    const buffer = this.buffers.get(key) ?? { call, lines: [], hour, bytes: 0, timer: undefined };
    this.buffers.set(key, buffer);
    const line = record(call, this.service.kernel.uuid(), `${time.slice(0, 19)}Z`);
    buffer.lines.push(line);
    buffer.bytes += line.length;
    // Order 2: captures that are due at a window's end are there before anything else looks.
    buffer.timer ??= clock.setTimer(
      clock.now() + this.service.timings.captureFlushMs,
      () => void this.flush(key),
      {
        order: 2,
        key: `capture:${key}`,
      },
    );
    if (buffer.lines.length >= maximumRecords || buffer.bytes >= maximumBytes) void this.flush(key);
  }

  /** Writes what is buffered for one endpoint, or for all. */
  async flushAll(endpointName?: string): Promise<void> {
    const keys = [...this.buffers].filter(
      ([, b]) => endpointName === undefined || b.call.endpointName === endpointName,
    );
    await Promise.all(keys.map(([key]) => this.flush(key)));
  }

  private async flush(key: string): Promise<void> {
    const buffer = this.buffers.get(key);
    if (!buffer) return;
    this.buffers.delete(key);
    const { kernel } = this.service;
    kernel.clock.clearTimer(buffer.timer);
    await kernel.clock
      .work("data capture", () => this.write(buffer))
      .catch((problem) => reportBug("data capture", problem));
  }

  private async write({ call, lines, hour }: Buffered): Promise<void> {
    const { kernel } = this.service;
    const now = new Date(kernel.clock.now()).toISOString();
    const file = `${now.slice(14, 16)}-${now.slice(17, 19)}-${now.slice(20, 23)}-${kernel.uuid()}.jsonl`;
    const folder = `${hour.slice(0, 4)}/${hour.slice(5, 7)}/${hour.slice(8, 10)}/${hour.slice(11, 13)}`;
    // A trailing slash in the destination gives a double slash, as on AWS.
    const uri = `${call.capture.DestinationS3Uri}/${call.endpointName}/${call.variantName}/${folder}/${file}`;
    const as = { roleArn: call.roleArn, service: sagemakerPrincipal };
    try {
      await kernel.s3.put(uri, `${lines.join("\n")}\n`, as, call.capture.KmsKeyId);
    } catch (problem) {
      // AWS loses the records too; the endpoint keeps serving and only its log tells.
      const group = `/aws/sagemaker/Endpoints/${call.endpointName}`;
      kernel.putLog(
        group,
        `${call.variantName}/data-log`,
        `data capture to ${uri} failed: ${messageOf(problem)}`,
      );
    }
  }
}

function record(call: CapturedCall, eventId: string, inferenceTime: string): string {
  const modes = new Set(call.capture.CaptureOptions.map(({ CaptureMode }) => CaptureMode));
  const both = modes.has("InputAndOutput");
  const data: Record<string, unknown> = {};
  if (both || modes.has("Input")) data.endpointInput = side(call.capture, "INPUT", call.input);
  if (call.output && (both || modes.has("Output")))
    data.endpointOutput = side(call.capture, "OUTPUT", call.output);
  return JSON.stringify({
    captureData: data,
    eventMetadata: {
      eventId,
      ...(call.customAttributes.length > 0 ? { customAttributes: call.customAttributes } : {}),
      ...(call.inferenceId !== undefined ? { inferenceId: call.inferenceId } : {}),
      inferenceTime,
    },
    eventVersion: "0",
  });
}

function side(
  capture: DataCaptureConfig,
  mode: string,
  part: { contentType: string; body: Uint8Array },
): object {
  const kind = part.contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const listed = (list: readonly string[] | undefined): boolean =>
    list?.some((entry) => entry.toLowerCase() === kind) ?? false;
  const bytes = Buffer.from(part.body.buffer, part.body.byteOffset, part.body.byteLength);
  const encoding = listed(capture.CaptureContentTypeHeader?.CsvContentTypes)
    ? "CSV"
    : listed(capture.CaptureContentTypeHeader?.JsonContentTypes)
      ? "JSON"
      : "BASE64";
  const data = bytes.toString(encoding === "BASE64" ? "base64" : "utf8");
  return { observedContentType: part.contentType, mode, data, encoding };
}
