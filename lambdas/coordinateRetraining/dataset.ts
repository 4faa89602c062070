/** Builds the raw table of a retraining: what was served, joined with its labels, below the history the champion was made from. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LineageRecord } from "../../contracts/records.ts";
import type { TableCounts } from "../../core/dataset/accounts.ts";
import { type Joined, joinLabels } from "../../core/dataset/join.ts";
import { hoursOf, readLabels, readServed } from "../shared/captures.ts";
import type { Objects } from "../shared/objects.ts";
import { parseTable, toCsv } from "../shared/table.ts";

export interface RetrainingSources {
  readonly captureBucket: string;
  readonly endpointName: string;
  readonly lineage: readonly LineageRecord[];
  /** Epoch milliseconds: predictions from here on are new. */
  readonly from: number;
  readonly to: number;
}

export interface Collected extends Joined {
  /** Captured records and rows that could not be read, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Joins all predictions of the span, whichever deployment answered them, with the labels that have arrived. */
export async function collect(
  objects: Objects,
  spec: ModelSpec,
  sources: RetrainingSources,
): Promise<Collected> {
  const hours = hoursOf(sources.from, sources.to);
  const { observations, skipped } = await readServed(
    objects,
    spec,
    sources.endpointName,
    sources.lineage,
    hours,
    sources.to,
  );
  const labels = await readLabels(objects, sources.captureBucket, spec.name, hours);
  return { ...joinLabels(observations, labels), skipped };
}

/** How many predictions of the span have a label: at least as many as will join. */
export async function countLabels(
  objects: Objects,
  spec: ModelSpec,
  sources: RetrainingSources,
): Promise<number> {
  const labels = await readLabels(
    objects,
    sources.captureBucket,
    spec.name,
    hoursOf(sources.from, sources.to),
  );
  return new Set(labels.map((label) => label.id)).size;
}

export interface RetrainingTable extends TableCounts {
  readonly csv: string;
  readonly rows: number;
}

/**
 * The newest `rows` of history and new rows in time order. A new row that was served before with the same time, features and label is a
 * duplicate and enters once. History comes from the frozen dataset of the model in service.
 */
export async function buildTable(
  objects: Objects,
  spec: ModelSpec,
  historyUri: string,
  joined: Joined,
): Promise<RetrainingTable> {
  const columns = [spec.time.column, ...spec.features.map((feature) => feature.name), spec.label.column];
  const history = parseTable(historyUri, await objects.get(historyUri));
  const places = columns.map((name) => history.columns.indexOf(name));
  const historyRows = history.rows.map((row) => places.map((place) => row[place] ?? ""));
  const { fresh, knownRows, duplicates } = freshRows(historyRows, joined);
  const newest = historyRows.reduce((time, row) => ((row[0] ?? "") > time ? (row[0] ?? "") : time), "");
  const isNew = new Set<readonly (string | null)[]>(fresh);
  const all = [...historyRows, ...fresh].sort((a, b) =>
    (a[0] ?? "") < (b[0] ?? "") ? -1 : (a[0] ?? "") > (b[0] ?? "") ? 1 : 0,
  );
  const kept = all.slice(-spec.retraining.rows);
  const newRows = kept.filter((row) => isNew.has(row)).length;
  return {
    csv: toCsv(kept, columns),
    rows: kept.length,
    historyRows: kept.length - newRows,
    newRows,
    knownRows,
    duplicates,
    freshRows: fresh.length,
    lateRows: fresh.filter((row) => (row[0] ?? "") <= newest).length,
    oldNewRows: fresh.length - newRows,
    oldHistoryRows: historyRows.length - (kept.length - newRows),
  };
}

/** Joined rows that the history does not have, each once; the others are counted. */
function freshRows(history: readonly (readonly string[])[], joined: Joined) {
  const known = new Set(history.map((row) => row.join("\u0000")));
  const lines = new Set<string>();
  const fresh: (string | null)[][] = [];
  let [knownRows, duplicates] = [0, 0];
  for (const { observation, label } of joined.rows) {
    const row = [new Date(observation.at).toISOString(), ...observation.features, label];
    const line = row.join("\u0000");
    if (known.has(line)) knownRows += 1;
    else if (lines.has(line)) duplicates += 1;
    else {
      lines.add(line);
      fresh.push(row);
    }
  }
  return { fresh, knownRows, duplicates };
}

/** Where the history of a dataset lies (see prepareDataset/freeze). */
export const historyUri = (
  bucket: string,
  manifest: Pick<DatasetManifest, "modelName" | "datasetId">,
): string => `s3://${bucket}/judge/${manifest.modelName}/${manifest.datasetId}/table.csv`;
