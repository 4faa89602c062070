/** The raw data of a release: from the data bucket, or from the DVC remote that the model names. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { DvcSource } from "../../contracts/dvc.ts";
import { type ModelSpec, PRODUCTION } from "../../contracts/modelSpec.ts";
import { keys, type LiveRecord, type ReleaseRecord } from "../../contracts/records.ts";
import { SluiceError } from "../shared/errors.ts";
import { type Objects, sha256 } from "../shared/objects.ts";
import type { Records } from "../shared/records.ts";
import { concatTables, parseTable, type Table } from "../shared/table.ts";
import type { DvcRemote } from "./dvcRemote.ts";
import { type FetchedFile, fetchDvc } from "./dvcSource.ts";

/** Raw data past this size does not fit this Lambda's memory. */
const MAXIMUM_RAW_BYTES = 200 * 1024 * 1024;

export interface RawDependencies {
  readonly environment: { readonly DATA_BUCKET: string };
  readonly records: Records;
  readonly objects: Objects;
  readonly dvcRemote: DvcRemote;
}

export interface Raw {
  readonly table: Table;
  readonly parents: DatasetManifest["parents"];
}

/**
 * Reads the raw data. `standing` means: what the model's DVC file names, if it has one, because the commit decides then. Else what the
 * model in service was trained on if that came from a retraining, else `raw/<model>/`: a commit is then judged on the newest data, not on
 * the first.
 */
export async function readRaw(
  dependencies: RawDependencies,
  { spec, dvc }: { readonly spec: ModelSpec; readonly dvc: DvcSource | null },
  dataUri: string,
): Promise<Raw> {
  const settings = spec.data.dvc;
  const files =
    dataUri === "standing" && settings && dvc
      ? await fetchDvc({
          remote: dependencies.dvcRemote,
          remoteUri: settings.remote,
          source: dvc,
          maximumBytes: MAXIMUM_RAW_BYTES,
        })
      : await readBucket(dependencies, spec, dataUri);
  return {
    table: concatTables(files.map(({ path, body }) => ({ uri: path, table: parseTable(path, body) }))),
    parents: files.map(({ uri, body }) => ({ uri, sha256: sha256(body) })),
  };
}

async function readBucket(
  dependencies: RawDependencies,
  spec: ModelSpec,
  dataUri: string,
): Promise<FetchedFile[]> {
  const { objects, environment } = dependencies;
  const prefix = dataUri === "standing" ? await standingData(dependencies, spec.name) : dataUri;
  if (!prefix.startsWith(`s3://${environment.DATA_BUCKET}/`))
    throw new SluiceError(
      "InvalidInput",
      `dataUri: expected a prefix in s3://${environment.DATA_BUCKET}/, got ${JSON.stringify(dataUri)}`,
    );
  const files = (await objects.list(prefix)).filter((file) => /\.csv(\.gz)?$/.test(file.uri));
  if (files.length === 0)
    throw new SluiceError("BadData", `${prefix}: expected at least one .csv or .csv.gz object, found none`);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > MAXIMUM_RAW_BYTES)
    throw new SluiceError(
      "BadData",
      `${prefix}: ${bytes} bytes of raw data, at most ${MAXIMUM_RAW_BYTES} fit this step; thin the data out or window it`,
    );
  const bodies: FetchedFile[] = [];
  for (const { uri } of files) bodies.push({ path: uri, uri, body: await objects.get(uri) });
  return bodies;
}

async function standingData({ records, environment }: RawDependencies, modelName: string): Promise<string> {
  const live = await records.load<LiveRecord>(keys.live(PRODUCTION, modelName));
  const release = live
    ? await records.load<ReleaseRecord>(keys.release(modelName, live.live.releaseId))
    : null;
  return release?.cause.kind === "retraining"
    ? `s3://${environment.DATA_BUCKET}/raw/${modelName}-retraining/${release.cause.requestId}/`
    : `s3://${environment.DATA_BUCKET}/raw/${modelName}/`;
}
