/** What a retraining is decided and made from: the model in service, its dataset, and which files hold what came since. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import { type ModelSpec, readResolvedSpec } from "../../contracts/modelSpec.ts";
import { keys, type LineageRecord, type LiveRecord, type ReleaseRecord } from "../../contracts/records.ts";
import { hoursOf, listLabels, listServed, type ServedFiles } from "../shared/captures.ts";
import { SluiceError } from "../shared/errors.ts";
import type { StoredObject } from "../shared/objects.ts";
import { mustLoad } from "../shared/records.ts";
import type { Dependencies } from "./dependencies.ts";

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

/** The model in service and its settings: all that most refusals need. */
export interface Champion {
  readonly modelName: string;
  readonly live: LiveRecord;
  readonly release: ReleaseRecord;
  readonly spec: ModelSpec;
}

export interface Facts {
  readonly spec: ModelSpec;
  readonly specUri: string;
  readonly datasetId: string;
  /** The table of the dataset of the model in service. */
  readonly historyUri: string;
  readonly endpointName: string;
  readonly lineage: readonly LineageRecord[];
  /** Starts of the hours whose predictions may be new. */
  readonly hours: readonly number[];
}

export async function loadChampion(
  { records, objects, environment }: Dependencies,
  modelName: string,
): Promise<Champion> {
  const live = await mustLoad<LiveRecord>(records, keys.live(environment.CAPTURE_ENVIRONMENT, modelName));
  const release = await mustLoad<ReleaseRecord>(records, keys.release(modelName, live.live.releaseId));
  const spec = readResolvedSpec(await objects.getText(release.specUri));
  return { modelName, live, release, spec };
}

export async function loadFacts(
  { records, objects, environment, now }: Dependencies,
  { modelName, live, release, spec }: Champion,
): Promise<Facts> {
  if (!release.manifestUri)
    throw new SluiceError("MissingRecord", `release ${release.releaseId}: expected a dataset, found none`);
  const [all, manifestText] = await Promise.all([
    records.list<LineageRecord>(`LINEAGE#${modelName}`, ""),
    objects.getText(release.manifestUri),
  ]);
  const manifest = JSON.parse(manifestText) as DatasetManifest;
  const lineage = all.filter((entry) => entry.environment === environment.CAPTURE_ENVIRONMENT);
  const firstDeployed = Math.min(...lineage.map((entry) => Date.parse(entry.deployedAt)));
  // A week before the newest row of the champion's dataset: labels that came late for it are new rows too.
  const from = Math.max(firstDeployed - HOUR, Date.parse(manifest.timeRange.to) - WEEK);
  return {
    spec,
    specUri: release.specUri,
    datasetId: manifest.datasetId,
    historyUri: historyUri(environment.DATA_BUCKET, manifest),
    endpointName: live.endpointName,
    lineage,
    hours: hoursOf(from, now().getTime()),
  };
}

/** Where the history of a dataset lies (see prepareDataset/freeze). */
const historyUri = (bucket: string, manifest: Pick<DatasetManifest, "modelName" | "datasetId">): string =>
  `s3://${bucket}/judge/${manifest.modelName}/${manifest.datasetId}/table.csv`;

/** What a retraining set is made from, file by file. */
export interface Sources {
  /** In the order in which a later label counts. */
  readonly labels: readonly StoredObject[];
  /** In the order in which an earlier capture counts. */
  readonly served: readonly ServedFiles[];
  readonly history: StoredObject;
}

export const listLabelFiles = (
  { objects, environment }: Dependencies,
  { spec, hours }: Facts,
): Promise<readonly StoredObject[]> => listLabels(objects, environment.CAPTURE_BUCKET, spec.name, hours);

export async function listSources(
  { objects, now }: Dependencies,
  { endpointName, lineage, hours, historyUri: uri }: Facts,
  labels: readonly StoredObject[],
): Promise<Sources> {
  const history = (await objects.list(uri)).find((object) => object.uri === uri);
  if (!history)
    throw new SluiceError(
      "InvalidArtifact",
      `${uri}: expected the table of the dataset in service, found none`,
    );
  return {
    labels,
    served: await listServed(objects, endpointName, lineage, hours, now().getTime()),
    history,
  };
}

export const bytesOf = (files: readonly StoredObject[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes, 0);

/** As they lie in S3. */
export const sourceBytes = ({ labels, served, history }: Sources): number =>
  bytesOf(labels) + bytesOf(served.flatMap(({ files }) => files)) + history.bytes;
