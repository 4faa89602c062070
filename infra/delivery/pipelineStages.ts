/** What a pipeline does, stage by stage. */
import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type {
  CrossAccountAccess,
  EnvironmentOutputs,
  FoundationOutputs,
} from "../../contracts/stackOutputs.ts";
import type { DeliveryServices } from "./deliveryServices.ts";

export interface PipelineStagesArgs {
  readonly modelName: string;
  readonly foundation: FoundationOutputs;
  readonly staging: EnvironmentOutputs;
  readonly prod: EnvironmentOutputs;
  readonly services: DeliveryServices;
}

type Action = aws.types.input.codepipeline.PipelineStageAction;
const RELEASE_ID = "#{codepipeline.PipelineExecutionId}";

/** Source, Build, Data, Train, Staging, Approve, Production, with one action or two each. */
export function pipelineStages(args: PipelineStagesArgs): aws.types.input.codepipeline.PipelineStage[] {
  const { foundation, modelName, services, staging, prod } = args;
  const stage = (name: string, ...actions: Action[]) => ({ name, actions });
  const source = (name: string, key: string): Action => ({
    name,
    category: "Source",
    owner: "AWS",
    provider: "S3",
    version: "1",
    namespace: name,
    outputArtifacts: [name],
    configuration: { S3Bucket: foundation.artifactBucket, S3ObjectKey: key, PollForSourceChanges: "false" },
  });
  const parameters = JSON.stringify({
    releaseId: RELEASE_ID,
    modelName,
    dataUri: "#{variables.dataUri}",
    cause: "#{variables.cause}",
    requestId: "#{variables.requestId}",
    revision: "#{Source.VersionId}",
  });
  const lambda = (
    name: string,
    functionName: pulumi.Input<string>,
    runOrder: number,
    inputArtifacts: string[] = [],
  ): Action => ({
    name,
    category: "Invoke",
    owner: "AWS",
    provider: "Lambda",
    version: "1",
    runOrder,
    inputArtifacts,
    configuration: { FunctionName: functionName, UserParameters: parameters },
  });
  const machine = (
    name: string,
    stateMachineArn: pulumi.Input<string>,
    runOrder: number,
    access?: CrossAccountAccess,
  ): Action => ({
    name,
    category: "Invoke",
    owner: "AWS",
    provider: "StepFunctions",
    version: "1",
    runOrder,
    namespace: name,
    ...(access ? { roleArn: access.actionRoleArn } : {}),
    configuration: {
      StateMachineArn: stateMachineArn,
      InputType: "Literal",
      Input: JSON.stringify({ releaseId: RELEASE_ID, modelName, kind: "release" }),
    },
  });
  return [
    stage("Source", source("Source", `source/${modelName}.zip`), source("Tools", "tools/build-tools.zip")),
    stage("Build", {
      name: "Build",
      category: "Build",
      owner: "AWS",
      provider: "CodeBuild",
      version: "1",
      inputArtifacts: ["Source", "Tools"],
      outputArtifacts: ["Build"],
      configuration: {
        ProjectName: services.buildProject.name,
        PrimarySource: "Source",
        EnvironmentVariables: JSON.stringify([{ name: "MODEL_NAME", value: modelName, type: "PLAINTEXT" }]),
      },
    }),
    stage("Data", lambda("PrepareDataset", services.prepareDataset.functionName, 1, ["Build", "Source"])),
    stage("Train", machine("Train", services.training.stateMachineArn, 1)),
    stage(
      "Staging",
      machine("RolloutStaging", staging.rolloutStateMachineArn, 1, staging.crossAccount),
      // Nothing says that a Lambda may answer the job of another account: from there a state machine's end is the answer.
      staging.crossAccount
        ? machine("VerifyEndpoint", staging.crossAccount.verifyStateMachineArn, 2, staging.crossAccount)
        : lambda("VerifyEndpoint", staging.verifyFunctionName, 2),
    ),
    stage("Approve", {
      name: "Approve",
      category: "Approval",
      owner: "AWS",
      provider: "Manual",
      version: "1",
      configuration: {
        NotificationArn: foundation.alertTopicArn,
        CustomData: `Release ${RELEASE_ID} of ${modelName}: read its evaluation in evaluations/${modelName}/${RELEASE_ID}.json of the artifact bucket`,
      },
    }),
    stage(
      "Production",
      lambda("RecordApproval", services.recordApproval.functionName, 1),
      machine("RolloutProduction", prod.rolloutStateMachineArn, 2, prod.crossAccount),
    ),
  ];
}
