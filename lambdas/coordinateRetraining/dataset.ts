/** Builds the raw table of a retraining: what was served, joined with its labels, below the history the champion was made from. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { LineageRecord } from "../../contracts/records.ts";
import type { TableCounts } from "../../core/dataset/accounts.ts";
import { type Joined, joinLabels } from "../../core/dataset/join.ts";
import { hoursOf, readLabels, readServed } from "../shared/captures.ts";
import { csvRecords } from "../shared/csvRecords.ts";
import type { LargeObjects } from "../shared/largeObjects.ts";
import type { Objects } from "../shared/objects.ts";
import { toCsv } from "../shared/table.ts";

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
 * duplicate and enters once. History comes from the frozen dataset of the model in service, which lies in time order; it is read as a stream,
 * so that its size is no matter: only its newest `rows` are held.
 */
export async function buildTable(
  objects: Pick<LargeObjects, "read">,
  spec: ModelSpec,
  historyUri: string,
  joined: Joined,
): Promise<RetrainingTable> {
  const columns = [spec.time.column, ...spec.features.map((feature) => feature.name), spec.label.column];
  const served = joined.rows.map(({ observation, label }) => [
    new Date(observation.at).toISOString(),
    ...observation.features,
    label,
  ]);
  const history = await readHistory(objects, historyUri, columns, served, spec.retraining.rows);
  const { fresh, knownRows, duplicates } = freshRows(history.known, served);
  const isNew = new Set<readonly (string | null)[]>(fresh);
  const all = [...history.newest, ...fresh].sort((a, b) =>
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
    lateRows: fresh.filter((row) => (row[0] ?? "") <= history.last).length,
    oldNewRows: fresh.length - newRows,
    oldHistoryRows: history.rows - (kept.length - newRows),
  };
}

type Cells = readonly (string | null)[];

const lineOf = (row: Cells): string => row.join("\u0000");

interface History {
  readonly rows: number;
  /** Its newest rows, at most as many as asked for. */
  readonly newest: readonly (readonly string[])[];
  /** Time of its newest row. */
  readonly last: string;
  /** Lines of served rows that it has. */
  readonly known: ReadonlySet<string>;
}

async function readHistory(
  objects: Pick<LargeObjects, "read">,
  uri: string,
  columns: readonly string[],
  served: readonly Cells[],
  most: number,
): Promise<History> {
  const lines = new Set(served.map(lineOf));
  const first = served[0]?.[0] ?? "";
  const known = new Set<string>();
  let newest: (readonly string[])[] = [];
  let rows = 0;
  let last = "";
  let places: readonly number[] | undefined;
  for await (const record of csvRecords(uri, await objects.read(uri))) {
    if (places === undefined) {
      places = columns.map((name) => record.indexOf(name));
      continue;
    }
    const row = places.map((place) => record[place] ?? "");
    rows++;
    last = row[0] as string;
    if (last >= first && lines.has(lineOf(row))) known.add(lineOf(row));
    newest.push(row);
    if (newest.length >= 2 * most) newest = newest.slice(-most);
  }
  return { rows, newest: newest.slice(-most), last, known };
}

/** Served rows that the history does not have, each once; the others are counted. */
function freshRows(known: ReadonlySet<string>, served: readonly Cells[]) {
  const lines = new Set<string>();
  const fresh: Cells[] = [];
  let [knownRows, duplicates] = [0, 0];
  for (const row of served) {
    const line = lineOf(row);
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
