/** The rollout's state machine: advance, wait as long as told, advance. JSONata throughout. */

/** Turns after which the loop goes on in a new execution: about nine events a turn, 25,000 events at most. */
const TURNS_PER_EXECUTION = 2000;

export interface RolloutDefinitionArgs {
  readonly advanceFunctionArn: string;
  readonly stateMachineArn: string;
}

export function rolloutDefinition(args: RolloutDefinitionArgs): string {
  const states = {
    Begin: {
      Type: "Pass",
      // The first execution's name is the rollout's id; a continuation is told it.
      Assign: {
        rollout:
          "{% $exists($states.input.execution) ? $states.input.execution : $states.context.Execution.Name %}",
        kind: "{% $exists($states.input.kind) ? $states.input.kind : 'release' %}",
        releaseId: "{% $exists($states.input.releaseId) ? $states.input.releaseId : '' %}",
        modelName: "{% $states.input.modelName %}",
        turns: 0,
      },
      Next: "Advance",
    },
    Advance: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Arguments: {
        FunctionName: args.advanceFunctionArn,
        Payload: {
          modelName: "{% $modelName %}",
          releaseId: "{% $releaseId %}",
          execution: "{% $rollout %}",
          kind: "{% $kind %}",
        },
      },
      Assign: { turn: "{% $states.result.Payload %}", turns: "{% $turns + 1 %}" },
      Retry: [
        { ErrorEquals: ["InvalidInput", "MissingRecord"], MaxAttempts: 0 },
        { ErrorEquals: ["States.ALL"], IntervalSeconds: 10, MaxAttempts: 6, BackoffRate: 2 },
      ],
      Next: "Decide",
    },
    Decide: {
      Type: "Choice",
      Choices: [
        { Condition: "{% $turn.status = 'SUCCEEDED' %}", Next: "Promoted" },
        { Condition: "{% $turn.status = 'FAILED' %}", Next: "NotPromoted" },
        { Condition: `{% $turns >= ${TURNS_PER_EXECUTION} %}`, Next: "Continue" },
      ],
      Default: "Wait",
    },
    Wait: { Type: "Wait", Seconds: "{% $turn.waitSeconds %}", Next: "Advance" },
    Continue: {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Arguments: {
        StateMachineArn: args.stateMachineArn,
        Input: {
          modelName: "{% $modelName %}",
          releaseId: "{% $releaseId %}",
          execution: "{% $rollout %}",
          kind: "{% $kind %}",
        },
      },
      Next: "Promoted",
    },
    Promoted: { Type: "Succeed", Output: { rollout: "{% $rollout %}", message: "{% $turn.message %}" } },
    NotPromoted: { Type: "Fail", Error: "{% $turn.code %}", Cause: "{% $turn.message %}" },
  };
  return JSON.stringify({
    Comment: "Rolls a release out to one endpoint",
    QueryLanguage: "JSONata",
    StartAt: "Begin",
    States: states,
  });
}
