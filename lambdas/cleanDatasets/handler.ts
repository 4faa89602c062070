/** Deletes frozen datasets that no deployment was made from and that nobody used for long; a scheduled sweep over the models. */
import * as z from "zod";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import { type DatasetRecord, keys } from "../../contracts/records.ts";
import { type CleanupFacts, datasetsToDelete, protectedDatasets } from "../../core/dataset/cleanup.ts";
import { SluiceError } from "../shared/errors.ts";
import { parseInput } from "../shared/input.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import type { Records } from "../shared/records.ts";
import { referredDatasets } from "./referred.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"cleanDatasets">;
  readonly records: Records;
  readonly objects: Pick<Objects, "list"> & {
    /** Deletes the current version; the bucket keeps the bytes for its time of grace. */
    remove(uri: string): Promise<void>;
  };
  readonly log: Log;
  readonly now: () => Date;
}

const sweep = z.object({ models: z.array(z.string()) });

export function createHandler(dependencies: Dependencies) {
  return async (event: unknown): Promise<{ deleted: string[] }> => {
    const { models } = parseInput("clean-up", sweep, event);
    const deleted: string[] = [];
    for (const modelName of models)
      for (const datasetId of datasetsToDelete(await loadFacts(dependencies, modelName)))
        if (await clean(dependencies, modelName, datasetId)) deleted.push(datasetId);
    return { deleted };
  };
}

async function loadFacts({ records, now }: Dependencies, modelName: string): Promise<CleanupFacts> {
  return {
    datasets: await records.list<DatasetRecord>(`DATASET#${modelName}`, ""),
    referred: await referredDatasets(records, modelName),
    now: now(),
  };
}

/**
 * Marks the dataset first: a release that freezes the same bytes meets the mark, or its own mark makes this one fail. What refers to the
 * dataset is read once more after that, so one that became live meanwhile stays.
 */
async function clean(dependencies: Dependencies, modelName: string, datasetId: string): Promise<boolean> {
  const { records, log, now } = dependencies;
  const key = keys.dataset(modelName, datasetId);
  const marked = await mark(dependencies, modelName, datasetId);
  if (marked === null) return false;
  const facts = await loadFacts(dependencies, modelName);
  if (protectedDatasets(facts).has(datasetId)) {
    await records.save(key, {
      ...marked,
      state: "kept",
      deletingSince: null,
      lastUsedAt: now().toISOString(),
    });
    log.info("dataset kept: it came into use meanwhile", { modelName, datasetId });
    return false;
  }
  const count = await removeFiles(dependencies, modelName, datasetId);
  await records.save(key, { ...marked, state: "deleted", deletingSince: null });
  log.info("dataset deleted", { modelName, datasetId, objects: count, lastUsedAt: marked.lastUsedAt });
  return true;
}

/** The record with the mark; null when the dataset is in use again. */
async function mark(
  dependencies: Dependencies,
  modelName: string,
  datasetId: string,
): Promise<DatasetRecord | null> {
  const { records, log, now } = dependencies;
  const key = keys.dataset(modelName, datasetId);
  const record = await records.load<DatasetRecord>(key);
  const facts = await loadFacts(dependencies, modelName);
  if (!record || !datasetsToDelete(facts).includes(datasetId)) return null;
  try {
    return await records.save<DatasetRecord>(key, {
      ...record,
      state: "deleting",
      deletingSince: now().toISOString(),
    });
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== "RecordChanged") throw error;
    log.info("dataset kept: a release uses it", { modelName, datasetId });
    return null;
  }
}

/** The manifest goes first: a dataset without one was never whole. */
async function removeFiles(
  { objects, environment }: Dependencies,
  modelName: string,
  datasetId: string,
): Promise<number> {
  const files = (
    await Promise.all(
      ["datasets", "judge"].map((folder) =>
        objects.list(`s3://${environment.DATA_BUCKET}/${folder}/${modelName}/${datasetId}/`),
      ),
    )
  ).flat();
  const isManifest = (uri: string): boolean => uri.endsWith("/manifest.json");
  for (const { uri } of files.toSorted((a, b) => Number(isManifest(b.uri)) - Number(isManifest(a.uri))))
    await objects.remove(uri);
  return files.length;
}
