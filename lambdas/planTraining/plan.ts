/** The requests that the training state machine sends to SageMaker, planned from the records. Pure. */
import type { DatasetManifest } from "../../contracts/dataset.ts";
import type { ModelSpec } from "../../contracts/modelSpec.ts";
import type { ReleaseRecord } from "../../contracts/records.ts";

export interface PlanFacts {
  readonly spec: ModelSpec;
  readonly release: ReleaseRecord;
  readonly manifest: DatasetManifest;
  /** Release of the model in service, or null when none serves yet. */
  readonly champion: ReleaseRecord | null;
  /** True when the champion takes the same columns in the same order. */
  readonly championIsComparable: boolean;
  readonly image: string;
  readonly trainingRoleArn: string;
  readonly kmsKeyArn: string;
  readonly artifactBucket: string;
  /** Unique for each attempt: part of every job's name. */
  readonly attempt: string;
}

export interface TransformPlan {
  readonly model: Record<string, unknown>;
  readonly job: Record<string, unknown>;
}

export interface TrainingPlan {
  readonly trainingJob: Record<string, unknown>;
  readonly challenger: TransformPlan;
  readonly champion: TransformPlan | null;
}

/** SageMaker serves user code only when told so: without `SAGEMAKER_PROGRAM` the image falls back to algorithm mode. */
export function servingEnvironment(spec: ModelSpec): Record<string, string> {
  return {
    SAGEMAKER_PROGRAM: spec.serving.entryPoint,
    SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code",
    PIP_NO_BUILD_ISOLATION: "0",
    SAGEMAKER_CONTAINER_LOG_LEVEL: "20",
  };
}

/** Where SageMaker puts the artifact of a training job. */
export const modelDataUri = (bucket: string, jobName: string): string =>
  `s3://${bucket}/training/${jobName}/output/model.tar.gz`;

export function planTraining(facts: PlanFacts): TrainingPlan {
  const { spec, release, manifest } = facts;
  const jobName = `${spec.name}-${facts.attempt}`;
  const dataUri = modelDataUri(facts.artifactBucket, jobName);
  const holdout = manifest.splits.holdout.features.uri;
  return {
    trainingJob: trainingJob(facts, jobName),
    challenger: transform(facts, `${jobName}-challenger`, holdout, {
      image: facts.image,
      dataUri,
      environment: servingEnvironment(spec),
    }),
    champion:
      facts.champion && facts.championIsComparable && facts.champion.modelDataUri && facts.champion.image
        ? transform(facts, `${jobName}-champion`, holdout, {
            image: facts.champion.image,
            dataUri: facts.champion.modelDataUri,
            environment: { ...facts.champion.modelEnvironment },
          })
        : null,
  };

  function trainingJob(given: PlanFacts, name: string): Record<string, unknown> {
    const channel = (split: "train" | "validation") => ({
      ChannelName: split,
      ContentType: "text/csv",
      DataSource: {
        S3DataSource: {
          S3DataType: "S3Prefix",
          S3Uri: manifest.splits[split].features.uri.replace(/features\.csv$/, ""),
          S3DataDistributionType: "FullyReplicated",
        },
      },
    });
    return {
      TrainingJobName: name,
      RoleArn: given.trainingRoleArn,
      AlgorithmSpecification: {
        TrainingImage: given.image,
        TrainingInputMode: "File",
        MetricDefinitions: [{ Name: "validation:auc", Regex: "validation-auc:([0-9.]+)" }],
      },
      HyperParameters: {
        ...Object.fromEntries(
          Object.entries(spec.training.hyperparameters).map(([key, value]) => [key, JSON.stringify(value)]),
        ),
        sagemaker_program: JSON.stringify(spec.training.entryPoint),
        sagemaker_submit_directory: JSON.stringify(release.commit.sourceUri),
      },
      InputDataConfig: [channel("train"), channel("validation")],
      OutputDataConfig: { S3OutputPath: `s3://${given.artifactBucket}/training`, KmsKeyId: given.kmsKeyArn },
      ResourceConfig: {
        InstanceType: spec.training.instanceType,
        InstanceCount: 1,
        VolumeSizeInGB: 10,
        VolumeKmsKeyId: given.kmsKeyArn,
      },
      StoppingCondition: { MaxRuntimeInSeconds: spec.training.maxRuntime },
      Tags: tags(given),
    };
  }
}

function transform(
  facts: PlanFacts,
  name: string,
  holdoutUri: string,
  container: { image: string; dataUri: string; environment: Record<string, string> },
): TransformPlan {
  return {
    model: {
      ModelName: name,
      ExecutionRoleArn: facts.trainingRoleArn,
      PrimaryContainer: {
        Image: container.image,
        ModelDataUrl: container.dataUri,
        Environment: container.environment,
      },
      Tags: tags(facts),
    },
    job: {
      TransformJobName: name,
      ModelName: name,
      BatchStrategy: "MultiRecord",
      MaxPayloadInMB: 6,
      TransformInput: {
        ContentType: "text/csv",
        SplitType: "Line",
        DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: holdoutUri } },
      },
      TransformOutput: {
        S3OutputPath: `s3://${facts.artifactBucket}/predictions/${name}`,
        AssembleWith: "Line",
        Accept: "text/csv",
        KmsKeyId: facts.kmsKeyArn,
      },
      TransformResources: {
        InstanceType: facts.spec.training.instanceType,
        InstanceCount: 1,
        VolumeKmsKeyId: facts.kmsKeyArn,
      },
      Tags: tags(facts),
    },
  };
}

const tags = (facts: PlanFacts): { Key: string; Value: string }[] => [
  { Key: "sluice:model", Value: facts.spec.name },
  { Key: "sluice:release", Value: facts.release.releaseId },
];
