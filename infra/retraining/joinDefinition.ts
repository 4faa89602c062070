/** The state machine of a large join: a turn, wait as long as told, a turn. JSONata throughout. */
import { MOST_JOIN_SECONDS } from "../../contracts/records.ts";

/** Its execution's name is that of the join. Seven events a turn: 25,000 are enough for more turns than the time allows. */
export function joinDefinition(coordinateFunctionArn: string): string {
  const join = {
    modelName: "{% $states.context.Execution.Input.modelName %}",
    execution: "{% $states.context.Execution.Name %}",
  };
  const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke" };
  const passing = { ErrorEquals: ["States.ALL"], IntervalSeconds: 10, MaxAttempts: 6, BackoffRate: 2 };
  const states = {
    Turn: {
      ...task,
      Arguments: { FunctionName: coordinateFunctionArn, Payload: { join } },
      Assign: { turn: "{% $states.result.Payload %}" },
      Retry: [
        { ErrorEquals: ["InvalidInput", "InvalidArtifact", "MissingRecord", "BadData"], MaxAttempts: 0 },
        passing,
      ],
      Catch: [
        { ErrorEquals: ["States.ALL"], Assign: { failure: "{% $states.errorOutput %}" }, Next: "GiveUp" },
      ],
      Next: "IsDone",
    },
    IsDone: {
      Type: "Choice",
      Choices: [{ Condition: "{% $turn.status = 'DONE' %}", Next: "Done" }],
      Default: "Wait",
    },
    Wait: { Type: "Wait", Seconds: "{% $turn.waitSeconds %}", Next: "Turn" },
    Done: { Type: "Succeed", Output: { message: "{% $turn.message %}" } },
    // Releases the brake and tells a person.
    GiveUp: {
      ...task,
      Arguments: { FunctionName: coordinateFunctionArn, Payload: { join, failure: "{% $failure %}" } },
      Retry: [passing],
      Next: "Failed",
    },
    Failed: { Type: "Fail", Error: "{% $failure.Error %}", Cause: "{% $failure.Cause %}" },
  };
  return JSON.stringify({
    Comment: "Joins captures and labels that are too many for one Lambda",
    QueryLanguage: "JSONata",
    StartAt: "Turn",
    TimeoutSeconds: MOST_JOIN_SECONDS,
    States: states,
  });
}
