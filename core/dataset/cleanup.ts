/** Which frozen datasets may go, and which never: whatever a deployment, past or under way, was made from stays. */
import type { DatasetRecord } from "../../contracts/records.ts";

export interface CleanupPolicy {
  /** Days without use before a dataset may go. A release waits at most seven for its approval, and no longer than that for its data. */
  readonly keepDays: number;
  /** So many of the newest stay whatever their age. */
  readonly keepNewest: number;
}

export const CLEANUP_POLICY: CleanupPolicy = { keepDays: 30, keepNewest: 5 };

export interface CleanupFacts {
  readonly datasets: readonly DatasetRecord[];
  /**
   * Datasets of models that serve, stand ready to go back to, are being rolled out or retrained, or were ever deployed: a lineage that
   * names a dataset promises that it is there.
   */
  readonly referred: ReadonlySet<string>;
  readonly now: Date;
}

const DAY = 24 * 3_600_000;
/** After this long a Lambda that marked a dataset has ended, done or not: none runs longer. */
const LOCK = 15 * 60_000;

/** Referred datasets with those they were made from, at any remove. */
export function protectedDatasets({ datasets, referred }: CleanupFacts): Set<string> {
  const parents = new Map(datasets.map((dataset) => [dataset.datasetId, dataset.parents]));
  const kept = new Set<string>();
  const open = [...referred];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (kept.has(id)) continue;
    kept.add(id);
    open.push(...(parents.get(id) ?? []));
  }
  return kept;
}

/** Ids of the datasets to delete, the longest unused first. One whose deletion died half way is among them as long as nobody uses it. */
export function datasetsToDelete(facts: CleanupFacts, policy: CleanupPolicy = CLEANUP_POLICY): string[] {
  const kept = protectedDatasets(facts);
  const oldest = facts.now.getTime() - policy.keepDays * DAY;
  const present = facts.datasets
    .filter((dataset) => dataset.state !== "deleted")
    .sort(
      (a, b) => Date.parse(b.lastUsedAt) - Date.parse(a.lastUsedAt) || (a.datasetId < b.datasetId ? -1 : 1),
    );
  return present
    .slice(policy.keepNewest)
    .filter((dataset) => !kept.has(dataset.datasetId) && Date.parse(dataset.lastUsedAt) <= oldest)
    .filter((dataset) => !isLocked(dataset, facts.now))
    .map((dataset) => dataset.datasetId)
    .reverse();
}

/** Whether somebody may be deleting it at this moment. */
export function isLocked({ state, deletingSince }: DatasetRecord, now: Date): boolean {
  return state === "deleting" && now.getTime() - Date.parse(deletingSince ?? "") < LOCK;
}

/** The record of a dataset that is used now. The caller has made sure that it is not locked. */
export function used(
  before: DatasetRecord | null,
  { modelName, datasetId, parents }: Pick<DatasetRecord, "modelName" | "datasetId" | "parents">,
  now: Date,
): DatasetRecord {
  return {
    version: before?.version ?? 0,
    modelName,
    datasetId,
    parents: [...new Set([...(before?.parents ?? []), ...parents])].sort(),
    lastUsedAt: now.toISOString(),
    state: "kept",
    deletingSince: null,
  };
}

/** Datasets of a model that URIs lie in: those that a dataset was made from. */
export function datasetsIn(uris: readonly string[], modelName: string): string[] {
  const ids = uris.flatMap((uri) => {
    const [, model, id] = /^s3:\/\/[^/]+\/(?:datasets|judge)\/([^/]+)\/([^/]+)\//.exec(uri) ?? [];
    return model === modelName && id !== undefined ? [id] : [];
  });
  return [...new Set(ids)];
}
