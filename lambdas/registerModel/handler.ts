/** Registers a judged candidate as a model package that waits for approval. Run twice, it finds its own package again. */
import { createHash } from "node:crypto";
import { CreateModelPackageCommand, type SageMakerClient } from "@aws-sdk/client-sagemaker";
import type { EnvironmentOf } from "../../contracts/environment.ts";
import { trainingInput } from "../../contracts/events.ts";
import { readResolvedSpec } from "../../contracts/modelSpec.ts";
import { keys, type ReleaseRecord } from "../../contracts/records.ts";
import { SluiceError } from "../shared/errors.ts";
import { parseInput } from "../shared/input.ts";
import type { Log } from "../shared/logger.ts";
import type { Objects } from "../shared/objects.ts";
import { change, mustLoad, type Records } from "../shared/records.ts";

export interface Dependencies {
  readonly environment: EnvironmentOf<"registerModel">;
  readonly records: Records;
  readonly objects: Objects;
  readonly sagemaker: Pick<SageMakerClient, "send">;
  readonly log: Log;
}

export interface Registered {
  readonly modelPackageArn: string;
  readonly verdict: string;
}

export function createHandler({ environment, records, objects, sagemaker, log }: Dependencies) {
  return async (event: unknown): Promise<Registered> => {
    const input = parseInput("input of registerModel", trainingInput, event);
    const key = keys.release(input.modelName, input.releaseId);
    const release = await mustLoad<ReleaseRecord>(records, key);
    if (!release.evaluation || !release.evaluationUri || !release.modelDataUri || !release.image)
      throw new SluiceError(
        "MissingRecord",
        `${key.pk}: expected an evaluated candidate; run Evaluate first`,
      );
    if (release.modelPackageArn)
      return { modelPackageArn: release.modelPackageArn, verdict: release.evaluation.verdict };
    const spec = readResolvedSpec(await objects.getText(release.specUri));
    const { ModelPackageArn } = await sagemaker.send(
      new CreateModelPackageCommand(packageOf(environment, release, spec.serving.instanceType)),
    );
    if (!ModelPackageArn) throw new SluiceError("TransientFailure", "CreateModelPackage returned no ARN");
    await change<ReleaseRecord>(records, key, null, (record) => ({
      ...record,
      modelPackageArn: ModelPackageArn,
    }));
    log.info("model registered", { modelPackageArn: ModelPackageArn, verdict: release.evaluation.verdict });
    return { modelPackageArn: ModelPackageArn, verdict: release.evaluation.verdict };
  };
}

function packageOf(
  environment: EnvironmentOf<"registerModel">,
  release: ReleaseRecord,
  instanceType: string,
) {
  const evaluation = release.evaluation as NonNullable<ReleaseRecord["evaluation"]>;
  return {
    ModelPackageGroupName: `${environment.MODEL_PACKAGE_GROUP_PREFIX}${release.modelName}`,
    ModelPackageDescription: `Release ${release.releaseId}: evaluation ${evaluation.verdict}`,
    ModelApprovalStatus: "PendingManualApproval" as const,
    // The same release registers once, whatever happens between the call and our record of it (ClientToken: at most 36 characters).
    ClientToken: createHash("sha256")
      .update(`${release.releaseId}/${release.modelDataUri}`)
      .digest("hex")
      .slice(0, 36),
    InferenceSpecification: {
      Containers: [
        {
          Image: release.image as string,
          ModelDataUrl: release.modelDataUri as string,
          Environment: { ...release.modelEnvironment },
        },
      ],
      SupportedContentTypes: ["text/csv"],
      SupportedResponseMIMETypes: ["text/csv"],
      SupportedRealtimeInferenceInstanceTypes: [instanceType as "ml.m5.large"],
    },
    MetadataProperties: {
      CommitId: release.commit.revision,
      GeneratedBy: release.trainingJobName ?? "unknown",
    },
    CustomerMetadataProperties: {
      releaseId: release.releaseId,
      datasetId: release.datasetId ?? "unknown",
      verdict: evaluation.verdict,
      cause: release.cause.kind,
    },
    ModelMetrics: {
      ModelQuality: {
        Statistics: { ContentType: "application/json", S3Uri: release.evaluationUri as string },
      },
    },
  };
}
