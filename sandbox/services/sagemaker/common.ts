/** Shapes and helpers that every part of the SageMaker service shares. */
import type { Kernel, Timer } from "../../kernel/types.ts";
import { validation } from "./answers.ts";
import type { ContainerHost } from "./containerHost.ts";
import type { TagStore } from "./tags.ts";
import type { Timings, Watchdogs } from "./timings.ts";

export { inUse, page, validation } from "./answers.ts";

/** What SageMaker asks of Application Auto Scaling. */
export interface Scaling {
  /** Whether a variant's instances are scaled: their type then stays. */
  isScalableTarget(endpointName: string, variantName: string): boolean;
  /** An endpoint that goes takes its scalable targets with it. */
  forgetEndpoint(endpointName: string): Promise<void>;
}

/** Nothing is scaled. */
export const UNSCALED: Scaling = { isScalableTarget: () => false, forgetEndpoint: async () => {} };

/** What each part of the service is given. */
export interface Sagemaker {
  readonly kernel: Kernel;
  readonly host: ContainerHost;
  readonly tags: TagStore;
  readonly timings: Timings;
  readonly watchdogs: Watchdogs;
  readonly scaling: Scaling;
}

/** The principal that assumes execution roles. */
export const sagemakerPrincipal = "sagemaker.amazonaws.com";

export const arnOf = (kernel: Kernel, resource: string): string =>
  `arn:aws:sagemaker:${kernel.region}:${kernel.accountId}:${resource}`;

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
