/** What training and transform jobs share: stages in virtual time that a stop can cut short, inputs and outputs under the job's role. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { create } from "tar";
import { messageOf, type Sagemaker, sagemakerPrincipal } from "./common.ts";

/** Thrown inside a job when somebody stopped it. */
export class JobStopped extends Error {}

/** A failure of the job that is not a bug of the sandbox; the message becomes FailureReason. */
export class JobFailed extends Error {}

/** Stages of one job on the virtual clock. */
export class JobTimeline {
  private readonly service: Sagemaker;
  private readonly key: string;
  private wake: (() => void) | undefined;
  private readonly listeners = new Set<() => void>();
  stopped = false;

  constructor(service: Sagemaker, key: string) {
    this.service = service;
    this.key = key;
  }

  /** Resolves at virtual `at`; throws {@link JobStopped} as soon as the job is stopped. */
  async until(at: number): Promise<void> {
    const { clock } = this.service.kernel;
    if (!this.stopped && at > clock.now()) {
      await new Promise<void>((done) => {
        const timer = clock.setTimer(at, done, { key: this.key });
        this.wake = () => {
          clock.clearTimer(timer);
          done();
        };
      });
      this.wake = undefined;
    }
    this.check();
  }

  check(): void {
    if (this.stopped) throw new JobStopped("stopped");
  }

  onStop(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stop(): void {
    this.stopped = true;
    for (const listener of this.listeners) listener();
    this.wake?.();
  }
}

export interface S3Input {
  readonly S3DataType: string;
  readonly S3Uri: string;
}

export interface InputObject {
  readonly uri: string;
  /** Path below the prefix; the file's name when the prefix is the object itself. */
  readonly path: string;
  readonly body: Uint8Array;
}

/** Reads every object under a prefix. Throws {@link JobFailed} in AWS's words when it cannot. */
export async function readInput(
  service: Sagemaker,
  source: S3Input,
  roleArn: string,
): Promise<InputObject[]> {
  const as = { roleArn, service: sagemakerPrincipal };
  const { s3, region } = service.kernel;
  const bucket = source.S3Uri.split("/")[2] ?? "";
  try {
    const uris = (await s3.list(source.S3Uri, as)).filter((uri) => !uri.endsWith("/"));
    if (uris.length === 0) {
      throw new JobFailed(
        `ClientError: Data download failed:No S3 objects found under S3 URL "${source.S3Uri}" given in input data source. Please ensure that the bucket exists in the selected region (${region}), that objects exist under that S3 prefix, and that the role "${roleArn}" has "s3:ListBucket" permissions on bucket "${bucket}".`,
      );
    }
    const objects: InputObject[] = [];
    for (const uri of uris)
      objects.push({ uri, path: relativeKey(source.S3Uri, uri), body: await s3.get(uri, as) });
    return objects;
  } catch (problem) {
    if (problem instanceof JobFailed) throw problem;
    throw new JobFailed(`ClientError: Data download failed:Failed to download data. ${messageOf(problem)}`);
  }
}

function relativeKey(prefix: string, uri: string): string {
  if (uri === prefix) return uri.slice(uri.lastIndexOf("/") + 1);
  const rest = uri.slice(prefix.length).replace(/^\/+/, "");
  // A prefix may end inside a name ("…/part-"): SageMaker keeps the whole name then.
  return prefix.endsWith("/") || uri[prefix.length] === "/" ? rest : uri.slice(prefix.lastIndexOf("/") + 1);
}

/** Writes input files below `folder`; a key cannot leave it. */
export function writeInput(folder: string, objects: readonly InputObject[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { path, body } of objects) {
    const target = resolve(folder, path);
    if (!target.startsWith(folder + sep))
      throw new JobFailed(`ClientError: Data download failed: key "${path}" leaves the channel's folder`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, body);
  }
}

/** A folder as tar.gz; equal content gives equal bytes. Undefined when the folder is empty. */
export async function packFolder(folder: string): Promise<Buffer | undefined> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  if (files.length === 0) return undefined;
  const chunks: Buffer[] = [];
  const stream = create({ gzip: true, portable: true, mtime: new Date(0), cwd: folder }, files);
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Writes an output object under the job's role, with the key's permission checked when there is one. */
export async function putOutput(
  service: Sagemaker,
  target: { uri: string; body: Uint8Array | string; roleArn: string; kmsKeyId: string | undefined },
): Promise<void> {
  const as = { roleArn: target.roleArn, service: sagemakerPrincipal };
  try {
    await service.kernel.s3.put(target.uri, target.body, as, target.kmsKeyId);
  } catch (problem) {
    throw new JobFailed(`ClientError: Failed to upload to ${target.uri}. ${messageOf(problem)}`);
  }
}
