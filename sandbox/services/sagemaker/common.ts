/** Shapes and helpers that every part of the SageMaker service shares. */
import type { Kernel, Timer } from "../../kernel/types.ts";
import { ServiceError } from "../../kernel/types.ts";
import type { ContainerHost } from "./containerHost.ts";
import type { TagStore } from "./tags.ts";
import type { Timings, Watchdogs } from "./timings.ts";

/** What each part of the service is given. */
export interface Sagemaker {
  readonly kernel: Kernel;
  readonly host: ContainerHost;
  readonly tags: TagStore;
  readonly timings: Timings;
  readonly watchdogs: Watchdogs;
}

/** The principal that assumes execution roles. */
export const sagemakerPrincipal = "sagemaker.amazonaws.com";

export const arnOf = (kernel: Kernel, resource: string): string =>
  `arn:aws:sagemaker:${kernel.region}:${kernel.accountId}:${resource}`;

export const validation = (message: string): ServiceError => new ServiceError("ValidationException", message);
export const notFound = (message: string): ServiceError => new ServiceError("ResourceNotFound", message);
export const inUse = (message: string): ServiceError => new ServiceError("ResourceInUse", message);

/** Refuses a request field that the sandbox does not act on: silence would be a lie. */
export function refuseUnsupported(
  action: string,
  input: Record<string, unknown>,
  fields: readonly string[],
): void {
  const given = fields.filter((field) => input[field] !== undefined && input[field] !== null);
  if (given.length > 0) {
    throw validation(
      `The Sluice sandbox does not support ${given.map((f) => `${action}.${f}`).join(", ")}; leave it out`,
    );
  }
}

/** Runs `run` under a token at virtual `now + milliseconds`. */
export function later(kernel: Kernel, milliseconds: number, key: string, run: () => Promise<void>): Timer {
  return kernel.clock.setTimer(
    kernel.clock.now() + milliseconds,
    () => {
      void kernel.clock.work(key, run).catch((problem: unknown) => reportBug(key, problem));
    },
    { key },
  );
}

/** Nothing awaits background work, so a bug there must be loud. */
export function reportBug(where: string, problem: unknown): void {
  process.stderr.write(
    `sandbox bug in ${where}: ${problem instanceof Error ? problem.stack : String(problem)}\n`,
  );
}

export interface PageInput {
  readonly NextToken?: string;
  readonly MaxResults?: number;
  readonly SortOrder?: string;
}

/** One page of `items` and the token of the next. Tokens are offsets; a foreign token is refused. */
export function page<T>(
  items: readonly T[],
  input: PageInput,
  size = 10,
): { items: T[]; NextToken?: string } {
  const start = input.NextToken === undefined ? 0 : Number(input.NextToken);
  if (!Number.isInteger(start) || start < 0) throw validation("Invalid NextToken.");
  const end = start + (input.MaxResults ?? size);
  return { items: items.slice(start, end), ...(end < items.length ? { NextToken: String(end) } : {}) };
}

/** A number in [0, 1) that depends on `text` alone (FNV-1a with a final mix). */
export function unitHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4294967296;
}

/** First 1,024 characters: the limit of FailureReason. */
export const failureReason = (text: string): string => text.slice(0, 1024);

/** Text of any error for a FailureReason or log. */
export const messageOf = (problem: unknown): string =>
  problem instanceof Error ? problem.message : String(problem);
