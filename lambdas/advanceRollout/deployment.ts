/** Records what serves now and the lineage of how it got there. */
import { type DeployedModel, keys, type LineageRecord, type LiveRecord } from "../../contracts/records.ts";
import type { Records } from "../shared/records.ts";
import { captureUri, type EffectContext } from "./effects.ts";

/** Run twice, the second run finds the configuration recorded as live and changes nothing. */
export async function recordDeployment(records: Records, context: EffectContext, now: Date): Promise<void> {
  const { record, release, environment } = context;
  const key = keys.live(record.environment, record.modelName);
  const current = await records.load<LiveRecord>(key);
  if (current?.live.endpointConfigName === record.requestedConfigName) return;
  const deployedAt = now.toISOString();
  const deployed: DeployedModel =
    record.kind === "rollback" && current?.previous
      ? { ...current.previous, deployedAt }
      : {
          releaseId: release.releaseId,
          endpointConfigName: record.requestedConfigName,
          sagemakerModelName: record.requestedConfigName,
          modelPackageArn: release.modelPackageArn ?? null,
          deployedAt,
          captureUri: captureUri(environment.CAPTURE_BUCKET, record.modelName, record.requestedConfigName),
        };
  const replaced = current?.live ?? null;
  const lineage: LineageRecord = {
    modelName: record.modelName,
    environment: record.environment,
    deployedAt,
    release,
    rollout: record,
    deployed,
    replaced,
  };
  // The lineage is written first: nothing counts as deployed without it.
  await records.append(
    keys.lineage(record.modelName, `${record.startedAt}#${record.rolloutId}`, record.environment),
    lineage,
  );
  await records.save<LiveRecord>(key, {
    version: current?.version ?? 0,
    endpointName: record.endpointName,
    live: deployed,
    // What was rolled back from is never a target to go back to.
    previous: record.kind === "rollback" ? null : replaced,
  });
}
