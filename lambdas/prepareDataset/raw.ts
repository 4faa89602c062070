/** The raw data of a release: from the data bucket, or from the DVC remote that the model names. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { DvcOut, DvcSource } from "../../contracts/dvc.ts";
import { type ModelSpec, PRODUCTION } from "../../contracts/modelSpec.ts";
import { keys, type LiveRecord, type ReleaseRecord } from "../../contracts/records.ts";
import { remoteKey } from "../../core/dataset/dvc/layout.ts";
import { SluiceError } from "../shared/errors.ts";
import { type Objects, sha256 } from "../shared/objects.ts";
import type { Records } from "../shared/records.ts";
import { concatTables, parseTable, type Table } from "../shared/table.ts";
import type { DvcRemote } from "./dvcRemote.ts";
import { type FetchedFile, fetchDvc, listDvc } from "./dvcSource.ts";

/** Raw data past this size does not fit this Lambda's memory; larger data go over Athena. */
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

export interface RawFile {
  /** For people: the URI, or the path as DVC has it. */
  readonly path: string;
  readonly uri: string;
  /** null for objects of a DVC remote, whose keys are hashes. */
  readonly etag: string | null;
  readonly bytes: number | null;
  /** What DVC says the bytes are. */
  readonly dvc: Pick<DvcOut, "md5" | "hash"> | null;
}

/** Which files the raw data are, before any of them is read. */
export interface RawPlan {
  /** In the order of their rows. */
  readonly files: readonly RawFile[];
  /** Of all files; null where DVC does not say. */
  readonly bytes: number | null;
  /** The DVC file that names them. */
  readonly dvcFile: string | null;
}

interface Source {
  readonly spec: ModelSpec;
  readonly dvc: DvcSource | null;
}

/**
 * Finds the raw data. `standing` means: what the model's DVC file names, if it has one, because the commit decides then. Else what the
 * model in service was trained on if that came from a retraining, else `raw/<model>/`: a commit is then judged on the newest data, not on
 * the first.
 */
export async function planRaw(
  dependencies: RawDependencies,
  { spec, dvc }: Source,
  dataUri: string,
): Promise<RawPlan> {
  const settings = spec.data.dvc;
  if (dataUri !== "standing" || !settings || !dvc) return planBucket(dependencies, spec, dataUri);
  const wanted = await listDvc({ remote: dependencies.dvcRemote, remoteUri: settings.remote, source: dvc });
  const files = wanted.map((file) => ({
    path: file.path,
    uri: `${settings.remote}/${remoteKey(file)}`,
    etag: null,
    bytes: null,
    dvc: { md5: file.md5, hash: file.hash },
  }));
  return { files, bytes: dvc.out.size, dvcFile: dvc.file };
}

/** Reads the planned files into memory. */
export async function readRaw(
  { objects, dvcRemote }: RawDependencies,
  { spec, dvc }: Source,
  plan: RawPlan,
): Promise<Raw> {
  const files: FetchedFile[] = [];
  if (plan.dvcFile !== null && spec.data.dvc && dvc)
    files.push(
      ...(await fetchDvc(
        { remote: dvcRemote, remoteUri: spec.data.dvc.remote, source: dvc, maximumBytes: MAXIMUM_RAW_BYTES },
        plan.files.map(({ path, dvc: out }) => ({ ...(out as DvcOut), path, isFolder: false })),
      )),
    );
  else for (const { path, uri } of plan.files) files.push({ path, uri, body: await objects.get(uri) });
  return {
    table: concatTables(files.map(({ path, body }) => ({ uri: path, table: parseTable(path, body) }))),
    parents: files.map(({ uri, body }) => ({ uri, sha256: sha256(body) })),
  };
}

async function planBucket(dependencies: RawDependencies, spec: ModelSpec, dataUri: string): Promise<RawPlan> {
  const { objects, environment } = dependencies;
  const prefix = dataUri === "standing" ? await standingData(dependencies, spec.name) : dataUri;
  if (!prefix.startsWith(`s3://${environment.DATA_BUCKET}/`))
    throw new SluiceError(
      "InvalidInput",
      `dataUri: expected a prefix in s3://${environment.DATA_BUCKET}/, got ${JSON.stringify(dataUri)}`,
    );
  const found = (await objects.list(prefix)).filter((file) => /\.csv(\.gz)?$/.test(file.uri));
  if (found.length === 0)
    throw new SluiceError("BadData", `${prefix}: expected at least one .csv or .csv.gz object, found none`);
  return {
    files: found.map(({ uri, bytes, etag }) => ({ path: uri, uri, etag, bytes, dvc: null })),
    bytes: found.reduce((sum, file) => sum + file.bytes, 0),
    dvcFile: null,
  };
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
