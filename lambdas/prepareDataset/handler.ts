/** The Data stage: takes the build apart, validates the raw data, and freezes it into a dataset. */
import type { EnvironmentOf } from "../../contracts/environment.ts";
import type { JobParameters } from "../../contracts/events.ts";
import { keys, type ReleaseCause, type ReleaseRecord } from "../../contracts/records.ts";
import type { AthenaStatements } from "../shared/athena.ts";
import type { LargeObjects } from "../shared/largeObjects.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { type Job, type JobOutcome, type JobResults, runJob } from "../shared/pipelineJob.ts";
import { change, type Records } from "../shared/records.ts";
import { type Build, unpackBuild } from "./build.ts";
import { keepSummary } from "./consistency.ts";
import type { DvcRemote } from "./dvcRemote.ts";
import { type Prepared, prepareInMemory } from "./inMemory.ts";
import { type Clock, prepareLarge } from "./large/index.ts";
import { keepPlan, loadPlan } from "./large/plan.ts";
import { planRaw } from "./raw.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"prepareDataset">;
  readonly records: Records;
  readonly objects: Objects;
  readonly dvcRemote: DvcRemote;
  readonly largeObjects: LargeObjects;
  /** Statements under a business key: the same key and statement are the same query. */
  readonly athena: (key: string) => AthenaStatements;
  readonly results: JobResults;
  readonly log: Log;
  readonly now: () => Date;
}

/** What AWS's context says of the time that is left. */
interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

export function createHandler(dependencies: Dependencies) {
  return (event: unknown, context?: LambdaContext): Promise<void> =>
    runJob(event, dependencies.results, dependencies.log, (job) =>
      prepare(dependencies, job, {
        left: () => context?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY,
      }),
    );
}

async function prepare(dependencies: Dependencies, job: Job, clock: Clock): Promise<JobOutcome> {
  const { records, log } = dependencies;
  const { parameters } = job;
  const build = await unpackBuild(dependencies, job);
  const key = keys.release(parameters.modelName, parameters.releaseId);
  await change<ReleaseRecord>(records, key, newRelease(dependencies, parameters, build), (record) => record);
  const prepared = await prepareEitherWay(dependencies, job, build, clock);
  if ("continuationToken" in prepared) return prepared;
  const { suiteResult, consistency, manifest } = prepared;
  const datasetSummaryUri = await keepSummary(dependencies, build.spec, manifest.datasetId, consistency);
  await change<ReleaseRecord>(records, key, null, (record) => ({
    ...record,
    datasetId: manifest.datasetId,
    manifestUri: `s3://${dependencies.environment.DATA_BUCKET}/datasets/${build.spec.name}/${manifest.datasetId}/manifest.json`,
    datasetSummaryUri,
  }));
  log.info("dataset frozen", {
    datasetId: manifest.datasetId,
    rows: manifest.rows,
    differences: consistency.warnings.map((warning) => warning.message),
  });
  const warningCount = suiteResult.warnings + consistency.warnings.length;
  const codes = [...new Set(consistency.warnings.map((warning) => warning.code))].join(", ");
  const warnings = warningCount > 0 ? `, ${warningCount} warnings${codes === "" ? "" : ` (${codes})`}` : "";
  return {
    done: true,
    summary: `${manifest.datasetId}: ${manifest.rows} rows, ${suiteResult.evaluated} expectations held${warnings}`,
    variables: { datasetId: manifest.datasetId },
  };
}

/** In memory while the data fit; else over Athena, turn by turn. A job that has a token has been found too large before. */
async function prepareEitherWay(
  dependencies: Dependencies,
  job: Job,
  build: Build,
  clock: Clock,
): Promise<Prepared | Extract<JobOutcome, { done: false }>> {
  const { parameters, continuationToken } = job;
  if (continuationToken !== undefined)
    return prepareLarge(
      dependencies,
      build,
      parameters,
      await loadPlan(dependencies, build, parameters, continuationToken),
      clock,
    );
  const plan = await planRaw(dependencies, build, parameters.dataUri);
  if (plan.bytes !== null && plan.bytes > Number(dependencies.environment.ATHENA_ABOVE_BYTES))
    return prepareLarge(
      dependencies,
      build,
      parameters,
      await keepPlan(dependencies, build, parameters, plan, job.id),
      clock,
    );
  return prepareInMemory(dependencies, build, parameters, plan);
}

function newRelease({ now }: Dependencies, parameters: JobParameters, build: Build): ReleaseRecord {
  return {
    version: 0,
    releaseId: parameters.releaseId,
    modelName: parameters.modelName,
    cause: causeOf(parameters),
    startedAt: now().toISOString(),
    commit: {
      revision: parameters.revision || build.sourceSha256,
      sourceUri: build.sourceUri,
      sourceSha256: build.sourceSha256,
    },
    specUri: build.specUri,
    goldenUri: build.goldenUri,
  };
}

function causeOf(parameters: JobParameters): ReleaseCause {
  if (parameters.cause === "commit") return { kind: "commit" };
  return {
    kind: "retraining",
    requestId: parameters.requestId,
    cause: parameters.cause as Extract<ReleaseCause, { kind: "retraining" }>["cause"],
  };
}
