/** Freezes a table into a dataset: time-ordered splits as files under content-addressed keys, and the manifest that names them. */
import type { DatasetFile, DatasetManifest, SplitName } from "../../contracts/dataset.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { timeRangeOf } from "../../core/validation/consistency/summarize.ts";
import { SluiceError } from "../shared/errors.ts";
import { type Objects, sha256 } from "../shared/objects.ts";
import { type Table, toCsv } from "../shared/table.ts";
import { type PushedFile, textFile } from "./dvcPush.ts";
import {
  cannotBeSplit,
  columnsOf,
  datasetIdOf,
  type FreezeTarget,
  historyUri,
  type ManifestContext,
  putManifest,
  urisOf,
} from "./manifest.ts";
import { divide, type FrozenRows } from "./splits.ts";

/**
 * Picks time, features and label out of a raw table, oldest first. Rows of one instant keep their order where rows are split by time; with
 * groups they lie in the order of their content, so that the order of the data does not matter. All missing columns are named.
 */
export function selectRows(spec: ModelSpec, table: Table): FrozenRows {
  const { time, label, features } = placesOf(spec, table.columns);
  const hasGroups = (spec.data.splits.by ?? "time") !== "time";
  const order = table.rows
    .map((row, index) => ({ row, index, time: row[time] ?? "", content: hasGroups ? row.join("\0") : "" }))
    .sort((a, b) => byText(a.time, b.time) || byText(a.content, b.content) || a.index - b.index);
  return {
    times: order.map((entry) => entry.time),
    features: order.map(({ row }) => features.map((index) => row[index] ?? "")),
    labels: order.map(({ row, index }) => labelValue(spec, row[label] ?? "", index)),
    labelTexts: order.map(({ row }) => row[label] ?? ""),
  };
}

/** Where the columns of a model lie in a header. @throws SluiceError `BadData` with all that are missing */
export function placesOf(
  spec: ModelSpec,
  columns: readonly string[],
): { readonly time: number; readonly label: number; readonly features: readonly number[] } {
  const wanted = [spec.time.column, spec.label.column, ...spec.features.map((feature) => feature.name)];
  const missing = wanted.filter((name) => !columns.includes(name));
  if (missing.length > 0)
    throw new SluiceError(
      "BadData",
      `data of ${spec.name}: expected the columns ${missing.map((name) => JSON.stringify(name)).join(", ")}, got ${JSON.stringify(columns)}`,
    );
  const at = (name: string): number => columns.indexOf(name);
  return {
    time: at(spec.time.column),
    label: at(spec.label.column),
    features: spec.features.map((feature) => at(feature.name)),
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The label of a data row as a number. `index`: from 0, for the message. */
export function labelValue(spec: ModelSpec, text: string, index: number): number {
  if (spec.label.positive !== undefined) return text === spec.label.positive ? 1 : 0;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value))
    throw new SluiceError(
      "BadData",
      `data row ${index + 1}, column ${spec.label.column}: expected a number, got ${JSON.stringify(text)}`,
    );
  return value;
}

export interface FreezeContext extends ManifestContext {
  /** Called with the dataset's id before its first file is written; keeps a clean-up away from it. */
  readonly claim: (datasetId: string) => Promise<void>;
  /**
   * Gives the dataset to others: its files without the holdout's labels, which stay with the judge. Returns the text of the `.dvc` file
   * that names them.
   */
  readonly share: ((name: string, files: readonly PushedFile[]) => Promise<string>) | undefined;
  /** JSON of the reference profile of the training rows. */
  readonly profile: (features: readonly (readonly string[])[], times: readonly string[]) => string;
}

/**
 * Writes every file of the dataset that is not there yet, the manifest last: nothing that was frozen before is written over, and what a
 * run left out half way is added by the next.
 */
export async function freeze(
  spec: ModelSpec,
  all: FrozenRows,
  target: FreezeTarget,
  context: FreezeContext,
  objects: Objects,
): Promise<DatasetManifest> {
  const divided = divide(spec, all);
  if (!divided) throw cannotBeSplit(spec, all.times.length);
  const { rows, ranges, rule } = divided;
  const parts = (["train", "validation", "holdout"] as const).map((name) =>
    renderPart(spec, rows, name, ranges[name]),
  );
  const columns = columnsOf(spec);
  const datasetId = datasetIdOf(
    spec,
    rule,
    parts.map(({ name, features, labels }) => ({ name, features: sha256(features), labels: sha256(labels) })),
  );
  await context.claim(datasetId);
  const put = async (uri: string, body: string, count: number): Promise<DatasetFile> => {
    await objects.putNew(uri, body, "text/csv");
    return { uri, sha256: sha256(body), bytes: Buffer.byteLength(body), rows: count };
  };
  const splits = {} as Record<SplitName, DatasetManifest["splits"][SplitName]>;
  for (const part of parts) {
    const uris = urisOf(target, datasetId, part.name);
    if (part.name !== "holdout")
      await objects.putNew(uris.types, JSON.stringify(columns), "application/json");
    splits[part.name] = {
      features: await put(uris.features, part.features, part.count),
      labels: await put(uris.labels, part.labels, part.count),
      from: part.from,
      to: part.to,
      positiveShare: part.positiveShare,
    };
  }
  await objects.putNew(historyUri(target, datasetId), renderTable(spec, all), "text/csv");
  const profileUri = `${target.dataPrefix}/${datasetId}/profile.json`;
  const profile = context.profile(rows.features.slice(...ranges.train), rows.times.slice(...ranges.train));
  await objects.putNew(profileUri, profile, "application/json");
  const dvcFileUri = await share(datasetId, parts, columns, target, context, objects);
  const facts = { datasetId, rows: all.times.length, timeRange: timeRangeOf(all.times), splits, rule };
  return putManifest(spec, { ...facts, profileUri, dvcFileUri }, target, context, objects);
}

type Part = ReturnType<typeof renderPart>;

/** Shares the files of the dataset and puts the `.dvc` file beside the manifest; returns its URI. */
async function share(
  datasetId: string,
  parts: readonly Part[],
  columns: DatasetManifest["columns"],
  target: FreezeTarget,
  context: FreezeContext,
  objects: Objects,
): Promise<string | undefined> {
  if (!context.share) return undefined;
  const files = parts.flatMap(({ name, features, labels }) => [
    textFile(`${name}/features.csv`, features),
    ...(name === "holdout"
      ? []
      : [textFile(`${name}/labels.csv`, labels), textFile(`${name}/features.json`, JSON.stringify(columns))]),
  ]);
  const uri = `${target.dataPrefix}/${datasetId}/${datasetId}.dvc`;
  await objects.putNew(uri, await context.share(datasetId, files), "application/yaml");
  return uri;
}

function renderPart(
  spec: ModelSpec,
  rows: FrozenRows,
  name: SplitName,
  [from, to]: readonly [number, number],
) {
  const features = rows.features.slice(from, to);
  const labels = rows.labels.slice(from, to);
  const positives = labels.filter((value) => value === 1).length;
  return {
    name,
    count: to - from,
    from: rows.times[from] as string,
    to: rows.times[to - 1] as string,
    // A batch transform reads the holdout row by row: no header there.
    features: toCsv(features, name === "holdout" ? undefined : spec.features.map((feature) => feature.name)),
    labels: `${labels.join("\n")}\n`,
    positiveShare: spec.task === "binary-classification" ? positives / labels.length : null,
  };
}

/** The whole dataset in raw columns: the history of the next retraining set. */
function renderTable(spec: ModelSpec, rows: FrozenRows): string {
  return toCsv(
    rows.times.map((time, index) => [
      time,
      ...(rows.features[index] as readonly string[]),
      rows.labelTexts[index] as string,
    ]),
    [spec.time.column, ...spec.features.map((feature) => feature.name), spec.label.column],
  );
}
