/** Gives the written files their places in a frozen dataset: copies inside S3 that never write over anything. */
import type { DatasetManifest, SplitName } from "../../../contracts/dataset.ts";
import type { ModelSpec } from "../../../contracts/modelSpec.ts";
import type { LargeObjects, Written } from "../../shared/largeObjects.ts";
import type { Objects } from "../../shared/objects.ts";
import { type PushedFile, textFile } from "../dvcPush.ts";
import {
  columnsOf,
  datasetIdOf,
  type FreezeTarget,
  historyUri,
  type ManifestContext,
  putManifest,
  type SplitRule,
  urisOf,
} from "../manifest.ts";
import { featuresUri, labelsUri, type WrittenHistory, type WrittenPart } from "./parts.ts";

export interface LargeFreeze extends ManifestContext {
  readonly objects: Objects;
  readonly largeObjects: LargeObjects;
  readonly claim: (datasetId: string) => Promise<void>;
  /** Folder of the written parts, and URI of the written history. */
  readonly partsUri: string;
  readonly tableUri: string;
  readonly rows: number;
  readonly rule: SplitRule;
  /** JSON of the reference profile of the training rows. */
  readonly profile: string;
  /** As in memory: gives the files to others, without the holdout's labels. */
  readonly share: ((name: string, files: readonly PushedFile[]) => Promise<string>) | undefined;
}

/** As `freeze` does in memory: what is there already stays, the manifest comes last. */
export async function freezeLarge(
  spec: ModelSpec,
  parts: readonly WrittenPart[],
  { table, timeRange }: WrittenHistory,
  target: FreezeTarget,
  context: LargeFreeze,
): Promise<DatasetManifest> {
  const { objects, largeObjects, partsUri } = context;
  const datasetId = datasetIdOf(
    spec,
    context.rule,
    parts.map(({ name, features, labels }) => ({ name, features: features.sha256, labels: labels.sha256 })),
  );
  await context.claim(datasetId);
  const place = async (from: string, uri: string, { bytes, sha256 }: Written, rows: number) => {
    await largeObjects.copyNew(from, uri, bytes, "text/csv");
    return { uri, sha256, bytes, rows };
  };
  const splits = {} as Record<SplitName, DatasetManifest["splits"][SplitName]>;
  for (const { name, count, from, to, positiveShare, features, labels } of parts) {
    const uris = urisOf(target, datasetId, name);
    if (name !== "holdout")
      await objects.putNew(uris.types, JSON.stringify(columnsOf(spec)), "application/json");
    splits[name] = {
      features: await place(featuresUri(partsUri, name), uris.features, features, count),
      labels: await place(labelsUri(partsUri, name), uris.labels, labels, count),
      from,
      to,
      positiveShare,
    };
  }
  await largeObjects.copyNew(context.tableUri, historyUri(target, datasetId), table.bytes, "text/csv");
  const profileUri = `${target.dataPrefix}/${datasetId}/profile.json`;
  await objects.putNew(profileUri, context.profile, "application/json");
  const dvcFileUri = await share(spec, parts, datasetId, target, context);
  const facts = { datasetId, rows: context.rows, timeRange, splits, rule: context.rule };
  return putManifest(spec, { ...facts, profileUri, dvcFileUri }, target, context, objects);
}

/** The same files, in the same order, as in memory; copied inside S3. */
async function share(
  spec: ModelSpec,
  parts: readonly WrittenPart[],
  datasetId: string,
  target: FreezeTarget,
  { objects, largeObjects, partsUri, share: give }: LargeFreeze,
): Promise<string | undefined> {
  if (!give) return undefined;
  const copied = (path: string, from: string, { md5, bytes }: Written): PushedFile => ({
    path,
    md5,
    bytes,
    put: (_, uri) => largeObjects.copyNew(from, uri, bytes, "application/octet-stream"),
  });
  const files = parts.flatMap(({ name, features, labels }) => [
    copied(`${name}/features.csv`, featuresUri(partsUri, name), features),
    ...(name === "holdout"
      ? []
      : [
          copied(`${name}/labels.csv`, labelsUri(partsUri, name), labels),
          textFile(`${name}/features.json`, JSON.stringify(columnsOf(spec))),
        ]),
  ]);
  const uri = `${target.dataPrefix}/${datasetId}/${datasetId}.dvc`;
  await objects.putNew(uri, await give(datasetId, files), "application/yaml");
  return uri;
}
