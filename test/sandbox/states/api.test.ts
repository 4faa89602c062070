import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createStatesWorld, type StatesWorld } from "../../support/statesWorld.ts";

describe("the Step Functions API", () => {
  let world: StatesWorld;
  beforeEach(() => {
    world = createStatesWorld();
  });
  afterEach(() => world.kernel.stop());

  const problems: readonly (readonly [claim: string, definition: object, message: RegExp])[] = [
    [
      "JSONPath machines",
      { StartAt: "A", States: { A: { Type: "Pass", End: true } } },
      /runs JSONata only, got "JSONPath \(default\)"/,
    ],
    [
      "JSONPath fields",
      {
        QueryLanguage: "JSONata",
        StartAt: "A",
        States: { A: { Type: "Pass", ResultPath: "$.x", End: true } },
      },
      /"ResultPath" is a JSONPath field/,
    ],
    [
      "unknown fields",
      { QueryLanguage: "JSONata", StartAt: "A", States: { A: { Type: "Pass", Outptu: 1, End: true } } },
      /Field "Outptu" is not supported/,
    ],
    [
      "broken expressions",
      {
        QueryLanguage: "JSONata",
        StartAt: "A",
        States: { A: { Type: "Pass", Output: "{% $foo( %}", End: true } },
      },
      /INVALID_JSONATA_EXPRESSION/,
    ],
    [
      "missing targets",
      { QueryLanguage: "JSONata", StartAt: "A", States: { A: { Type: "Pass", Next: "B" } } },
      /expected the name of a state on the same level, got "B"/,
    ],
    [
      "unreachable states",
      {
        QueryLanguage: "JSONata",
        StartAt: "A",
        States: { A: { Type: "Pass", End: true }, B: { Type: "Succeed" } },
      },
      /UNREACHABLE_STATE/,
    ],
    [
      "task tokens",
      {
        QueryLanguage: "JSONata",
        StartAt: "A",
        States: {
          A: { Type: "Task", Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken", End: true },
        },
      },
      /is not supported: expected a Lambda function ARN/,
    ],
    [
      "States.ALL that is not last",
      {
        QueryLanguage: "JSONata",
        StartAt: "A",
        States: {
          A: {
            Type: "Task",
            Resource: "arn:aws:states:::lambda:invoke",
            Arguments: {},
            Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["X"] }],
            End: true,
          },
        },
      },
      /must stand alone and last/,
    ],
  ];
  for (const [claim, definition, message] of problems) {
    it(`refuses ${claim} when the machine is created`, async () => {
      const text = JSON.stringify(definition);
      await assert.rejects(
        world.sfn("CreateStateMachine", { name: "m", roleArn: "r", definition: text }),
        (error: Error) => {
          assert.equal(error.name, "InvalidDefinition");
          assert.match(error.message, message);
          return true;
        },
      );
      assert.equal((await world.sfn("ValidateStateMachineDefinition", { definition: text })).result, "FAIL");
    });
  }

  it("starts an execution once per name while it runs with the same input", async () => {
    const arn = await world.machine("m", "W", { W: { Type: "Wait", Seconds: 60, End: true } });
    const start = (input: string): Promise<{ executionArn: string }> =>
      world.sfn("StartExecution", { stateMachineArn: arn, name: "n", input });

    const first = await start("{}");
    assert.deepEqual(await start("{}"), first);
    await assert.rejects(start('{"a":1}'), { name: "ExecutionAlreadyExists" });
    await world.kernel.clock.advance(120_000);
    await assert.rejects(start("{}"), { name: "ExecutionAlreadyExists" });
  });

  it("creates the same machine twice without complaint and refuses another under its name", async () => {
    const states = { S: { Type: "Succeed" } };
    const arn = await world.machine("m", "S", states);
    assert.equal(await world.machine("m", "S", states), arn);
    await assert.rejects(world.machine("m", "S", { S: { Type: "Pass", End: true } }), {
      name: "StateMachineAlreadyExists",
    });
  });

  it("refuses payloads past 256 KB and executions of absent machines", async () => {
    const arn = await world.machine("m", "P", {
      P: { Type: "Pass", Output: "{% $join([1..60000].('abcdef')) %}", End: true },
    });

    assert.equal((await world.run(arn)).error, "States.DataLimitExceeded");
    await assert.rejects(world.run(`${arn}x`), { name: "StateMachineDoesNotExist" });
    await assert.rejects(world.sfn("StartExecution", { stateMachineArn: arn, input: "{" }), {
      name: "InvalidExecutionInput",
    });
  });
});
