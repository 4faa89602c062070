/** Plans the training of a release: loads the facts, hands the state machine complete requests, remembers the job's name. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import { trainingInput } from "../../contracts/events.ts";
import { PRODUCTION, readResolvedSpec } from "../../contracts/modelSpec.ts";
import { keys, type LiveRecord, type ReleaseRecord } from "../../contracts/records.ts";
import { SluiceError } from "../shared/errors.ts";
import { parseInput } from "../shared/input.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { change, mustLoad, type Records } from "../shared/records.ts";
import { modelDataUri, planTraining, servingEnvironment, type TrainingPlan } from "./plan.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"planTraining">;
  readonly records: Records;
  readonly objects: Objects;
  readonly log: Log;
}

export function createHandler({ environment, records, objects, log }: Dependencies) {
  return async (event: unknown): Promise<TrainingPlan> => {
    const input = parseInput("input of planTraining", trainingInput, event);
    const key = keys.release(input.modelName, input.releaseId);
    const release = await mustLoad<ReleaseRecord>(records, key);
    if (!release.manifestUri)
      throw new SluiceError(
        "MissingRecord",
        `${key.pk}: expected a dataset, found none; run the Data stage first`,
      );
    const spec = readResolvedSpec(await objects.getText(release.specUri));
    const manifest = JSON.parse(await objects.getText(release.manifestUri)) as DatasetManifest;
    const champion = await loadChampion(input.modelName);
    // Job names are unique for good: the execution's name and the attempt keep a retried stage from colliding.
    const attempt = input.execution
      .replaceAll(/[^A-Za-z0-9-]/g, "-")
      .slice(-30)
      .replace(/^-+|-+$/g, "");
    const image = spec.training.image.includes("/")
      ? spec.training.image
      : `${environment.IMAGE_REGISTRY}/${spec.training.image}`;
    const plan = planTraining({
      spec,
      release,
      manifest,
      champion: champion?.release ?? null,
      championIsComparable: champion !== null && champion.columns === JSON.stringify(manifest.columns),
      image,
      trainingRoleArn: environment.TRAINING_ROLE_ARN,
      kmsKeyArn: environment.KMS_KEY_ARN,
      artifactBucket: environment.ARTIFACT_BUCKET,
      attempt,
    });
    const trainingJobName = plan.trainingJob.TrainingJobName as string;
    await change<ReleaseRecord>(records, key, null, (record) => ({
      ...record,
      trainingJobName,
      image,
      modelDataUri: modelDataUri(environment.ARTIFACT_BUCKET, trainingJobName),
      modelEnvironment: servingEnvironment(spec),
    }));
    log.info("training planned", { trainingJobName, champion: champion?.release.releaseId ?? "none" });
    return plan;
  };

  async function loadChampion(
    modelName: string,
  ): Promise<{ release: ReleaseRecord; columns: string } | null> {
    const live = await records.load<LiveRecord>(keys.live(PRODUCTION, modelName));
    if (!live) return null;
    const release = await mustLoad<ReleaseRecord>(records, keys.release(modelName, live.live.releaseId));
    if (!release.manifestUri) return null;
    const manifest = JSON.parse(await objects.getText(release.manifestUri)) as DatasetManifest;
    return { release, columns: JSON.stringify(manifest.columns) };
  }
}
