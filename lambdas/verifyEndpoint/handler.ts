/** Checks the real staging endpoint: the contract, the golden requests and the latency, one by one with what went wrong. */
import { InvokeEndpointCommand, type SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import * as z from "zod";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import { type VerifyInput, type VerifyOutput, verifyInput } from "../../contracts/events.ts";
import { type ModelSpec, readResolvedSpec } from "../../contracts/modelSpec.ts";
import { keys, type LiveRecord, type ReleaseRecord } from "../../contracts/records.ts";
import { messageOf, SluiceError } from "../shared/errors.ts";
import { parseInput, parseJson } from "../shared/input.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { isJob, type JobOutcome, type JobResults, runJob } from "../shared/pipelineJob.ts";
import { mustLoad, type Records } from "../shared/records.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"verifyEndpoint">;
  readonly records: Records;
  readonly objects: Objects;
  readonly runtime: Pick<SageMakerRuntimeClient, "send">;
  readonly results: JobResults;
  readonly log: Log;
  readonly now: () => number;
}

const goldenRequest = z.strictObject({
  body: z.string().min(1),
  score: z.number().optional(),
  tolerance: z.number().positive().default(1e-6),
});
type GoldenRequest = z.output<typeof goldenRequest>;

/** Answers a pipeline's job through CodePipeline; a state machine's request by its result, or by the error that the check ended with. */
export function createHandler(dependencies: Dependencies) {
  const { results, log } = dependencies;
  return async (event: unknown): Promise<VerifyOutput | undefined> => {
    if (!isJob(event)) return await verify(dependencies, parseInput("check", verifyInput, event));
    await runJob(event, results, log, async ({ parameters }): Promise<JobOutcome> => {
      const { summary } = await verify(dependencies, parameters);
      return { done: true, summary };
    });
    return undefined;
  };
}

async function verify(
  dependencies: Dependencies,
  { modelName, releaseId }: VerifyInput,
): Promise<VerifyOutput> {
  const { environment, records, objects } = dependencies;
  const release = await mustLoad<ReleaseRecord>(records, keys.release(modelName, releaseId));
  const live = await mustLoad<LiveRecord>(records, keys.live(environment.ENVIRONMENT_NAME, modelName));
  if (live.live.releaseId !== releaseId)
    throw new SluiceError(
      "EndpointCheckFailed",
      `${live.endpointName}: expected release ${releaseId} to serve, got ${live.live.releaseId}`,
    );
  const spec = readResolvedSpec(await objects.getText(release.specUri));
  const golden = parseGolden(release.goldenUri, await objects.getText(release.goldenUri));
  const checked = await check(dependencies, live.endpointName, spec, golden);
  if (checked.problems.length > 0)
    throw new SluiceError("EndpointCheckFailed", `${live.endpointName}: ${checked.problems.join("; ")}`);
  return {
    summary: `${golden.length} golden requests answered, p90 ${checked.p90Milliseconds.toFixed(1)} ms`,
  };
}

function parseGolden(uri: string, text: string): GoldenRequest[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0)
    throw new SluiceError("InvalidArtifact", `${uri}: expected at least one golden request, found none`);
  return lines.map((line, index) =>
    parseInput(`${uri} line ${index + 1}`, goldenRequest, parseJson(`${uri} line ${index + 1}`, line)),
  );
}

async function check(
  dependencies: Dependencies,
  endpointName: string,
  spec: ModelSpec,
  golden: readonly GoldenRequest[],
) {
  const problems: string[] = [];
  const latencies: number[] = [];
  for (const [index, request] of golden.entries()) {
    const began = dependencies.now();
    const answer = await invoke(dependencies, endpointName, request.body);
    latencies.push(dependencies.now() - began);
    const problem = "error" in answer ? answer.error : problemOf(answer.text, request, spec);
    if (problem) problems.push(`golden request ${index + 1}: ${problem}`);
  }
  const p90Milliseconds = latencies.sort((a, b) => a - b)[Math.ceil(latencies.length * 0.9) - 1] ?? 0;
  const limit = (spec.rollout.staging ?? spec.rollout.prod).alarms.latencyP90;
  if (p90Milliseconds > limit)
    problems.push(`p90 latency is ${p90Milliseconds.toFixed(1)} ms, at most ${limit} ms is allowed`);
  return { problems, p90Milliseconds };
}

async function invoke(
  { runtime }: Dependencies,
  endpointName: string,
  body: string,
): Promise<{ text: string } | { error: string }> {
  try {
    const { Body } = await runtime.send(
      new InvokeEndpointCommand({
        EndpointName: endpointName,
        ContentType: "text/csv",
        Accept: "text/csv",
        Body: new TextEncoder().encode(body),
      }),
    );
    return { text: new TextDecoder().decode(Body) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** The contract of an answer: one finite number, a probability where the task is classification, the expected one if one is given. */
function problemOf(text: string, request: GoldenRequest, spec: ModelSpec): string | null {
  const score = text.trim() === "" ? Number.NaN : Number(text.trim());
  if (!Number.isFinite(score)) return `expected one number, got ${JSON.stringify(text.slice(0, 80))}`;
  if (spec.task === "binary-classification" && (score < 0 || score > 1))
    return `expected a probability, got ${score}`;
  if (request.score !== undefined && Math.abs(score - request.score) > request.tolerance)
    return `expected ${request.score} within ${request.tolerance}, got ${score}`;
  return null;
}
