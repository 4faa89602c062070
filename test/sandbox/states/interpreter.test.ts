import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { rolloutDefinition } from "../../../infra/serving/rolloutDefinition.ts";
import { ServiceError } from "../../../sandbox/kernel/types.ts";
import { createStatesWorld, type StatesWorld } from "../../support/statesWorld.ts";

const invoke = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke" };
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

describe("state machines", () => {
  let world: StatesWorld;
  beforeEach(() => {
    world = createStatesWorld();
  });
  afterEach(() => world.kernel.stop());

  it("evaluates Output and Assign with the variables as they were before the state", async () => {
    const arn = await world.machine("assign", "A", {
      A: { Type: "Pass", Assign: { x: 1, list: "{% [1..3] %}" }, Next: "B" },
      B: {
        Type: "Pass",
        Assign: { x: "{% $x + 1 %}" },
        Output: { before: "{% $x %}", sum: "{% $sum($list) %}" },
        Next: "C",
      },
      C: {
        Type: "Succeed",
        Output: {
          x: "{% $x %}",
          input: "{% $states.input %}",
          name: "{% $states.context.StateMachine.Name %}",
        },
      },
    });

    const done = await world.run(arn);

    assert.deepEqual(JSON.parse(done.output), { x: 2, input: { before: 1, sum: 6 }, name: "assign" });
  });

  it("tells virtual time by $now and waits in virtual time", async () => {
    const arn = await world.machine("time", "W", {
      W: { Type: "Wait", Seconds: "{% $states.input.seconds %}", Next: "Until" },
      Until: { Type: "Wait", Timestamp: "2026-01-06T00:00:00Z", Next: "T" },
      T: { Type: "Pass", Output: "{% $now() %}", End: true },
    });

    const done = await world.run(arn, { seconds: 7200 });

    assert.equal(JSON.parse(done.output), "2026-01-06T00:00:00.000Z");
    assert.equal(done.stopDate - done.startDate, 15 * 3600 * 1000);
  });

  it("retries by the first matching retrier with backoff, then catches", async () => {
    const times: number[] = [];
    world.onInvoke(() => {
      times.push(world.kernel.clock.now());
      throw named("Busy", "try later");
    });
    const arn = await world.machine("retry", "T", {
      T: {
        ...invoke,
        Arguments: { FunctionName: "f", Payload: {} },
        Retry: [
          { ErrorEquals: ["Never"], MaxAttempts: 0 },
          { ErrorEquals: ["Busy"], IntervalSeconds: 10, BackoffRate: 3, MaxAttempts: 3, MaxDelaySeconds: 60 },
        ],
        Catch: [
          { ErrorEquals: ["States.ALL"], Assign: { why: "{% $states.errorOutput.Error %}" }, Next: "Caught" },
        ],
        End: true,
      },
      Caught: {
        Type: "Succeed",
        Output: { why: "{% $why %}", cause: "{% $parse($states.input.Cause).errorMessage %}" },
      },
    });

    const done = await world.run(arn);

    assert.deepEqual(JSON.parse(done.output), { why: "Busy", cause: "try later" });
    assert.deepEqual(
      times.map((t) => (t - (times[0] ?? 0)) / 1000),
      [0, 10, 40, 100],
    );
  });

  it("does not retry an error whose retrier allows no attempt", async () => {
    let calls = 0;
    world.onInvoke(() => {
      calls += 1;
      throw named("InvalidInput", "no model");
    });
    const arn = await world.machine("once", "T", {
      T: {
        ...invoke,
        Arguments: { FunctionName: "f" },
        Retry: [{ ErrorEquals: ["InvalidInput"], MaxAttempts: 0 }, { ErrorEquals: ["States.ALL"] }],
        End: true,
      },
    });

    const done = await world.run(arn);

    assert.deepEqual([done.status, done.error, calls], ["FAILED", "InvalidInput", 1]);
  });

  it("names service errors by service and code", async () => {
    world.kernel.stubs.set("sagemaker:CreateModel", () => {
      throw new ServiceError("ThrottlingException", "Rate exceeded");
    });
    const arn = await world.machine("codes", "T", {
      T: {
        Type: "Task",
        Resource: "arn:aws:states:::sagemaker:createModel",
        Arguments: { ModelName: "m" },
        End: true,
      },
    });

    const done = await world.run(arn);

    assert.equal(done.error, "SageMaker.ThrottlingException");
    assert.match(done.cause, /^Rate exceeded/);
  });

  it("follows a .sync job in virtual time, fails with its description, and stops it when the execution stops", async () => {
    let status = "InProgress";
    const stopped: unknown[] = [];
    world.kernel.stubs.set("sagemaker:CreateTrainingJob", () => ({ TrainingJobArn: "arn" }));
    world.kernel.stubs.set("sagemaker:DescribeTrainingJob", () => ({
      TrainingJobName: "j",
      TrainingJobStatus: status,
      CreationTime: new Date(0),
    }));
    world.kernel.stubs.set("sagemaker:StopTrainingJob", (input) => stopped.push(input) && {});
    const arn = await world.machine("sync", "T", {
      T: {
        Type: "Task",
        Resource: "arn:aws:states:::sagemaker:createTrainingJob.sync",
        Arguments: { TrainingJobName: "j" },
        End: true,
      },
    });
    const start = async (name: string): Promise<string> =>
      (await world.sfn("StartExecution", { stateMachineArn: arn, name })).executionArn;

    const first = await start("first");
    await world.kernel.clock.advance(60_000);
    status = "Failed";
    await world.kernel.clock.advance(60_000);
    status = "InProgress";
    const second = await start("second");
    await world.kernel.clock.advance(60_000);
    await world.sfn("StopExecution", { executionArn: second, error: "Person", cause: "changed my mind" });
    await world.kernel.clock.advance(60_000);

    const failed = await world.sfn("DescribeExecution", { executionArn: first });
    const aborted = await world.sfn("DescribeExecution", { executionArn: second });
    assert.equal(failed.error, "States.TaskFailed");
    assert.deepEqual(JSON.parse(failed.cause), {
      TrainingJobName: "j",
      TrainingJobStatus: "Failed",
      CreationTime: 0,
    });
    assert.deepEqual(
      [aborted.status, aborted.error, aborted.cause],
      ["ABORTED", "Person", "changed my mind"],
    );
    assert.deepEqual(stopped, [{ TrainingJobName: "j" }]);
  });

  it("runs branches and items, keeps their variables inside, and names where it is", async () => {
    world.onInvoke((payload) => ({ doubled: (payload as { n: number }).n * 2 }));
    const arn = await world.machine("both", "P", {
      P: {
        Type: "Parallel",
        Branches: [
          {
            StartAt: "Slow",
            States: {
              Slow: { Type: "Wait", Seconds: 30, Next: "One" },
              One: { Type: "Pass", Assign: { inner: 1 }, Output: 1, End: true },
            },
          },
          { StartAt: "Two", States: { Two: { Type: "Pass", Output: 2, End: true } } },
        ],
        Next: "M",
      },
      M: {
        Type: "Map",
        Items: "{% $states.input %}",
        ItemSelector: {
          n: "{% $states.context.Map.Item.Value %}",
          at: "{% $states.context.Map.Item.Index %}",
        },
        MaxConcurrency: 1,
        ItemProcessor: {
          ProcessorConfig: { Mode: "INLINE" },
          StartAt: "Double",
          States: {
            Double: {
              ...invoke,
              Arguments: { FunctionName: "f", Payload: "{% $states.input %}" },
              Output: "{% $states.result.Payload.doubled %}",
              End: true,
            },
          },
        },
        Next: "E",
      },
      E: { Type: "Succeed", Output: { list: "{% $states.input %}", leaked: "{% $exists($inner) %}" } },
    });

    const done = await world.run(arn);

    assert.deepEqual(JSON.parse(done.output), { list: [2, 4], leaked: false });
  });

  it("ends the other branches when one fails", async () => {
    const arn = await world.machine("halves", "P", {
      P: {
        Type: "Parallel",
        Branches: [
          { StartAt: "Long", States: { Long: { Type: "Wait", Seconds: 86_000, End: true } } },
          {
            StartAt: "Bad",
            States: { Bad: { Type: "Fail", Error: "Bad", Cause: "{% 'because ' & $states.input.why %}" } },
          },
        ],
        End: true,
      },
    });

    const done = await world.run(arn, { why: "x" }, 1000);

    assert.deepEqual([done.status, done.error, done.cause], ["FAILED", "Bad", "because x"]);
  });

  it("times out a task and a whole execution", async () => {
    world.kernel.stubs.set("lambda:Invoke", () => world.kernel.clock.sleep(3_600_000).then(() => ({})));
    const slow = { ...invoke, Arguments: { FunctionName: "f" } };
    const task = await world.machine("task", "T", { T: { ...slow, TimeoutSeconds: 60, End: true } });
    const whole = await world.machine(
      "whole",
      "W",
      { W: { Type: "Wait", Seconds: 600, End: true } },
      { TimeoutSeconds: 60 },
    );
    world.kernel.call = (_service, _action) => world.kernel.clock.sleep(3_600_000) as Promise<never>;

    const one = await world.run(task, {}, 120_000);
    const two = await world.run(whole, {}, 120_000);

    assert.deepEqual([one.status, one.error], ["FAILED", "States.Timeout"]);
    assert.equal(two.status, "TIMED_OUT");
    assert.equal(one.stopDate - one.startDate, 60_000);
  });

  it("runs the project's rollout machine to its end, turn by turn", async () => {
    let turn = 0;
    world.onInvoke(() => {
      turn += 1;
      return turn < 4
        ? { status: "RUNNING", waitSeconds: 300 }
        : { status: "SUCCEEDED", message: "promoted" };
    });
    const definition = rolloutDefinition({
      advanceFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:advance",
      stateMachineArn: "arn:aws:states:eu-west-1:000000000000:stateMachine:rollout",
    });
    const { stateMachineArn } = await world.sfn("CreateStateMachine", {
      name: "rollout",
      roleArn: "arn:aws:iam::000000000000:role/states",
      definition,
    });

    const done = await world.run(stateMachineArn, { modelName: "bank", releaseId: "r1" });
    const { events } = await world.sfn("GetExecutionHistory", {
      executionArn: done.executionArn,
      maxResults: 1000,
    });

    assert.equal(done.status, "SUCCEEDED", done.cause);
    assert.equal(JSON.parse(done.output).message, "promoted");
    assert.equal(done.stopDate - done.startDate, 900_000);
    assert.ok(events.length < 50);
    const statuses = world.kernel.events.map((e) => e.detail.status);
    assert.deepEqual(statuses, ["RUNNING", "SUCCEEDED"]);
  });
});
