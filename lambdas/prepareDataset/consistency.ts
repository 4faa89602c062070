/** Compares the data of a release with the dataset of the model in service, and keeps what the next comparison needs. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import { type ModelSpec, PRODUCTION } from "../../contracts/modelSpec.ts";
import { keys, type LiveRecord, type ReleaseRecord } from "../../contracts/records.ts";
import {
  type ConsistencyFinding,
  compareDatasets,
  type DatasetSummary,
  summarizeDataset,
} from "../../core/validation/consistency/index.ts";
import { SluiceError } from "../shared/errors.ts";
import { type Objects, sha256 } from "../shared/objects.ts";
import type { Records } from "../shared/records.ts";
import { divide, type FrozenRows } from "./splits.ts";

export interface ConsistencyDependencies {
  readonly records: Records;
  readonly objects: Objects;
  readonly environment: { readonly DATA_BUCKET: string };
}

export interface Consistency {
  /** null when the rows are too few to split, which freezing then refuses. */
  readonly summary: DatasetSummary | null;
  readonly warnings: readonly ConsistencyFinding[];
  /** What the manifest says about it. */
  readonly report: NonNullable<DatasetManifest["validation"]["consistency"]>;
}

/** Fails with every critical finding, its numbers and where the whole comparison lies; warnings are given back. */
export async function checkConsistency(
  { records, objects, environment }: ConsistencyDependencies,
  spec: ModelSpec,
  summary: DatasetSummary | null,
  cause: string,
): Promise<Consistency> {
  const previous = await lastAccepted(records, objects, spec.name);
  const isRetraining = cause !== "commit" && previous !== null;
  const result =
    summary === null
      ? ({ verdict: "pass", findings: [], checks: 0 } as const)
      : compareDatasets(previous, summary, {
          // A retraining takes a window of the newest rows, however many there were before.
          ...(isRetraining ? { expectedRows: Math.min(previous.rows, spec.retraining.rows) } : {}),
          wantedColumns: spec.features.map((feature) => feature.name),
          accepted: spec.data.accept ?? [],
        });
  const text = JSON.stringify({ previous, current: summary, ...result });
  const uri = `s3://${environment.DATA_BUCKET}/validation/${spec.name}/${sha256(text).slice(0, 32)}-consistency.json`;
  await objects.put(uri, text, "application/json");
  const of = (severity: string): ConsistencyFinding[] =>
    result.findings.filter((f) => f.severity === severity);
  const critical = of("critical");
  if (critical.length > 0)
    throw new SluiceError(
      "BadData",
      `${critical.length} of ${result.checks} comparisons with the last accepted dataset failed: ${critical.map((f) => `${f.code}: ${f.message}`).join("; ")}; what is meant goes into data.accept of model.yaml as code:column (full result: ${uri})`,
    );
  const warnings = of("warning");
  return { summary, warnings, report: { uri, checks: result.checks, warnings: warnings.length } };
}

/** null when the rows are too few to split. */
export function summarize(spec: ModelSpec, rows: FrozenRows): DatasetSummary | null {
  const divided = divide(spec, rows);
  if (divided === null) return null;
  return summarizeDataset({
    task: spec.task,
    features: spec.features.map(({ name, type }) => ({ name, type })),
    times: divided.rows.times,
    cells: divided.rows.features,
    labels: divided.rows.labels,
    splits: divided.ranges,
    overlapsInTime: divided.rule?.by === "group",
  });
}

/** The summary of what the model in service was made from; null for the first release and for datasets older than summaries. */
async function lastAccepted(
  records: Records,
  objects: Objects,
  modelName: string,
): Promise<DatasetSummary | null> {
  const live = await records.load<LiveRecord>(keys.live(PRODUCTION, modelName));
  const release = live && (await records.load<ReleaseRecord>(keys.release(modelName, live.live.releaseId)));
  if (!release?.datasetSummaryUri) return null;
  const summary = JSON.parse(await objects.getText(release.datasetSummaryUri)) as DatasetSummary;
  return summary.format === "sluice.dataset-summary" && summary.version === 1 ? summary : null;
}

/** Keeps the summary beside the holdout's labels, which it is made from too: no role of the model reads it. */
export async function keepSummary(
  { objects, environment }: ConsistencyDependencies,
  spec: ModelSpec,
  datasetId: string,
  { summary }: Consistency,
): Promise<string> {
  const uri = `s3://${environment.DATA_BUCKET}/judge/${spec.name}/${datasetId}/summary.json`;
  await objects.putNew(uri, JSON.stringify(summary), "application/json");
  return uri;
}
