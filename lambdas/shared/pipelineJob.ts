/** A CodePipeline Lambda action: the job comes as an asynchronous event, the answer goes back through the CodePipeline API. */
import {
  CodePipelineClient,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from "@aws-sdk/client-codepipeline";
import * as z from "zod";
import { type JobParameters, jobParameters } from "../../contracts/events.ts";
import { messageOf, SluiceError } from "./errors.ts";
import { parseInput, parseJson } from "./input.ts";
import type { Log } from "./logger.ts";

const jobEvent = z.object({
  "CodePipeline.job": z.object({
    id: z.string(),
    data: z.object({
      actionConfiguration: z.object({
        configuration: z.object({ UserParameters: z.string().default("{}") }),
      }),
      inputArtifacts: z
        .array(
          z.object({
            name: z.string(),
            location: z.object({ s3Location: z.object({ bucketName: z.string(), objectKey: z.string() }) }),
          }),
        )
        .default([]),
      continuationToken: z.string().optional(),
    }),
  }),
});

/** Whether an event is a pipeline's job, of whatever shape. */
export const isJob = (event: unknown): boolean =>
  typeof event === "object" && event !== null && "CodePipeline.job" in event;

export interface Job {
  readonly id: string;
  readonly parameters: JobParameters;
  /** Zip of each input artifact, by name. */
  readonly artifacts: Readonly<Record<string, string>>;
  readonly continuationToken: string | undefined;
}

/** What became of the job: done with a one-line summary and output variables, or to be asked again. */
export type JobOutcome =
  | { readonly done: true; readonly summary: string; readonly variables?: Readonly<Record<string, string>> }
  | { readonly done: false; readonly continuationToken: string };

/** How answers reach CodePipeline; tests record them. */
export interface JobResults {
  succeed(jobId: string, outcome: JobOutcome): Promise<void>;
  fail(jobId: string, code: string, message: string): Promise<void>;
}

export function codePipelineResults(client = new CodePipelineClient()): JobResults {
  return {
    async succeed(jobId, outcome) {
      await client.send(
        new PutJobSuccessResultCommand(
          outcome.done
            ? {
                jobId,
                executionDetails: { summary: outcome.summary.slice(0, 2000) },
                outputVariables: { ...outcome.variables },
              }
            : { jobId, continuationToken: outcome.continuationToken },
        ),
      );
    },
    async fail(jobId, code, message) {
      const type = code === "InvalidInput" ? "ConfigurationError" : "JobFailed";
      await client.send(
        new PutJobFailureResultCommand({
          jobId,
          failureDetails: { type, message: `${code}: ${message}`.slice(0, 5000) },
        }),
      );
    },
  };
}

/**
 * Runs `work` for one job event and answers CodePipeline. The event holds live credentials and is never logged. Every failure is answered
 * with its code, for a person to retry the stage. Lambda runs the event again only when this process died or the answer did not arrive; a
 * job that was answered before is left as it is.
 */
export async function runJob(
  event: unknown,
  results: JobResults,
  log: Log,
  work: (job: Job) => Promise<JobOutcome>,
): Promise<void> {
  const { "CodePipeline.job": job } = parseInput("CodePipeline job", jobEvent, event);
  const outcome = await attempt(job, work);
  if (!("code" in outcome)) return answer(log, () => results.succeed(job.id, outcome));
  log.error("job failed", { code: outcome.code, reason: outcome.message });
  await answer(log, () => results.fail(job.id, outcome.code, outcome.message));
}

async function attempt(
  { id, data }: z.output<typeof jobEvent>["CodePipeline.job"],
  work: (job: Job) => Promise<JobOutcome>,
): Promise<JobOutcome | { readonly code: string; readonly message: string }> {
  try {
    const text = data.actionConfiguration.configuration.UserParameters;
    const parameters = parseInput("UserParameters", jobParameters, parseJson("UserParameters", text));
    const artifacts = Object.fromEntries(
      data.inputArtifacts.map((artifact) => [
        artifact.name,
        `s3://${artifact.location.s3Location.bucketName}/${artifact.location.s3Location.objectKey}`,
      ]),
    );
    return await work({ id, parameters, artifacts, continuationToken: data.continuationToken });
  } catch (error) {
    return {
      code: error instanceof SluiceError ? error.code : "TransientFailure",
      message: messageOf(error),
    };
  }
}

async function answer(log: Log, send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (!(error instanceof Error && error.name === "InvalidJobStateException")) throw error;
    log.warn("the job was answered before", { reason: error.message });
  }
}
