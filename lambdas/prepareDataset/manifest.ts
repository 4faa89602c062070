/** What a frozen dataset is called, where its files lie, and the manifest that names them; the same however it was made. */
import type { DatasetManifest, SplitName } from "../../contracts/dataset.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { SluiceError } from "../shared/errors.ts";
import { type Objects, sha256 } from "../shared/objects.ts";

export interface FreezeTarget {
  /** `s3://…/datasets/<model>`: what training may read. */
  readonly dataPrefix: string;
  /** `s3://…/judge/<model>`: holdout labels and history; no role of the model reads it. */
  readonly judgePrefix: string;
}

export type SplitRule = NonNullable<DatasetManifest["splitRule"]> | null;

export const columnsOf = (spec: ModelSpec): DatasetManifest["columns"] =>
  spec.features.map(({ name, type }) => ({ name, type }));

/** Name of a dataset by the SHA-256 of its files, in the order train, validation, holdout. */
export function datasetIdOf(
  spec: ModelSpec,
  rule: SplitRule,
  parts: readonly { readonly name: SplitName; readonly features: string; readonly labels: string }[],
): string {
  const identity = {
    columns: columnsOf(spec),
    label: spec.label,
    time: spec.time,
    ...(rule ? { splits: spec.data.splits } : {}),
    parts: parts.map(({ name, features, labels }) => [name, features, labels]),
  };
  return `ds-${sha256(JSON.stringify(identity)).slice(0, 20)}`;
}

/** Files of one part; the holdout's labels lie where training cannot read. */
export function urisOf({ dataPrefix, judgePrefix }: FreezeTarget, datasetId: string, name: SplitName) {
  const folder = `${dataPrefix}/${datasetId}/${name}`;
  return {
    features: `${folder}/features.csv`,
    labels: name === "holdout" ? `${judgePrefix}/${datasetId}/labels.csv` : `${folder}/labels.csv`,
    types: `${folder}/features.json`,
  };
}

/** All rows in raw columns: the history of the next retraining set. */
export const historyUri = ({ judgePrefix }: FreezeTarget, datasetId: string): string =>
  `${judgePrefix}/${datasetId}/table.csv`;

export function cannotBeSplit(spec: ModelSpec, rows: number): SluiceError {
  return new SluiceError(
    "InsufficientData",
    `data of ${spec.name}: ${rows} rows cannot be split by ${spec.data.splits.column ?? spec.time.column} into ${JSON.stringify(spec.data.splits)}; give more rows, or more distinct times and groups`,
  );
}

export interface ManifestContext {
  readonly createdAt: string;
  readonly cause: string;
  readonly parents: DatasetManifest["parents"];
  readonly validation: DatasetManifest["validation"];
}

export interface FrozenFacts extends Pick<DatasetManifest, "datasetId" | "rows" | "timeRange" | "splits"> {
  readonly rule: SplitRule;
  readonly profileUri: string;
  readonly dvcFileUri: string | undefined;
}

/** Writes the manifest last, unless there is one. */
export async function putManifest(
  spec: ModelSpec,
  { rule, profileUri, dvcFileUri, ...facts }: FrozenFacts,
  target: FreezeTarget,
  { createdAt, cause, parents, validation }: ManifestContext,
  objects: Objects,
): Promise<DatasetManifest> {
  const manifest: DatasetManifest = {
    formatVersion: 1,
    datasetId: facts.datasetId,
    modelName: spec.name,
    createdAt,
    cause,
    parents,
    columns: columnsOf(spec),
    rows: facts.rows,
    timeRange: facts.timeRange,
    splits: facts.splits,
    ...(rule === null ? {} : { splitRule: rule }),
    labelCoverage: 1,
    validation,
    profileUri,
    ...(dvcFileUri === undefined ? {} : { dvcFileUri }),
  };
  await objects.putNew(
    `${target.dataPrefix}/${facts.datasetId}/manifest.json`,
    JSON.stringify(manifest, null, 2),
    "application/json",
  );
  return manifest;
}
