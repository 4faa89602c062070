/** Builds the raw table of a retraining: what was served, joined with its labels, below the history the champion was made from. */
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import { type TableCounts, tableCounts } from "../../core/dataset/accounts.ts";
import { type Joined, joinLabels } from "../../core/dataset/join.ts";
import {
  type Batch,
  type Cells,
  MERGE_START,
  type MergedRow,
  mergeRows,
} from "../../core/dataset/mergeRows.ts";
import { readLabelFiles, readServedFiles } from "../shared/captures.ts";
import type { LargeObjects } from "../shared/largeObjects.ts";
import type { Objects } from "../shared/objects.ts";
import { toCsv } from "../shared/table.ts";
import type { Sources } from "./facts.ts";
import { historyRows } from "./history.ts";

export interface Collected extends Joined {
  /** Captured records and rows that could not be read, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Joins all predictions of the span, whichever deployment answered them, with the labels that have arrived. */
export async function collect(
  objects: Objects,
  spec: ModelSpec,
  { served, labels }: Pick<Sources, "served" | "labels">,
): Promise<Collected> {
  const { observations, skipped } = await readServedFiles(objects, spec, served);
  return { ...joinLabels(observations, await readLabelFiles(objects, labels)), skipped };
}

export interface RetrainingTable extends TableCounts {
  readonly csv: string;
  readonly rows: number;
}

/** Columns of a retraining set. */
export const columnsOf = (spec: ModelSpec): string[] => [
  spec.time.column,
  ...spec.features.map((feature) => feature.name),
  spec.label.column,
];

/**
 * The newest `rows` of history and new rows in time order. A new row that was served before with the same time, features and label is a
 * duplicate and enters once. History comes from the frozen dataset of the model in service, which lies in time order; it is read as a stream,
 * so that its size is no matter: only the newest `rows` are held.
 */
export async function buildTable(
  objects: Pick<LargeObjects, "read">,
  spec: ModelSpec,
  historyUri: string,
  joined: Pick<Joined, "rows">,
): Promise<RetrainingTable> {
  const columns = columnsOf(spec);
  const most = spec.retraining.rows;
  const served = joined.rows.map(({ observation, label }) => [
    new Date(observation.at).toISOString(),
    ...observation.features.map((feature) => feature ?? ""),
    label,
  ]);
  let kept: MergedRow[] = [];
  let state = MERGE_START;
  for await (const merged of mergeRows(historyRows(objects, historyUri, columns), oneBatch(served))) {
    for (const row of merged.rows) kept.push(row);
    if (kept.length >= 2 * most) kept = kept.slice(-most);
    state = merged.state;
  }
  kept = kept.slice(-most);
  return {
    csv: toCsv(
      kept.map(({ cells }) => cells),
      columns,
    ),
    ...tableCounts(state, kept.length, kept.filter(({ isNew }) => isNew).length),
  };
}

async function* oneBatch(rows: readonly Cells[]): AsyncGenerator<Batch> {
  yield { at: 0, rows };
}
