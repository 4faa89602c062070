/** Reads from the records which datasets something still refers to. */
import { ENVIRONMENTS } from "../../contracts/modelSpec.ts";
import {
  keys,
  type LineageRecord,
  type LiveRecord,
  type ReleaseRecord,
  type RetrainingState,
  type RolloutRecord,
} from "../../contracts/records.ts";
import type { Records } from "../shared/records.ts";

/** Datasets of every deployment on record, of what serves or can be gone back to, and of rollouts and retrainings under way. */
export async function referredDatasets(records: Records, modelName: string): Promise<Set<string>> {
  const lineage = await records.list<LineageRecord>(`LINEAGE#${modelName}`, "");
  const releases = new Set<string | undefined>();
  for (const { deployed, replaced } of lineage) {
    releases.add(deployed.releaseId);
    releases.add(replaced?.releaseId);
  }
  for (const environment of ENVIRONMENTS) {
    const live = await records.load<LiveRecord>(keys.live(environment, modelName));
    releases.add(live?.live.releaseId);
    releases.add(live?.previous?.releaseId);
    releases.add((await records.load<RolloutRecord>(keys.rollout(environment, modelName)))?.releaseId);
  }
  const retraining = await records.load<RetrainingState>(keys.retraining(modelName));
  releases.add(retraining?.running?.pipelineExecutionId);
  const datasets = new Set(lineage.flatMap(({ release }) => release.datasetId ?? []));
  for (const releaseId of releases) {
    if (releaseId === undefined) continue;
    const release = await records.load<ReleaseRecord>(keys.release(modelName, releaseId));
    if (release?.datasetId) datasets.add(release.datasetId);
  }
  return datasets;
}
