/** The Data stage: takes the build apart, validates the raw data, and freezes it into a dataset. */
import { unzipSync } from "fflate";
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { DvcSource } from "../../contracts/dvc.ts";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import type { JobParameters } from "../../contracts/events.ts";
import { type ModelSpec, readResolvedSpec } from "../../contracts/modelSpec.ts";
import { keys, type ReleaseCause, type ReleaseRecord } from "../../contracts/records.ts";
import { SluiceError } from "../shared/errors.ts";
import type { Log } from "../shared/logger.ts";
import { type Objects, sha256 } from "../shared/objects.ts";
import { type Job, type JobOutcome, type JobResults, runJob } from "../shared/pipelineJob.ts";
import { change, type Records } from "../shared/records.ts";
import { claimDataset } from "./claim.ts";
import { checkConsistency, keepSummary } from "./consistency.ts";
import { pushDvc } from "./dvcPush.ts";
import type { DvcRemote } from "./dvcRemote.ts";
import { freeze, selectRows } from "./freeze.ts";
import { buildProfile } from "./profile.ts";
import { type Raw, readRaw } from "./raw.ts";
import { validate } from "./validate.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"prepareDataset">;
  readonly records: Records;
  readonly objects: Objects;
  readonly dvcRemote: DvcRemote;
  readonly results: JobResults;
  readonly log: Log;
  readonly now: () => Date;
}

export function createHandler(dependencies: Dependencies) {
  return (event: unknown): Promise<void> =>
    runJob(event, dependencies.results, dependencies.log, (job) => prepare(dependencies, job));
}

async function prepare(dependencies: Dependencies, job: Job): Promise<JobOutcome> {
  const { records, log } = dependencies;
  const { parameters } = job;
  const build = await unpackBuild(dependencies, job);
  const key = keys.release(parameters.modelName, parameters.releaseId);
  await change<ReleaseRecord>(records, key, newRelease(dependencies, parameters, build), (record) => record);
  const raw = await readRaw(dependencies, build, parameters.dataUri);
  const suiteResult = await validate(dependencies, build.spec, build.expectations, raw.table);
  if (!suiteResult.success)
    throw new SluiceError(
      "BadData",
      `${suiteResult.failed} of ${suiteResult.evaluated} expectations failed: ${suiteResult.reasons.join("; ")} (full result: ${suiteResult.uri})`,
    );
  const consistency = await checkConsistency(dependencies, build.spec, raw.table, parameters.cause);
  const manifest = await freezeDataset(dependencies, build.spec, raw, parameters, {
    ...suiteResult,
    consistency: consistency.report,
  });
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

interface Build {
  readonly spec: ModelSpec;
  readonly dvc: DvcSource | null;
  readonly expectations: string;
  readonly specUri: string;
  readonly goldenUri: string;
  readonly sourceUri: string;
  readonly sourceSha256: string;
}

/** Stores what the build made under keys of its content: the same build again writes the same bytes to the same keys. */
async function unpackBuild({ objects, environment }: Dependencies, job: Job): Promise<Build> {
  const uri = job.artifacts.Build;
  if (!uri)
    throw new SluiceError(
      "InvalidArtifact",
      `expected the input artifact Build, got ${JSON.stringify(Object.keys(job.artifacts))}`,
    );
  const files = unzipSync(await objects.get(uri));
  const wanted = ["spec.json", "dvc.json", "expectations.json", "golden.jsonl", "sourcedir.tar.gz"] as const;
  const missing = wanted.filter((name) => !files[name]);
  if (missing.length > 0)
    throw new SluiceError(
      "InvalidArtifact",
      `${uri}: expected ${missing.join(", ")}, got ${JSON.stringify(Object.keys(files))}`,
    );
  const body = (name: (typeof wanted)[number]): Uint8Array => files[name] as Uint8Array;
  const bucket = `s3://${environment.ARTIFACT_BUCKET}`;
  const store = async (folder: string, name: (typeof wanted)[number]): Promise<string> => {
    const target = `${bucket}/${folder}/${sha256(body(name)).slice(0, 32)}/${name}`;
    await objects.put(target, body(name));
    return target;
  };
  const text = (name: (typeof wanted)[number]): string => new TextDecoder().decode(body(name));
  return {
    spec: readResolvedSpec(text("spec.json")),
    dvc: JSON.parse(text("dvc.json")) as DvcSource | null,
    expectations: text("expectations.json"),
    specUri: await store("specs", "spec.json"),
    goldenUri: await store("golden", "golden.jsonl"),
    sourceUri: await store("sources", "sourcedir.tar.gz"),
    sourceSha256: sha256(body("sourcedir.tar.gz")),
  };
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

function freezeDataset(
  { records, objects, environment, now, dvcRemote }: Dependencies,
  spec: ModelSpec,
  raw: Raw,
  parameters: JobParameters,
  suiteResult: Awaited<ReturnType<typeof validate>> & Pick<DatasetManifest["validation"], "consistency">,
): Promise<DatasetManifest> {
  const { dvc } = spec.data;
  return freeze(
    spec,
    selectRows(spec, raw.table),
    {
      dataPrefix: `s3://${environment.DATA_BUCKET}/datasets/${spec.name}`,
      judgePrefix: `s3://${environment.DATA_BUCKET}/judge/${spec.name}`,
    },
    {
      createdAt: now().toISOString(),
      cause: parameters.cause,
      parents: raw.parents,
      validation: {
        uri: suiteResult.uri,
        success: suiteResult.success,
        evaluated: suiteResult.evaluated,
        failed: suiteResult.failed,
        warnings: suiteResult.warnings,
        ...(suiteResult.consistency ? { consistency: suiteResult.consistency } : {}),
      },
      claim: (datasetId) => claimDataset({ records, now }, spec.name, datasetId, raw.parents),
      profile: (features, times) => buildProfile(spec, features, times),
      share: dvc?.push ? (name, files) => pushDvc(dvcRemote, dvc.remote, name, files) : undefined,
    },
    objects,
  );
}
