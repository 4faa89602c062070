/** One transform job's container and batches. */
import type { Sagemaker } from "./common.ts";
import { type DataProcessing, parseDataProcessing } from "./dataProcessing.ts";
import { type InputObject, JobFailed, type JobTimeline, putOutput, readInput } from "./jobs.ts";
import type { Model, ResolvedContainer } from "./models.ts";
import { type Answer, ServingContainer, StartError } from "./serving.ts";
import type { TransformJob } from "./transformJob.ts";

const defaultPayloadMB = 6;
const logGroup = "/aws/sagemaker/TransformJobs";

export interface Transformed {
  /** Virtual time that the model needed. */
  readonly latencyMs: number;
  write(): Promise<void>;
}

export class TransformRun {
  private readonly service: Sagemaker;
  private readonly job: TransformJob;
  private readonly roleArn: string;
  private readonly container: ServingContainer;
  private readonly processing: DataProcessing;
  private latencyMs = 0;

  constructor(service: Sagemaker, job: TransformJob, model: Model, container: ResolvedContainer) {
    this.service = service;
    this.job = job;
    this.roleArn = model.ExecutionRoleArn;
    this.processing = parseDataProcessing(job.DataProcessing);
    this.container = new ServingContainer(service, {
      label: `transform-${job.TransformJobName}`,
      roleArn: model.ExecutionRoleArn,
      container,
      logGroup,
      logStream: `${job.TransformJobName}/i-0`,
      environment: {
        SAGEMAKER_BATCH: "true",
        SAGEMAKER_MAX_PAYLOAD_IN_MB: String(job.MaxPayloadInMB ?? defaultPayloadMB),
        SAGEMAKER_BATCH_STRATEGY: job.BatchStrategy === "SingleRecord" ? "SINGLE_RECORD" : "MULTI_RECORD",
        SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: "1",
        ...job.Environment,
      },
    });
  }

  /** Sends every batch; writes nothing yet. Throws {@link JobFailed}. */
  async execute(timeline: JobTimeline): Promise<Transformed> {
    const objects = await readInput(
      this.service,
      this.job.TransformInput.DataSource.S3DataSource,
      this.roleArn,
    );
    try {
      await this.container.start();
      const outputs: { path: string; body: string | Buffer }[] = [];
      for (const object of objects) {
        timeline.check();
        outputs.push({ path: object.path, body: await this.transform(object, timeline) });
      }
      return { latencyMs: this.latencyMs, write: () => this.write(outputs) };
    } catch (problem) {
      if (!(problem instanceof StartError)) throw problem;
      throw new JobFailed(
        problem.atTimeout
          ? "AlgorithmError: See job logs for more information"
          : `ClientError: ${problem.message}`,
      );
    } finally {
      await this.container.stop();
    }
  }

  private async write(outputs: readonly { path: string; body: string | Buffer }[]): Promise<void> {
    const { S3OutputPath, KmsKeyId } = this.job.TransformOutput;
    for (const { path, body } of outputs) {
      const uri = `${S3OutputPath.replace(/\/$/, "")}/${path}.out`;
      await putOutput(this.service, { uri, body, roleArn: this.roleArn, kmsKeyId: KmsKeyId });
    }
  }

  private async transform(object: InputObject, timeline: JobTimeline): Promise<string | Buffer> {
    if (this.job.TransformInput.SplitType !== "Line") return (await this.post(object, object.body)).body;
    const lines = Buffer.from(object.body).toString("utf8").split(/\r?\n/);
    if (lines.at(-1) === "") lines.pop();
    const parts: string[] = [];
    for (const batch of this.batches(lines)) {
      timeline.check();
      const body = Buffer.from(`${batch.map((line) => this.sent(line)).join("\n")}\n`);
      const answer = (await this.post(object, body)).body.toString("utf8");
      parts.push(this.assemble(object, batch, answer));
    }
    return parts.join("");
  }

  private sent(line: string): string {
    return this.job.DataProcessing ? this.processing.input(line) : line;
  }

  private batches(lines: readonly string[]): string[][] {
    if (this.job.BatchStrategy === "SingleRecord") return lines.map((line) => [line]);
    const limit = (this.job.MaxPayloadInMB ?? defaultPayloadMB) * 1024 * 1024 || Number.POSITIVE_INFINITY;
    const batches: string[][] = [];
    let size = Number.POSITIVE_INFINITY;
    for (const line of lines) {
      const bytes = Buffer.byteLength(line) + 1;
      if (bytes > limit)
        throw new JobFailed(
          `ClientError: Too much data for max payload size: a record has ${bytes} bytes, MaxPayloadInMB allows ${limit}`,
        );
      if (size + bytes > limit) {
        batches.push([]);
        size = 0;
      }
      batches.at(-1)?.push(line);
      size += bytes;
    }
    return batches;
  }

  private assemble(object: InputObject, batch: readonly string[], answer: string): string {
    if (!this.job.DataProcessing) {
      return this.job.TransformOutput.AssembleWith === "Line" && !answer.endsWith("\n")
        ? `${answer}\n`
        : answer;
    }
    const answers = answer.replace(/\r?\n$/, "").split(/\r?\n/);
    if (answers.length !== batch.length) {
      this.dataLog(
        `${object.uri}: expected one output record per input record, got ${answers.length} for ${batch.length}`,
      );
      throw new JobFailed("ClientError: See job logs for more information");
    }
    return batch.map((line, i) => `${this.processing.output(line, answers[i] ?? "")}\n`).join("");
  }

  private async post(object: InputObject, body: Uint8Array): Promise<Answer> {
    const { ContentType } = this.job.TransformInput;
    const { Accept } = this.job.TransformOutput;
    const headers = {
      ...(ContentType ? { "content-type": ContentType } : {}),
      ...(Accept ? { accept: Accept } : {}),
    };
    const answer = await this.container.invoke(headers, body);
    this.latencyMs += answer.latencyMicroseconds / 1000;
    if (answer.status >= 200 && answer.status < 300) return answer;
    this.dataLog(`${object.uri}: Bad HTTP status received from algorithm: ${answer.status}`);
    this.dataLog(`${object.uri}: Message: ${answer.body.toString("utf8").slice(0, 2000)}`);
    const kind = answer.status >= 500 ? "AlgorithmError" : "ClientError";
    throw new JobFailed(`${kind}: See job logs for more information`);
  }

  private dataLog(message: string): void {
    this.service.kernel.putLog(logGroup, `${this.job.TransformJobName}/data-log`, message);
  }
}
