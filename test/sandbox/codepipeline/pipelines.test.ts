import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { strFromU8, unzipSync } from "fflate";
import { createDeliveryWorld, type DeliveryWorld, zipOf } from "../../support/deliveryWorld.ts";

const minute = 60_000;
const hour = 60 * minute;
const roleArn = "arn:aws:iam::000000000000:role/pipeline";
const type = (category: string, provider: string): object => ({
  category,
  owner: "AWS",
  provider,
  version: "1",
});

const source = {
  name: "Source",
  actionTypeId: type("Source", "S3"),
  namespace: "Src",
  outputArtifacts: [{ name: "SourceArtifact" }],
  configuration: { S3Bucket: "in", S3ObjectKey: "source.zip", PollForSourceChanges: "false" },
};
const lambda = (name: string, more: object = {}): object => ({
  name,
  actionTypeId: type("Invoke", "Lambda"),
  configuration: {
    FunctionName: name,
    UserParameters: "#{codepipeline.PipelineExecutionId}|#{variables.cause}|#{Src.VersionId}",
  },
  ...more,
});
const approval = {
  name: "Approve",
  actionTypeId: type("Approval", "Manual"),
  configuration: { NotificationArn: "arn:topic", CustomData: "see #{Src.VersionId}" },
};

describe("pipelines", () => {
  let world: DeliveryWorld;
  /** Jobs given to functions, newest last. */
  // biome-ignore lint/suspicious/noExplicitAny: events as AWS sends them
  let jobs: any[];
  const create = (stages: object[], more: object = {}): Promise<unknown> =>
    world.pipeline("CreatePipeline", {
      pipeline: {
        name: "release",
        roleArn,
        pipelineType: "V2",
        executionMode: "QUEUED",
        artifactStore: { type: "S3", location: "store" },
        variables: [{ name: "cause", defaultValue: "commit" }],
        stages: [{ name: "Source", actions: [source] }, ...stages],
        ...more,
      },
    });
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  const executions = async (): Promise<any[]> =>
    (await world.pipeline("ListPipelineExecutions", { pipelineName: "release" })).pipelineExecutionSummaries;
  const statuses = async (): Promise<string[]> => (await executions()).map(({ status }) => status);
  // biome-ignore lint/suspicious/noExplicitAny: outputs have the shape of AWS's service model
  const action = async (name: string): Promise<any> => {
    const { actionExecutionDetails } = await world.pipeline("ListActionExecutions", {
      pipelineName: "release",
    });
    return actionExecutionDetails.find((detail: { actionName: string }) => detail.actionName === name);
  };
  const succeed = (more: object = {}): Promise<unknown> =>
    world.pipeline("PutJobSuccessResult", { jobId: jobs.at(-1).id, ...more });

  beforeEach(async () => {
    world = await createDeliveryWorld();
    jobs = [];
    world.kernel.objects.set("s3://in/source.zip", zipOf({ "a.txt": "hello" }));
    world.kernel.stubs.set("lambda:Invoke", (input) => {
      jobs.push(JSON.parse(Buffer.from(input.Payload as Uint8Array).toString())["CodePipeline.job"]);
      return { StatusCode: 202 };
    });
    world.kernel.stubs.set("sns:Publish", () => ({ MessageId: "1" }));
  });
  afterEach(() => world.kernel.stop());

  it("runs once when it is created: source, build, machine, function, approval", async () => {
    await world.project(
      "builder",
      "version: 0.2\nenv: { exported-variables: [SIZE] }\nphases: { build: { commands: ['export SIZE=$(cat a.txt | wc -c)', 'echo $MODEL > out.txt'] } }\nartifacts: { files: [out.txt] }\n",
      {
        source: {
          type: "CODEPIPELINE",
          buildspec:
            "version: 0.2\nenv: { exported-variables: [SIZE] }\nphases: { build: { commands: ['export SIZE=$(cat a.txt | wc -c)', 'echo $MODEL > out.txt'] } }\nartifacts: { files: [out.txt] }\n",
        },
        artifacts: { type: "CODEPIPELINE" },
      },
    );
    const machine = await world.kernel.send("stepfunctions", "CreateStateMachine", {
      name: "m",
      roleArn,
      definition: JSON.stringify({
        QueryLanguage: "JSONata",
        StartAt: "A",
        States: { A: { Type: "Wait", Seconds: 300, Next: "B" }, B: { Type: "Succeed" } },
      }),
    });
    await create([
      {
        name: "Build",
        actions: [
          {
            name: "Build",
            actionTypeId: type("Build", "CodeBuild"),
            namespace: "Built",
            inputArtifacts: [{ name: "SourceArtifact" }],
            outputArtifacts: [{ name: "Built" }],
            configuration: {
              ProjectName: "builder",
              EnvironmentVariables: '[{"name":"MODEL","value":"bank"}]',
            },
          },
        ],
      },
      {
        name: "Deploy",
        actions: [
          {
            name: "Roll",
            runOrder: 1,
            actionTypeId: type("Invoke", "StepFunctions"),
            outputArtifacts: [{ name: "Rolled" }],
            configuration: {
              StateMachineArn: machine.stateMachineArn,
              InputType: "Literal",
              Input: '{"size":"#{Built.SIZE}"}',
            },
          },
          lambda("verify", { runOrder: 2, inputArtifacts: [{ name: "Built" }] }),
        ],
      },
      { name: "Approve", actions: [approval] },
    ]);
    await world.kernel.clock.advance(20 * minute);
    const [{ trigger, pipelineExecutionId }] = await executions();
    assert.equal(trigger.triggerType, "CreatePipeline");
    assert.equal(jobs.length, 1, JSON.stringify((await action("Build")).output));
    assert.equal(
      jobs[0].data.actionConfiguration.configuration.UserParameters,
      `${pipelineExecutionId}|commit|v${world.kernel.objects.get("s3://in/source.zip")?.length}`,
    );
    const { bucketName, objectKey } = jobs[0].data.inputArtifacts[0].location.s3Location;
    const built = unzipSync(world.kernel.objects.get(`s3://${bucketName}/${objectKey}`) ?? new Uint8Array());
    assert.equal(strFromU8(built["out.txt"] ?? new Uint8Array()), "bank\n");

    await succeed({ outputVariables: { a: "b" }, executionDetails: { summary: "fine" } });
    await world.kernel.clock.advance(minute);
    const state = await world.pipeline("GetPipelineState", { name: "release" });
    const waiting = state.stageStates[3].actionStates[0].latestExecution;
    const note = JSON.parse(
      String(world.kernel.calls.find((call) => call.service === "sns")?.input.Message),
    ).approval;
    assert.deepEqual(
      [note.token, note.customData],
      [waiting.token, `see v${world.kernel.objects.get("s3://in/source.zip")?.length}`],
    );
    const answer = { pipelineName: "release", stageName: "Approve", actionName: "Approve" };
    await assert.rejects(
      world.pipeline("PutApprovalResult", {
        ...answer,
        token: "x",
        result: { status: "Approved", summary: "" },
      }),
      { name: "InvalidApprovalTokenException" },
    );
    await world.pipeline("PutApprovalResult", {
      ...answer,
      token: waiting.token,
      result: { status: "Approved", summary: "looks right" },
    });
    await world.kernel.clock.settle();

    assert.deepEqual(await statuses(), ["Succeeded"]);
    assert.match((await action("Approve")).updatedBy, /:root$/);
    await assert.rejects(
      world.pipeline("PutApprovalResult", {
        ...answer,
        token: waiting.token,
        result: { status: "Approved", summary: "" },
      }),
      { name: "ApprovalAlreadyCompletedException" },
    );
    const states = world.kernel.events
      .filter((e) => e["detail-type"] === "CodePipeline Pipeline Execution State Change")
      .map((e) => e.detail.state);
    assert.deepEqual(states, ["STARTED", "SUCCEEDED"]);
  });

  it("asks a continued function again with its token, and fails one that stays silent for 20 minutes", async () => {
    await create([{ name: "Work", actions: [lambda("f")] }]);
    await world.kernel.clock.advance(10 * minute);
    await succeed({ continuationToken: "t1" });
    await world.kernel.clock.advance(minute);
    assert.deepEqual(
      jobs.map(({ data }) => data.continuationToken),
      [undefined, "t1"],
    );
    await assert.rejects(
      succeed({ continuationToken: "t2", outputVariables: { a: "b" } }),
      /cannot be given together/,
    );
    await world.kernel.clock.advance(15 * minute);
    assert.deepEqual(await statuses(), ["InProgress"]);
    await world.kernel.clock.advance(10 * minute);

    assert.deepEqual(await statuses(), ["Failed"]);
    assert.match(
      (await action("f")).output.executionResult.errorDetails.message,
      /failed to return a result/,
    );
    await assert.rejects(succeed(), { name: "InvalidJobStateException" });
  });

  it("reports a failed job and retries only what failed", async () => {
    await create([{ name: "Work", actions: [lambda("good"), lambda("bad")] }]);
    await world.kernel.clock.advance(minute);
    await world.pipeline("PutJobSuccessResult", { jobId: jobs[0].id });
    await world.pipeline("PutJobFailureResult", {
      jobId: jobs[1].id,
      failureDetails: { type: "ConfigurationError", message: "InvalidInput: no data" },
    });
    await world.kernel.clock.settle();
    const [{ pipelineExecutionId }] = await executions();
    assert.deepEqual((await action("bad")).output.executionResult.errorDetails, {
      code: "ConfigurationError",
      message: "InvalidInput: no data",
    });

    await world.pipeline("RetryStageExecution", {
      pipelineName: "release",
      stageName: "Work",
      pipelineExecutionId,
      retryMode: "FAILED_ACTIONS",
    });
    await world.kernel.clock.settle();
    assert.deepEqual(
      jobs.map(({ data }) => data.actionConfiguration.configuration.FunctionName),
      ["good", "bad", "bad"],
    );
    await succeed();
    await world.kernel.clock.settle();
    assert.deepEqual(await statuses(), ["Succeeded"]);
  });

  it("names the permission that the role lacks", async () => {
    world.kernel.denied.add("lambda:Invoke");
    await create([{ name: "Work", actions: [lambda("f")] }]);
    await world.kernel.clock.advance(minute);

    const { code, message } = (await action("f")).output.executionResult.errorDetails;
    assert.equal(code, "PermissionError");
    assert.match(message, /lambda:Invoke/);
  });

  const queue = async (executionMode: string): Promise<string[]> => {
    await create([{ name: "Work", actions: [lambda("f")] }], { executionMode });
    await world.kernel.clock.advance(minute);
    for (const clientRequestToken of ["a", "a", "b"]) {
      await world.pipeline("StartPipelineExecution", {
        name: "release",
        clientRequestToken,
        variables: [{ name: "cause", value: clientRequestToken }],
      });
      await world.kernel.clock.advance(minute);
    }
    await succeed();
    await world.kernel.clock.advance(minute);
    return statuses();
  };

  it("keeps the order in QUEUED mode and starts one execution per request token", async () => {
    assert.deepEqual(await queue("QUEUED"), ["InProgress", "InProgress", "Succeeded"]);
    assert.match(jobs.at(-1).data.actionConfiguration.configuration.UserParameters, /\|a\|/);
  });

  it("lets a newer execution overtake a waiting one in SUPERSEDED mode", async () => {
    assert.deepEqual(await queue("SUPERSEDED"), ["InProgress", "Superseded", "Succeeded"]);
    assert.match(jobs.at(-1).data.actionConfiguration.configuration.UserParameters, /\|b\|/);
  });

  it("stops after running actions, or abandons them", async () => {
    await create([
      { name: "Work", actions: [lambda("f")] },
      { name: "Later", actions: [lambda("g")] },
    ]);
    await world.kernel.clock.advance(minute);
    const [{ pipelineExecutionId }] = await executions();
    await world.pipeline("StopPipelineExecution", {
      pipelineName: "release",
      pipelineExecutionId,
      reason: "lunch",
    });
    assert.deepEqual(await statuses(), ["Stopping"]);
    await assert.rejects(
      world.pipeline("StopPipelineExecution", { pipelineName: "release", pipelineExecutionId }),
      { name: "DuplicatedStopRequestException" },
    );
    await world.pipeline("StopPipelineExecution", {
      pipelineName: "release",
      pipelineExecutionId,
      abandon: true,
    });
    await world.kernel.clock.settle();

    assert.deepEqual(await statuses(), ["Stopped"]);
    assert.equal((await action("f")).status, "Abandoned");
    await assert.rejects(succeed(), { name: "InvalidJobStateException" });
  });

  it("times an approval out after its minutes", async () => {
    await create([{ name: "Approve", actions: [{ ...approval, timeoutInMinutes: 60 }] }]);
    await world.kernel.clock.advance(2 * hour);

    assert.deepEqual(await statuses(), ["Failed"]);
  });

  it("fails a source whose bucket has no versions", async () => {
    await world.kernel.stop();
    world = await createDeliveryWorld({ versioned: false });
    world.kernel.objects.set("s3://in/source.zip", zipOf({ a: "b" }));
    await create([{ name: "Approve", actions: [approval] }]);
    await world.kernel.clock.advance(minute);

    assert.match(
      (await action("Source")).output.executionResult.errorDetails.message,
      /must have versioning enabled/,
    );
  });

  it("refuses structures that AWS or the sandbox does not run, all problems at once", async () => {
    await assert.rejects(
      create(
        [
          {
            name: "Work",
            actions: [
              lambda("f", {
                configuration: { FunctionName: "f", UserParameters: `${"x".repeat(1001)}#{No.where}` },
              }),
              lambda("f"),
            ],
          },
        ],
        { executionMode: "PARALLEL" },
      ),
      (error: Error) => {
        assert.equal(error.name, "InvalidStructureException");
        for (const part of [
          /executionMode PARALLEL/,
          /at most 1000 characters, got 1012/,
          /no earlier action has the namespace/,
          /action name "f" is used twice/,
        ])
          assert.match(error.message, part);
        return true;
      },
    );
  });

  it("refuses variables that are not declared", async () => {
    await create([{ name: "Approve", actions: [approval] }]);
    await assert.rejects(
      world.pipeline("StartPipelineExecution", { name: "release", variables: [{ name: "x", value: "y" }] }),
      /declares no variables/,
    );
  });
});
