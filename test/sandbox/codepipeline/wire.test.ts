import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BatchGetBuildsCommand, CodeBuildClient, CreateProjectCommand } from "@aws-sdk/client-codebuild";
import {
  CodePipelineClient,
  CreatePipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PutApprovalResultCommand,
} from "@aws-sdk/client-codepipeline";
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { CreateStateMachineCommand, SFNClient } from "@aws-sdk/client-sfn";
import { zipOf } from "../../support/deliveryWorld.ts";
import { missingMlServices } from "../../support/mlServices.ts";
import { image, inference } from "../../support/sagemakerWorld.ts";
import { startTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { tarball } from "../../support/tarball.ts";

const hour = 3_600_000;
const train = `
import os
open(os.path.join(os.environ["SM_MODEL_DIR"], "name.txt"), "w").write(open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "name.txt")).read())
`;

/** Everything over the wire: unmodified SDK clients, AWS's own service models, roles that may do only what they need. */
describe("delivery over the wire", () => {
  let sandbox: TestSandbox;
  let pipeline: CodePipelineClient;
  let roles: { training: string; machine: string; build: string; pipeline: string };
  const allow = (Action: string | string[], Resource: string | string[] = "*"): object => ({
    Effect: "Allow",
    Action,
    Resource,
  });

  before(async () => {
    sandbox = await startTestSandbox({ ministack: true, register: missingMlServices });
    const s3 = new S3Client({ ...sandbox.client(), forcePathStyle: true });
    pipeline = new CodePipelineClient(sandbox.client());
    for (const Bucket of ["in", "store", "data"]) {
      await s3.send(new CreateBucketCommand({ Bucket: `wire-${Bucket}` }));
      await s3.send(
        new PutBucketVersioningCommand({
          Bucket: `wire-${Bucket}`,
          VersioningConfiguration: { Status: "Enabled" },
        }),
      );
    }
    const put = (Bucket: string, Key: string, Body: Uint8Array | string) =>
      s3.send(new PutObjectCommand({ Bucket: `wire-${Bucket}`, Key, Body }));
    await put("in", "source.zip", zipOf({ "a.txt": "hello" }));
    await put("data", "source.tar.gz", await tarball({ "train.py": train }));
    await put("data", "train/name.txt", "trained");
    roles = {
      training: await sandbox.role(
        "training",
        ["sagemaker.amazonaws.com"],
        [allow(["s3:GetObject", "s3:PutObject", "s3:ListBucket"])],
      ),
      machine: await sandbox.role(
        "machine",
        ["states.amazonaws.com"],
        [
          allow([
            "sagemaker:CreateTrainingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:StopTrainingJob",
            "sagemaker:AddTags",
            "iam:PassRole",
          ]),
        ],
      ),
      build: await sandbox.role(
        "build",
        ["codebuild.amazonaws.com"],
        [allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::wire-store/*")],
      ),
      pipeline: await sandbox.role(
        "pipeline",
        ["codepipeline.amazonaws.com"],
        [
          allow(
            ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:GetBucketVersioning"],
            ["arn:aws:s3:::wire-in/*", "arn:aws:s3:::wire-store/*"],
          ),
          allow([
            "codebuild:StartBuild",
            "codebuild:BatchGetBuilds",
            "states:StartExecution",
            "states:DescribeExecution",
            "states:DescribeStateMachine",
          ]),
        ],
      ),
    };
  });
  after(() => sandbox.stop());

  it("takes a source through a build, a training job and an approval under the roles of AWS", async () => {
    const codebuild = new CodeBuildClient(sandbox.client());
    await codebuild.send(
      new CreateProjectCommand({
        name: "wire",
        serviceRole: roles.build,
        source: {
          type: "CODEPIPELINE",
          buildspec:
            "version: 0.2\nphases: { build: { commands: ['cp a.txt b.txt'] } }\nartifacts: { files: [b.txt] }\n",
        },
        artifacts: { type: "CODEPIPELINE" },
        environment: {
          type: "LINUX_CONTAINER",
          image: "aws/codebuild/standard:7.0",
          computeType: "BUILD_GENERAL1_SMALL",
        },
      }),
    );
    const machine = await new SFNClient(sandbox.client()).send(
      new CreateStateMachineCommand({
        name: "wire-train",
        roleArn: roles.machine,
        definition: JSON.stringify({
          QueryLanguage: "JSONata",
          StartAt: "Train",
          States: {
            Train: {
              Type: "Task",
              Resource: "arn:aws:states:::sagemaker:createTrainingJob.sync",
              Arguments: {
                TrainingJobName: "wire-job",
                RoleArn: roles.training,
                AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: "File" },
                HyperParameters: {
                  sagemaker_program: "train.py",
                  sagemaker_submit_directory: "s3://wire-data/source.tar.gz",
                },
                InputDataConfig: [
                  {
                    ChannelName: "train",
                    DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://wire-data/train/" } },
                  },
                ],
                OutputDataConfig: { S3OutputPath: "s3://wire-data/jobs" },
                ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 },
                StoppingCondition: { MaxRuntimeInSeconds: 600 },
              },
              End: true,
            },
          },
        }),
      }),
    );
    const aws = (category: "Source" | "Build" | "Invoke" | "Approval", provider: string) => ({
      category,
      owner: "AWS" as const,
      provider,
      version: "1",
    });
    await pipeline.send(
      new CreatePipelineCommand({
        pipeline: {
          name: "wire",
          roleArn: roles.pipeline,
          pipelineType: "V2",
          executionMode: "QUEUED",
          artifactStore: { type: "S3", location: "wire-store" },
          stages: [
            {
              name: "Source",
              actions: [
                {
                  name: "Source",
                  actionTypeId: aws("Source", "S3"),
                  outputArtifacts: [{ name: "Source" }],
                  configuration: {
                    S3Bucket: "wire-in",
                    S3ObjectKey: "source.zip",
                    PollForSourceChanges: "false",
                  },
                },
              ],
            },
            {
              name: "Build",
              actions: [
                {
                  name: "Build",
                  actionTypeId: aws("Build", "CodeBuild"),
                  inputArtifacts: [{ name: "Source" }],
                  outputArtifacts: [{ name: "Built" }],
                  configuration: { ProjectName: "wire" },
                },
              ],
            },
            {
              name: "Train",
              actions: [
                {
                  name: "Train",
                  actionTypeId: aws("Invoke", "StepFunctions"),
                  configuration: { StateMachineArn: machine.stateMachineArn ?? "", Input: "{}" },
                },
              ],
            },
            { name: "Approve", actions: [{ name: "Approve", actionTypeId: aws("Approval", "Manual") }] },
          ],
        },
      }),
    );
    await sandbox.clock.sleepUntil(sandbox.clock.now() + hour);

    const details = await pipeline.send(new ListActionExecutionsCommand({ pipelineName: "wire" }));
    const results = details.actionExecutionDetails?.map((d) =>
      `${d.actionName} ${d.status} ${d.output?.executionResult?.errorDetails?.message ?? ""}`.trim(),
    );
    assert.deepEqual(results, [
      "Approve InProgress",
      "Train Succeeded",
      "Build Succeeded",
      "Source Succeeded",
    ]);
    const state = await pipeline.send(new GetPipelineStateCommand({ name: "wire" }));
    const token = state.stageStates?.[3]?.actionStates?.[0]?.latestExecution?.token;
    await pipeline.send(
      new PutApprovalResultCommand({
        pipelineName: "wire",
        stageName: "Approve",
        actionName: "Approve",
        token,
        result: { status: "Approved", summary: "yes" },
      }),
    );
    const [summary] =
      (await pipeline.send(new ListPipelineExecutionsCommand({ pipelineName: "wire" })))
        .pipelineExecutionSummaries ?? [];
    const execution = await pipeline.send(
      new GetPipelineExecutionCommand({
        pipelineName: "wire",
        pipelineExecutionId: summary?.pipelineExecutionId,
      }),
    );
    assert.equal(execution.pipelineExecution?.status, "Succeeded");
    assert.ok(execution.pipelineExecution?.artifactRevisions?.[0]?.revisionId);
    const build =
      details.actionExecutionDetails?.find((d) => d.actionName === "Build")?.output?.executionResult
        ?.externalExecutionId ?? "";
    const found = await codebuild.send(new BatchGetBuildsCommand({ ids: [build] }));
    assert.equal(found.builds?.[0]?.buildStatus, "SUCCEEDED");
  });

  it("serves the trained artifact with an SDK client", async () => {
    const sagemaker = new SageMakerClient(sandbox.client());
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "wire-job" }));
    assert.equal(job.TrainingJobStatus, "Completed");
    const s3 = new S3Client({ ...sandbox.client(), forcePathStyle: true });
    await s3.send(
      new PutObjectCommand({
        Bucket: "wire-data",
        Key: "code.tar.gz",
        Body: await tarball({ "inference.py": inference }),
      }),
    );
    await sagemaker.send(
      new CreateModelCommand({
        ModelName: "wire",
        ExecutionRoleArn: roles.training,
        PrimaryContainer: {
          Image: image,
          ModelDataUrl: job.ModelArtifacts?.S3ModelArtifacts,
          Environment: {
            SAGEMAKER_PROGRAM: "inference.py",
            SAGEMAKER_SUBMIT_DIRECTORY: "s3://wire-data/code.tar.gz",
          },
        },
      }),
    );
    await sagemaker.send(
      new CreateEndpointConfigCommand({
        EndpointConfigName: "wire",
        ProductionVariants: [
          { VariantName: "primary", ModelName: "wire", InstanceType: "ml.m5.large", InitialInstanceCount: 1 },
        ],
      }),
    );
    await sagemaker.send(new CreateEndpointCommand({ EndpointName: "wire", EndpointConfigName: "wire" }));
    await sandbox.clock.sleepUntil(sandbox.clock.now() + hour);
    const endpoint = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: "wire" }));
    assert.equal(endpoint.EndpointStatus, "InService", endpoint.FailureReason);

    const runtime = new SageMakerRuntimeClient(sandbox.client());
    const invoke = (Body: string) =>
      runtime.send(
        new InvokeEndpointCommand({
          EndpointName: "wire",
          ContentType: "text/csv",
          Body,
          InferenceId: "i-1",
          CustomAttributes: "caller=x",
        }),
      );
    const answer = await invoke("1,2\n");

    assert.deepEqual(
      [answer.Body.transformToString(), answer.InvokedProductionVariant, answer.CustomAttributes],
      ["3.0\n", "primary", "model=NAME"],
    );
    await assert.rejects(
      invoke("fail"),
      (error: Error & { OriginalStatusCode?: number; $metadata?: { httpStatusCode?: number } }) => {
        assert.deepEqual(
          [error.name, error.OriginalStatusCode, error.$metadata?.httpStatusCode],
          ["ModelError", 500, 424],
        );
        return true;
      },
    );
    await assert.rejects(sagemaker.send(new DescribeEndpointCommand({ EndpointName: "absent" })), {
      name: "ValidationException",
      message: /Could not find endpoint/,
    });
  });
});
